"""The search for near-duplicates: killed in the middle it goes on, and films that are added are held against all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from operators.near_duplicates.shot_index import ShotIndex
from pipeline.config import Config
from pipeline.corpus_folder import CorpusFolder
from pipeline.progress import Reporter
from pipeline.ray_engine import Engine
from pipeline.stages import near_duplicates as stage
from pipeline.stages.run import Run


def _run(root: Path) -> Run:
    config = Config()
    return Run(CorpusFolder(str(root)), config, Engine(config.engine), Reporter(quiet=True), retry_failed=False)


def _hashes(clips: int) -> list[list[str]]:
    """Two shots each; every fourth clip is the one before with few bits changed."""
    random = np.random.default_rng(5)
    bits = random.integers(0, 256, (clips, 2, 24), dtype=np.uint8)
    bits[3::4] = bits[2::4][: len(bits[3::4])]
    bits[3::4, :, 0] ^= 3
    return [[shot.tobytes().hex() for shot in clip] for clip in bits]


def _write(run: Run, hashes: list[list[str]]) -> None:
    schema = run.folder.candidates.schema
    count = len(hashes)
    columns: dict[str, object] = {field.name: pa.nulls(count, field.type) for field in schema}
    table = pa.table(columns | {"hashes": pa.array(hashes, pa.list_(pa.string()))}, schema=schema)
    run.folder.candidates.write_columns(table, "")


def _found(run: Run) -> set[tuple[int, int]]:
    pairs, _ = stage.near_duplicates(run)
    return set(zip(pairs.one.tolist(), pairs.other.tolist(), strict=True))


class _Looks:
    """Counts what is looked up, and dies when told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows, self.dies_after = 0, -1
        search = ShotIndex.matches

        def matches(index: ShotIndex, rows: np.ndarray, known: np.ndarray):
            if self.dies_after == 0:
                raise KeyboardInterrupt
            self.dies_after -= 1
            self.rows += len(rows)
            return search(index, rows, known)

        monkeypatch.setattr(ShotIndex, "matches", matches)


def test_a_search_that_was_killed_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "SHOTS_AT_ONCE", 16)
    looks, run = _Looks(monkeypatch), _run(tmp_path)
    _write(run, _hashes(40))
    looks.dies_after = 3
    with pytest.raises(KeyboardInterrupt):
        stage.near_duplicates(run)
    assert looks.rows == 48
    part = next((tmp_path / stage.FOLDER).glob("parts-*/000001-*.parquet"))
    part.write_bytes(part.read_bytes()[:-20])
    looks.dies_after = -1
    assert _found(run) == {(at, at + 1) for at in range(2, 40, 4)}
    assert looks.rows == 48 + 16 + 32
    assert sorted(path.name for path in (tmp_path / stage.FOLDER).rglob("*.parquet")) == [
        "hashes.parquet",
        "matches.parquet",
    ]
    assert _found(run) and looks.rows == 96


def test_only_shots_of_films_that_were_added_are_looked_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks, run = _Looks(monkeypatch), _run(tmp_path)
    hashes = _hashes(40)
    _write(run, hashes[:27])
    assert _found(run) == {(at, at + 1) for at in range(2, 26, 4)}
    assert looks.rows == 54
    _write(run, hashes[27:] + hashes[:27])
    grown = _found(run)
    assert looks.rows == 80
    fresh = _run(tmp_path / "fresh")
    _write(fresh, hashes[27:] + hashes[:27])
    assert _found(fresh) == grown
    assert (tmp_path / stage.MATCHES).read_bytes() == (tmp_path / "fresh" / stage.MATCHES).read_bytes()


def test_films_that_went_take_their_matches_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks, run = _Looks(monkeypatch), _run(tmp_path)
    hashes = _hashes(12)
    _write(run, hashes)
    assert _found(run) == {(2, 3), (6, 7), (10, 11)}
    _write(run, hashes[3:])
    assert _found(run) == {(3, 4), (7, 8)}
    assert looks.rows == 24


def test_another_distance_is_another_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = _run(tmp_path)
    _write(run, _hashes(8))
    assert _found(run) == {(2, 3), (6, 7)}
    strict = Config.model_validate({"filter": {"duplicates": {"distance": 0}}})
    assert _found(Run(run.folder, strict, run.engine, run.reporter, retry_failed=False)) == set()
    off = Config.model_validate({"filter": {"duplicates": {"perceptual": False}}})
    assert _found(Run(run.folder, off, run.engine, run.reporter, retry_failed=False)) == set()


def test_candidates_without_hashes_have_no_duplicates(tmp_path: Path) -> None:
    run = _run(tmp_path)
    for hashes in ([], [[]], [["", ""], [""]]):
        _write(run, hashes)
        assert _found(run) == set()
