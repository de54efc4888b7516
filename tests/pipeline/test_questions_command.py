"""``shotloom questions`` against a server that speaks the OpenAI protocol."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from captioning.taxonomy.nodes import taxonomy
from captioning.tiny_checkpoint import write_tiny_checkpoint
from pipeline.questions_command import QuestionsError, read_prompts

MODEL = "test/model"
PROMPT = "The wall with the number stands in the light of the day."
"""What the test's server says of everything, so that its words stand in the prompt."""


def questions(*arguments: object, key: str = "") -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("shotloom"), "questions", *arguments]
    environment = {"PATH": "/usr/bin:/bin", "SERVER_KEY": key}
    return subprocess.run(
        list(map(str, command)), capture_output=True, text=True, timeout=120, check=False, env=environment
    )


def test_a_prompt_is_asked_about_pillar_by_pillar(chat_server) -> None:
    server = chat_server()
    done = questions(PROMPT, "--server", server.url, "--model", MODEL, "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["prompt"], said["error"], said["model"]) == (PROMPT, "", MODEL)
    assert [each["node"] for each in said["questions"]] == [node.path for node in taxonomy().nodes]
    for each in said["questions"]:
        assert set(each) == {"node", "words", "score", "reason", "question"}
        assert each["question"].endswith("?")
        assert each["words"] == [PROMPT.rstrip(".")]
    assert (said["counts"]["asks"], said["counts"]["faults"]) == (4, [])


def test_one_pillar_as_text(chat_server) -> None:
    done = questions(PROMPT, "--server", chat_server().url, "--model", MODEL, "--pillar", "Lighting")
    assert done.returncode == 0, done.stderr
    assert "Lighting -> Color Temperature" in done.stdout
    assert "Camera -> " not in done.stdout
    assert "How well does the video show the wall?" in done.stdout


def test_a_file_is_asked_line_by_line_in_order_through_a_server_that_fails_now_and_then(
    chat_server, tmp_path: Path
) -> None:
    lines = [f"{PROMPT} Take {number}." for number in range(12)]
    (tmp_path / "prompts.txt").write_text("\n\n".join(lines) + "\n", encoding="utf-8")
    server = chat_server(faults=["500", "ok", "garbage", "half", "drop", "ok", "429"])
    done = questions(
        tmp_path / "prompts.txt", "--server", server.url, "--model", MODEL, "--pillar", "Camera", "--pillar", "Events", "--json"
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["prompt"] for each in told] == lines
    assert all(len(each["questions"]) == 12 + 18 for each in told)


def test_a_prompt_whose_answer_stays_unusable_is_an_error_and_the_others_are_asked(chat_server, tmp_path: Path) -> None:
    (tmp_path / "prompts.txt").write_text(f"{PROMPT}\nA cat sits on a mat.\n", encoding="utf-8")
    server = chat_server(faults=["filtered"])
    done = questions(tmp_path / "prompts.txt", "--server", server.url, "--model", MODEL, "--pillar", "Camera", "--json")
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert done.returncode == 1
    assert first["error"] or second["error"]
    assert [each["error"] == "" for each in (first, second)].count(True) == 1
    assert second["questions"] == [], "the server's words do not stand in this prompt"


def test_nobody_to_ask_is_said_once_and_no_key_is_told(chat_server) -> None:
    locked = chat_server(key="secret-key")
    for arguments, says in (
        (["--server", "http://127.0.0.1:9/v1", "--model", MODEL], "answered"),
        (["--server", locked.url, "--model", MODEL, "--api-key-env", "SERVER_KEY"], "key"),
        (["--server", chat_server().url, "--model", "other/model"], "other/model"),
        (["--server", "ftp://x", "--model", MODEL], "--server"),
        (["--server", "http://u:hush@x/v1", "--model", MODEL], "--server"),
        (["--server", locked.url, "--model", MODEL, "--api-key-env", "NO_SUCH_KEY"], "NO_SUCH_KEY"),
    ):
        done = questions(PROMPT, *arguments, key="wrong-secret")
        assert (done.returncode, says in done.stderr) == (2, True), done.stderr
        assert "wrong-secret" not in done.stderr + done.stdout
        assert "hush" not in done.stderr
        assert "Traceback" not in done.stderr
    right = ["--server", locked.url, "--model", MODEL, "--api-key-env", "SERVER_KEY"]
    assert questions(PROMPT, *right, key="secret-key").returncode == 0


def test_the_model_may_be_run_by_the_command_itself(tmp_path: Path) -> None:
    """A real architecture that is told to be short of breath, so that it answers at once: with its own limit."""
    folder = tmp_path / "tiny-qwen"
    write_tiny_checkpoint(folder)
    config = json.loads((folder / "config.json").read_text())
    config["text_config"]["max_position_embeddings"] = 1000
    (folder / "config.json").write_text(json.dumps(config))
    done = questions(PROMPT, "--backend", "transformers", "--model", folder, "--pillar", "Lighting", "--json")
    assert done.returncode == 1, done.stderr
    said = json.loads(done.stdout)
    assert said["model"] == "tiny-qwen" and said["revision"].startswith("sha256:")
    assert "an answer of 4096 exceed the model's 1000" in said["error"]


def test_options_of_another_backend_and_models_that_are_not_there_are_told() -> None:
    for arguments, says in (
        (["--model", MODEL], "--server: name at least one"),
        (["--model", MODEL, "--backend", "vllm", "--server", "http://127.0.0.1:9/v1"], "go with --backend server"),
        (["--model", "/no/such/folder", "--backend", "transformers"], "captions.models"),
        (["--model", MODEL, "--backend", "guess"], "--backend"),
    ):
        done = questions(PROMPT, *arguments)
        assert (done.returncode, says in done.stderr) == (2, True), done.stderr
        assert "Traceback" not in done.stderr


def test_prompts_are_lines_of_a_file_or_the_words_themselves(tmp_path: Path) -> None:
    file = tmp_path / "prompts.txt"
    file.write_text("  one prompt \n\n another prompt\r\n", encoding="utf-8")
    assert read_prompts(str(file)) == ("one prompt", "another prompt")
    assert read_prompts("a low angle " * 200) == (("a low angle " * 200).strip(),)
    (tmp_path / "empty.txt").write_text("\n \n")
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfe a b")
    (tmp_path / "long.txt").write_text("fine\n" + "word " * 2000)
    for source, says in (
        ("prompts.text", "no such file"),
        ("", "no such file"),
        (str(tmp_path / "empty.txt"), "one per line"),
        (str(tmp_path / "bytes.txt"), "UTF-8"),
        (str(tmp_path / "long.txt"), "line 2"),
        ("word " * 2000, "characters"),
    ):
        with pytest.raises(QuestionsError, match=says):
            read_prompts(source)
