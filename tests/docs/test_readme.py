"""Every command that the README shows is run, in the README's order."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from formats.filesystem import CorpusStore
from formats.manifest import read_manifest
from operators.sample_films.films import render_sample_films

ROOT = Path(__file__).resolve().parents[2]
_ARROW_AT_EXIT = "terminate called without an active exception"
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def _commands() -> list[str]:
    lines = [line.partition(" #")[0].strip() for block in _blocks("sh") for line in block.splitlines()]
    return [line for line in lines if line]


def _run(command: list[str], folder: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    # Arrow's thread pools abort about one process in thirty at its very end; Shotloom's own command is guarded against that.
    ended = done.returncode == 0 or (command[0] == sys.executable and _ARROW_AT_EXIT in done.stderr)
    assert ended, f"{shlex.join(command)}\n{done.stdout}\n{done.stderr}"


def test_the_two_make_commands_exist() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    made = [command.split()[1] for command in _commands() if command.startswith("make ")]
    assert made == ["demo", "test"]
    assert set(made) <= set(targets)


@pytest.mark.slow
def test_every_other_command_and_snippet_works(tmp_path: Path) -> None:
    render_sample_films(tmp_path / "films", ["01-quiet-morning", "03-temple-garden"])
    commands = [shlex.split(command) for command in _commands() if not command.startswith("make ")]
    assert len(commands) >= 8
    for command in commands:
        assert command[0] == "shotloom"
        keys = [row.key for row in read_manifest(CorpusStore(tmp_path / "corpus"))] if "KEY" in command else []
        _run([keys[0] if word == "KEY" else word for word in command], tmp_path)
    for snippet in _blocks("python"):
        (tmp_path / "snippet.py").write_text(snippet)
        _run([sys.executable, "snippet.py"], tmp_path)


@pytest.mark.parametrize("page", ["README.md", *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))])
def test_links_and_pictures_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)", text):
        if "://" not in target:
            assert ((ROOT / page).parent / target).exists(), f"{page}: {target}"


def test_opencv_needs_no_window_system() -> None:
    libraries = subprocess.run(
        [sys.executable, "-c", "import cv2; print(cv2.getBuildInformation())"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    gui = re.search(r"GUI:\s+(\S+)", libraries)
    assert gui is not None
    assert gui.group(1) == "NONE"
