"""``shotloom sample`` on a tiny random release."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from subprocess import CompletedProcess

import av
import pytest
import torch

from pipeline.sample_command import make_video
from pipeline.sample_wish import SampleError, SampleWish, Telling, asked_video
from training.lora import adapter_weights, add_adapters, save_adapters
from training.model.checkpoint import load_transformer
from training.model.sample_plan import PlanSettings
from training.model.tiny_checkpoint import write_tiny_release
from training.sampling.request import WAN_FPS

Command = Callable[..., "CompletedProcess[str]"]
PAGE = Path(__file__).parents[3] / "docs" / "sampling.md"
SMALL = ["--size", "48x32", "--steps", "2", "--device", "cpu", "--no-masks"]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wan")
    write_tiny_release(folder)
    return folder


@pytest.mark.slow
def test_a_timeline_becomes_a_video_and_what_was_moved_is_told(
    shotloom: Command, release: Path, tmp_path: Path
) -> None:
    timeline, out, lora = tmp_path / "pier.yaml", tmp_path / "pier.mp4", tmp_path / "lora.safetensors"
    timeline.write_text("duration: 1\nsummary: A pier.\ncuts: [0.5]\nevents: [[0.8, 1, fades, transition]]")
    model = load_transformer(str(release), "", torch.float32).model
    add_adapters(model, 4, seed=0)
    save_adapters(adapter_weights(model), lora)
    done = shotloom("sample", "--timeline", timeline, "--out", out, "--model", release, "--lora", lora, *SMALL)
    assert done.returncode == 0, done.stderr
    assert "17 frames at 16 a second, 2 shots" in done.stderr
    assert "cut at 0.500 s: before frame 9, 0.562 s" in done.stderr
    assert "1 transitions that take time" in done.stderr
    assert "not told: the times of 1 events" in done.stderr
    with av.open(str(out)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 17
    told = shotloom("sample", "--timeline", timeline, "--out", out, "--model", release, *SMALL, "--json")
    facts = json.loads(told.stdout)
    assert facts["cuts"] == [{"asked": 0.5, "frame": 9}]
    assert (facts["text"], facts["fps"], len(facts["untold"])) == ("events", "16", 2)


def test_a_video_has_the_frame_rate_that_its_model_was_trained_at(release: Path, tmp_path: Path) -> None:
    wish = replace(
        wish_of(release, tmp_path),
        masks=None,
        as_trained=run_settings(release, tmp_path, attention={"time": "off"}, fps=8),
    )
    make_video(asked_video(wish), as_json=True)
    with av.open(str(wish.out)) as container:
        assert container.streams.video[0].average_rate == 8
        assert sum(1 for _ in container.decode(video=0)) == 9


def test_texts_that_are_cut_are_told(release: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wish = wish_of(release, tmp_path)
    wish.timeline.write_text(f"duration: 1\nsummary: {'x' * 600}")
    make_video(asked_video(wish), as_json=False)
    assert "1 texts are longer than what is encoded and are cut, for example: xxx" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"size": "50x32"}, "multiples of 16"),
        ({"size": "big"}, "multiples of 16"),
        ({"device": "tpu-9"}, "cuda, cpu or auto"),
        ({"model": "/absent"}, "there is no folder /absent"),
        ({"most_frames": 5}, "more than 5"),
        ({"lora": Path("/absent.safetensors")}, "there is no such file"),
        ({"lora": PAGE}, "sampling.md cannot be read"),
        ({"transformer": Path("/absent")}, "--transformer /absent: there is no such folder"),
        ({"masks": None}, "are 6 to 27, but the model has 2 layers"),
    ],
)
def test_what_cannot_be_is_said(release: Path, tmp_path: Path, changed: dict[str, object], says: str) -> None:
    wish = wish_of(release, tmp_path)
    with pytest.raises(SampleError, match=says):
        make_video(asked_video(replace(wish, **changed)), as_json=True)
    assert not wish.out.exists()


def wish_of(release: Path, folder: Path) -> SampleWish:
    timeline = folder / "pier.yaml"
    timeline.write_text("duration: 1")
    return SampleWish(
        timeline=timeline,
        out=folder / "o.mp4",
        model=str(release),
        revision="",
        transformer=None,
        lora=None,
        as_trained=None,
        text=None,
        times=None,
        masks=False,
        size="48x32",
        steps=1,
        guidance=1.0,
        negative="",
        shift=None,
        seed=0,
        most_frames=81,
        device="cpu",
    )


def run_settings(
    release: Path, folder: Path, attention: dict[str, object], fps: int, text: dict[str, str] | None = None
) -> Path:
    given = {
        "model": {"source": str(release)},
        "attention": {"masked_layers": [0, 1], **attention},
        "data": {
            "corpora": [{"name": "films", "path": "gone"}],
            "windows": {"fps": fps},
            "sizes": {"buckets": [{"frames": 17, "height": 16, "width": 16}]},
            "text": text or {},
        },
    }
    config = folder / "run.yaml"
    config.write_text(json.dumps(given))
    return config


def test_a_model_is_told_as_it_was_trained(release: Path, tmp_path: Path) -> None:
    attention = {"masked_layers": [1, 2], "time": "sampled", "theta": 50, "first_frame": False}
    config = run_settings(release, tmp_path, attention=attention, text={"plan": "both", "event_prefix": "none"}, fps=24)
    wish = replace(wish_of(release, tmp_path), masks=None)
    told = asked_video(replace(wish, as_trained=config)).telling
    assert (told.text, told.prefix, told.fps) == ("both", "none", 24)
    assert (told.plan.masked_layers, told.plan.time, told.plan.theta, told.plan.first_frame) == (
        (1, 2),
        "sampled",
        50,
        False,
    )
    assert asked_video(replace(wish, as_trained=config)).video.frames == 25
    assert asked_video(wish).telling == Telling(PlanSettings(time="off"), "shots", "name", WAN_FPS)
    assert asked_video(replace(wish, masks=False)).telling.plan.masked_layers is None
    for said in ({"masks": True}, {"times": "off"}, {"text": "shots"}):
        with pytest.raises(SampleError, match="leave these out"):
            asked_video(replace(wish, as_trained=config, **said))
    with pytest.raises(SampleError, match=r"absent\.yaml: No such file"):
        asked_video(replace(wish, as_trained=tmp_path / "absent.yaml"))


def test_a_wrong_use_ends_the_command_with_one_line(shotloom: Command, tmp_path: Path) -> None:
    done = shotloom("sample", "--timeline", tmp_path / "absent.yaml", "--out", tmp_path / "o.mp4", *SMALL)
    assert done.returncode == 2
    assert "absent.yaml: No such file" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_the_page_on_sampling_shows_a_timeline_and_a_command_that_work(
    shotloom: Command, release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = PAGE.read_text(encoding="utf-8")
    (command,) = re.findall(r"^shotloom sample .*$", page, re.MULTILINE)
    (timeline,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (tmp_path / "pier.yaml").write_text(timeline)
    monkeypatch.chdir(tmp_path)
    words = shlex.split(command)[1:]
    words[words.index("--model") + 1] = str(release)
    done = shotloom(*words, *SMALL, "--most-frames", "81")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "pier.mp4").exists()
