"""Words scored against pictures in a whole build, and clips left out by the score."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from formats.clip_record import ClipRecord
from operators.embedders.tiny_checkpoint import write_tiny_checkpoint


def scorer(folder: Path, seed: int) -> str:
    write_tiny_checkpoint("clip", folder, seed)
    return f"captions.alignment={{scorer: clip, weights: {{source: {folder}, license: none}}}}"


def lowest(records: list[ClipRecord]) -> dict[str, float]:
    return {r.key: min(s.value for s in r.scores if s.name == "alignment") for r in records}


def packed(corpus: Any) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (corpus.out / "shards").glob("*.tar")}


@pytest.mark.slow
def test_scores_and_their_limit_come_and_go_without_another_question(
    corpus: Any, served: Callable[..., list[str]], chat_server: Any, tmp_path: Path
) -> None:
    server = chat_server()
    plain = [*served(server.url), "engine.captions.device=cpu"]
    assert corpus.build(*plain).returncode == 0
    asked, shards = len(server.came()), packed(corpus)

    settings = [*plain, scorer(tmp_path / "tiny-clip", 0)]
    done = corpus.build(*settings)
    assert done.returncode == 0, done.stderr
    assert "alignment: 5 clips: 15 shots scored, lowest " in done.stderr + done.stdout
    records = corpus.records()
    worst = lowest(records)
    assert len(worst) == 5 and corpus.status()["alignment"]["kept"] == 5
    for record in records:
        assert [s.shot for s in record.scores if s.name == "alignment"] == list(range(len(record.shots)))
        assert ("aligner", "clip:tiny-clip") in {(model.role, model.id) for model in record.models}

    command = [str(Path(sys.executable).with_name("shotloom")), "explain", str(corpus.out), records[0].key]
    explained = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "alignment: kept: 3 shots scored, lowest " in explained

    limit = sorted(worst.values())[2]
    assert corpus.build(*settings, f"shards.min_alignment={limit}").returncode == 0
    below = sum(value < limit for value in worst.values())
    assert below > 0
    assert corpus.status()["pack"]["dropped"] == {"misaligned": below}
    assert {record.key for record in corpus.records()} == {key for key, value in worst.items() if value >= limit}

    assert corpus.build(*plain, scorer(tmp_path / "other-clip", 1)).returncode == 0
    other = lowest(corpus.records())
    assert other.keys() == worst.keys() and other != worst

    assert corpus.build(*plain).returncode == 0
    assert packed(corpus) == shards
    assert len(server.came()) == asked
