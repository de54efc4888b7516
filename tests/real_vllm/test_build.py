"""The whole pipeline with a real vLLM: behind its own server, and in the pipeline's process on Ray.

Random weights say nonsense in the right shape: clips get words of theirs where those are whole, and their measured words else.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from formats.clip_record import ClipRecord
from formats.filesystem import CorpusStore
from formats.manifest import open_clip, read_manifest
from tests.numbered_film import write_numbered
from tests.real_vllm.conftest import RunningServer

pytestmark = pytest.mark.vllm

SHOTS = 3
CUT = ("scan.network=none", "filter.duration.min=1", "stitch.band.min=0")
NONSENSE = (
    "captions.conversation={language: any, temperature: 1.0, attempts: 1, answer_tokens: 4096, on_reject: measured}",
    "captions.conversation.sampling={pictures_per_shot: 2, pictures_per_clip: 3, picture_tokens: 16}",
    "engine.captions.in_flight=16",
)


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    for film in range(2):
        write_numbered(folder / f"film{film}.mp4", [(16 * film + shot + 1, 18) for shot in range(SHOTS)])
    return folder


def shotloom(*arguments: str) -> str:
    command = [str(Path(sys.executable).with_name("shotloom")), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def built(films: Path, out: Path, *settings: str) -> dict[str, Any]:
    """What ``status`` says of the annotations."""
    chosen = [part for setting in (*CUT, *NONSENSE, *settings) for part in ("--set", setting)]
    shotloom("build", str(films), "--out", str(out), *chosen)
    shotloom("verify", str(out))
    told: dict[str, Any] = json.loads(shotloom("status", str(out), "--json"))
    return told["captions"]


def records(out: Path) -> list[ClipRecord]:
    store = CorpusStore(out)
    return [open_clip(store, row).record for row in read_manifest(store)]


def check(out: Path, told: dict[str, Any]) -> None:
    made = records(out)
    assert [len(record.shots) for record in made] == [SHOTS, SHOTS]
    assert told["asks"] >= 2 * (SHOTS + 1)
    assert told["prompt_tokens"] > told["asks"] * 100
    assert told["answer_tokens"] > told["asks"]
    for record in made:
        assert "tiny-qwen" in {Path(model.id).name for model in record.models}
        said_by = {Path(caption.origin).name for caption in record.captions}
        assert "tiny-qwen" in said_by, "no word of the model arrived"
        assert {caption.shot for caption in record.captions} == {-1, *range(SHOTS)}


def test_the_engine_runs_in_the_pipeline_itself(films: Path, tiny: Path, tmp_path: Path) -> None:
    told = built(films, tmp_path / "corpus", "captions.backend=vllm", f"captions.models.clip.id={tiny}")
    check(tmp_path / "corpus", told)


def test_vllms_own_server_is_asked(films: Path, tiny: Path, server: RunningServer, tmp_path: Path) -> None:
    server.wait_until_up()
    endpoint = f"engine.captions.endpoints=[{server.url}]"
    told = built(films, tmp_path / "corpus", "captions.backend=server", f"captions.models.clip.id={tiny}", endpoint)
    check(tmp_path / "corpus", told)
