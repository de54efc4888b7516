"""Candidates of every scanned film: each film's own file, made once, and the tables over all of them.

A film's file is named after its scan and the settings that shape candidates, so a film that is added, or a changed limit on a
score, redoes no other. The tables take over the rows of films that they hold already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa
from pydantic import ValidationError

from formats.selection import FilmSelection
from operators.film_candidates import film_candidates_task
from operators.film_clock import plan_seconds
from pipeline.corpus_folder import (
    CorpusFolder,
    FilmLinkRow,
    FilmShotRow,
    FilmTransitionRow,
    SelectedFilmRow,
    SourceRow,
    StoredCandidateRow,
    selection_artifact,
)
from pipeline.fingerprint import CODE_VERSIONS, fingerprint
from pipeline.sandbox_actor import Task
from pipeline.stage_books import intake_of
from pipeline.stage_table import StageTable
from pipeline.stages.run import Run, run_tasks
from pipeline.stages.scan import scan_fingerprint

TASK = "operators.film_candidates:film_candidates_task"
FILMS_AT_ONCE = 32
WORTH_RAY = 256
"""From this many films on they are done in parallel; starting Ray takes longer than a hundred films do."""


def make_candidates(run: Run, films: Sequence[SourceRow]) -> None:
    """Bring select's tables of films, transitions, links, shots and candidates up to date with ``films``, one row each."""
    settings = candidates_fingerprint(run)
    artifacts = {row.sha256: selection_artifact(row.sha256, fingerprint(settings, row.artifact)) for row in films}
    whole = f"{settings}:{fingerprint(sorted(artifacts.values()))}"
    if all(table.fingerprint() == whole for table in _tables(run.folder)):
        return
    standing = _standing_films(run.folder, settings, artifacts)
    _make_files(run, films, {sha: name for sha, name in artifacts.items() if sha not in standing})
    _assemble(run, artifacts, standing, whole)


def candidates_fingerprint(run: Run) -> str:
    """Of everything that shapes a film's candidates."""
    config = run.config
    sections = (config.split, config.defade, config.shots, config.stitch, config.filter.duration, config.filter.shots)
    return fingerprint(CODE_VERSIONS["candidates"], scan_fingerprint(config.scan), *sections)


def _tables(folder: CorpusFolder) -> tuple[StageTable[Any], ...]:
    return (folder.transitions, folder.links, folder.shots, folder.candidates, folder.selected_films)


def _standing_films(folder: CorpusFolder, settings: str, artifacts: dict[str, str]) -> set[str]:
    """Films whose rows the tables hold as they would be made again; none unless all tables are of one run."""
    prints = {table.fingerprint() for table in _tables(folder)}
    if len(prints) != 1 or not prints.pop().startswith(f"{settings}:"):
        return set()
    return {row.sha256 for row in folder.selected_films.rows() if artifacts.get(row.sha256) == row.artifact}


def _make_files(run: Run, films: Sequence[SourceRow], artifacts: dict[str, str]) -> None:
    """Files that are not there, or not whole."""
    missing = [row for row in films if row.sha256 in artifacts and not _is_whole(run, artifacts[row.sha256])]
    if len(missing) >= WORTH_RAY:
        chunks = [missing[start : start + FILMS_AT_ONCE] for start in range(0, len(missing), FILMS_AT_ONCE)]
        limits = run.film_limits
        tasks = [
            Task(chunk[0].sha256, TASK, _arguments(run, chunk, artifacts), limits.wall_seconds, limits.memory_mb)
            for chunk in chunks
        ]
        run_tasks(run, "select", f"lots of {FILMS_AT_ONCE} films", tasks, reused=0)
        missing = [row for row in missing if not run.folder.store.exists(artifacts[row.sha256])]
    with run.reporter.stage("select", "films", len(missing), len(films) - len(missing)) as advance:
        for row in missing:
            film_candidates_task(_arguments(run, [row], artifacts))
            advance()


def _is_whole(run: Run, artifact: str) -> bool:
    """Of a film's two files, the vectors were written first."""
    if not run.folder.store.exists(artifact):
        return False
    try:
        _read(run, artifact)
    except ValidationError:
        run.folder.store.remove(artifact)
        return False
    return True


def _read(run: Run, artifact: str) -> FilmSelection:
    return FilmSelection.model_validate_json(run.folder.store.read_bytes(artifact))


def _arguments(run: Run, films: Sequence[SourceRow], artifacts: dict[str, str]) -> dict[str, object]:
    config = run.config
    sections = {"shots": config.shots, "defade": config.defade, "stitch": config.stitch, "filter": config.filter}
    return {
        "films": [
            {
                "scan": run.folder.path(f"{row.artifact}.json"),
                "signals": run.folder.path(f"{row.artifact}.signals.parquet"),
                "out": run.folder.path(artifacts[row.sha256]),
            }
            for row in films
        ],
        "split": config.split.model_dump(mode="json"),
        "select": {name: section.model_dump(mode="json") for name, section in sections.items()},
    }


def _assemble(run: Run, artifacts: dict[str, str], standing: set[str], whole: str) -> None:
    """The tables, films in the order of their sha256; rows of standing films are taken over as they are."""
    folder = run.folder
    shas = sorted(artifacts)
    old = [_Earlier(table) for table in _tables(folder)] if standing else []
    pieces: list[list[pa.Table]] = [[] for _ in _tables(folder)]
    for is_standing, run_of_films in groupby(shas, key=lambda sha: sha in standing):
        if is_standing:
            kept = list(run_of_films)
            for earlier, found in zip(old, pieces, strict=True):
                found.append(earlier.between(kept[0], kept[-1], standing))
            continue
        for lot in _lots(list(run_of_films)):
            selections = [_read(run, artifacts[sha]) for sha in lot]
            for found, columns in zip(pieces, _columns(folder, selections, artifacts), strict=True):
                found.append(columns)
    intake = intake_of(shas)
    for table, found in zip(_tables(folder), pieces, strict=True):
        table.write_columns(pa.concat_tables([table.schema.empty_table(), *found]), whole, intake)


def _lots(shas: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(shas), FILMS_AT_ONCE):
        yield shas[start : start + FILMS_AT_ONCE]


class _Earlier:
    """A table as it was: its rows by film, in the order of sha256."""

    def __init__(self, table: StageTable[Any]) -> None:
        self._table = table.columns().cast(table.schema)
        self._shas = np.asarray(self._table["sha256"].to_pylist(), dtype=str)

    def between(self, first: str, last: str, standing: set[str]) -> pa.Table:
        """The rows of the standing films from ``first`` to ``last``."""
        start, end = np.searchsorted(self._shas, first, "left"), np.searchsorted(self._shas, last, "right")
        rows = self._table.slice(int(start), int(end - start))
        stays = np.isin(self._shas[start:end], sorted(standing))
        return rows if stays.all() else rows.filter(pa.array(stays))


def _columns(folder: CorpusFolder, films: Sequence[FilmSelection], artifacts: dict[str, str]) -> list[pa.Table]:
    """Rows of ``films`` for each of ``_tables``."""
    transitions = [FilmTransitionRow(sha256=film.sha256, **dict(row)) for film in films for row in film.transitions]
    links = [FilmLinkRow(sha256=film.sha256, **dict(row)) for film in films for row in film.links]
    shots = [FilmShotRow(sha256=film.sha256, **dict(row)) for film in films for row in film.shots]
    candidates = [
        StoredCandidateRow(
            key=row.plan.key,
            sha256=film.sha256,
            shots=len(row.plan.shots),
            seconds=float(plan_seconds(row.plan)),
            **dict(row),
        )
        for film in films
        for row in film.candidates
    ]
    selected = [
        SelectedFilmRow(
            sha256=film.sha256,
            artifact=artifacts[film.sha256],
            shots=len(film.shots),
            candidates=len(film.candidates),
        )
        for film in films
    ]
    return [
        folder.transitions.columns_of(transitions),
        folder.links.columns_of(links),
        folder.shots.columns_of(shots),
        folder.candidates.columns_of(candidates),
        folder.selected_films.columns_of(selected),
    ]
