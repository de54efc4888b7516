"""Re-deciding costs in proportion to the candidates, tables included; the seconds are in benchmarks/README.md."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from benchmarks.select import run_step, write_corpus
from pipeline.corpus_folder import CorpusFolder

FEW, MANY = 3_000, 60_000


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    roots = {}
    for rows in (FEW, MANY):
        roots[rows] = tmp_path_factory.mktemp(f"rows-{rows}")
        write_corpus(CorpusFolder(str(roots[rows])), rows)
        run_step(roots[rows], "first", search=False)
    return roots


def _seconds(root: Path) -> float:
    start = time.process_time()
    run_step(root, "everything", search=False)
    spent = time.process_time() - start
    run_step(root, "first", search=False)
    return spent


def test_twenty_times_the_candidates_cost_no_more_than_forty_times_as_much(corpora: dict[int, Path]) -> None:
    assert min(_seconds(corpora[MANY]) for _ in range(2)) < 40 * min(_seconds(corpora[FEW]) for _ in range(2))


def test_every_candidate_has_its_decision(corpora: dict[int, Path]) -> None:
    for rows, root in corpora.items():
        folder = CorpusFolder(str(root))
        run_step(root, "everything", search=False)
        decided, made = folder.decisions.columns(["key"]), folder.candidates.columns(["key"])
        assert decided["key"].to_pylist() == made["key"].to_pylist()
        outcomes = folder.decisions.columns(["verdict.outcome"])["outcome"].to_pylist()
        assert len(outcomes) == rows and 0 < outcomes.count("kept") < rows / 2
