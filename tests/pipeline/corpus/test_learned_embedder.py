"""A build with a learned embedder: a tiny random one in the real format."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import numpy as np
import pytest

from formats.film_scan import FilmScan
from operators.embedders.embedding_file import read_embeddings
from operators.embedders.tiny_checkpoint import write_tiny_checkpoint
from pipeline.corpus_folder import CorpusFolder
from pipeline.decided_candidates import candidates_with_outcome

FAST = ["--set", "scan.network=none", "--set", "filter.duration.min=1"]

Command = Callable[..., "CompletedProcess[str]"]


@pytest.mark.slow
def test_a_build_stores_what_the_embedder_said_and_names_it(shotloom: Command, films: Path, tmp_path: Path) -> None:
    write_tiny_checkpoint("dinov2", tmp_path / "weights")
    chosen = ["--set", "scan.embedder=dinov2", "--set", f"scan.embedder_weights.source={tmp_path / 'weights'}"]
    out = tmp_path / "corpus"
    done = shotloom("build", films, "--out", out, *FAST, *chosen)
    assert done.returncode in (0, 3), done.stderr
    scans = sorted((out / "scan").rglob("*.json"))
    assert len(scans) == 2
    for file in scans:
        scan = FilmScan.model_validate_json(file.read_text())
        stored = read_embeddings(file.with_suffix(".embeddings.parquet"))
        assert stored.vectors.shape == (len(scan.fragments), 3, 32)
        assert np.isfinite(stored.vectors).any()
        assert stored.model.revision.startswith("sha256:")
    similarities = [row.similarity for row in CorpusFolder(str(out)).links.rows() if row.similarity is not None]
    stored = [read_embeddings(file.with_suffix(".embeddings.parquet")) for file in scans]
    neighbours = [(each.vectors[n, 2], each.vectors[n + 1, 0]) for each in stored for n in range(len(each.vectors) - 1)]
    cosines = {round(float(tail @ head), 2) for tail, head in neighbours}
    assert similarities
    assert {round(value, 2) for value in similarities} & cosines
    again = shotloom("build", films, "--out", out, *FAST, *chosen)
    assert "nothing to do" in again.stderr
    _looks_for_alike_clips(shotloom, films, out, chosen)


def _looks_for_alike_clips(shotloom: Command, films: Path, out: Path, chosen: list[str]) -> None:
    """A tiny random model finds everything alike, so at a low limit one clip of those that are kept stays."""
    folder = CorpusFolder(str(out))
    before = sorted(row.key for row in candidates_with_outcome(folder, "kept"))
    assert len(before) > 1
    done = shotloom("build", films, "--out", out, *FAST, *chosen, "--set", "filter.duplicates.embedding=0.5")
    assert done.returncode in (0, 3), done.stderr
    assert "scan: 2 films to do" not in done.stderr
    (kept,) = candidates_with_outcome(folder, "kept")
    dropped = candidates_with_outcome(folder, "dropped")
    alike = [row for row in dropped if row.verdict.reason == "near_duplicate_embedding"]
    assert sorted([kept.key, *(row.key for row in alike)]) == before
    assert all(0.5 <= row.verdict.value <= 1 and row.verdict.limit == 0.5 for row in alike)
    assert (out / "select" / "alike-clips.parquet").exists()


def test_alike_clips_need_a_learned_embedder(shotloom: Command, films: Path, tmp_path: Path) -> None:
    done = shotloom("build", films, "--out", tmp_path / "corpus", "--set", "filter.duplicates.embedding=0.9")
    assert done.returncode == 2
    assert "filter.duplicates.embedding needs a learned embedder" in done.stderr


def test_weights_that_are_not_there_end_the_build_before_it_begins(
    shotloom: Command, films: Path, tmp_path: Path
) -> None:
    chosen = ["--set", "scan.embedder=clip", "--set", f"scan.embedder_weights.source={tmp_path / 'absent'}"]
    done = shotloom("build", films, "--out", tmp_path / "corpus", *chosen)
    assert done.returncode == 2
    assert "give an existing folder or a hub id" in done.stderr
    assert "Traceback" not in done.stderr
