"""Select: decides on the stored signals of all films, without pixels, in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from formats.film_scan import FilmScan, Record
from formats.selection import CorpusSelection, FilmSelection, TopCutOff
from operators.layout_embedding import layout_similarity
from operators.select import SelectSettings, select_corpus, select_film
from operators.signals import read_signals
from operators.split import accepted_transitions
from pipeline.books import intake_of
from pipeline.corpus_folder import (
    CUT_OFF,
    FilmCandidateRow,
    FilmLinkRow,
    FilmShotRow,
    FilmTransitionRow,
    SourceRow,
)
from pipeline.fingerprint import CODE_VERSIONS, fingerprint
from pipeline.stages.run import Run
from pipeline.stages.scan import scan_fingerprint


class StoredCutOff(Record):
    """The bar of a share-based filter and the settings it belongs to."""

    settings: str
    cut_off: TopCutOff | None


def select_clips(run: Run, sources: Sequence[SourceRow]) -> list[FilmCandidateRow]:
    """The kept candidates. Tables are written anew only when films or settings changed."""
    films = [row for row in sources if row.verdict.outcome == "kept"]
    settings = _settings_fingerprint(run)
    whole = f"{settings}:{fingerprint([[row.sha256, row.artifact, row.uri] for row in films])}"
    tables = (run.folder.transitions, run.folder.links, run.folder.shots, run.folder.candidates)
    if all(table.fingerprint() == whole for table in tables):
        run.reporter.say("select: nothing to do, films and settings are those of the last run")
        return _kept(run.folder.candidates.rows())
    frozen = _frozen_cut_off(run, settings)
    with run.reporter.stage("select", "films", len(films), 0) as advance:
        selections = []
        for row in films:
            selections.append(_select(run, row))
            advance()
    selection = select_corpus(selections, run.config.filter, frozen)
    uris = {row.sha256: row.uri for row in films}
    stored = StoredCutOff(settings=settings, cut_off=selection.cut_off)
    run.folder.store.write_atomic(CUT_OFF, stored.model_dump_json().encode())
    _write(run, selection, uris, whole)
    return _kept(run.folder.candidates.rows())


def _settings_fingerprint(run: Run) -> str:
    config = run.config
    sections = (config.split, config.defade, config.shots, config.stitch, config.filter)
    return fingerprint(CODE_VERSIONS["select"], scan_fingerprint(config.scan), *sections)


def _frozen_cut_off(run: Run, settings: str) -> TopCutOff | None:
    """With unchanged settings the bar of the first build stays (``filter.top.freeze``)."""
    top = run.config.filter.top
    if top is None or not top.freeze or not run.folder.store.exists(CUT_OFF):
        return None
    stored = StoredCutOff.model_validate_json(run.folder.store.read_bytes(CUT_OFF))
    return stored.cut_off if stored.settings == settings else None


def _select(run: Run, row: SourceRow) -> FilmSelection:
    scan = FilmScan.model_validate_json(run.folder.store.read_bytes(f"{row.artifact}.json"))
    pts = read_signals(Path(run.folder.path(f"{row.artifact}.signals.parquet"))).pts
    config = run.config
    settings = SelectSettings(shots=config.shots, defade=config.defade, stitch=config.stitch, filter=config.filter)
    return select_film(scan, accepted_transitions(scan, config.split), pts, layout_similarity, settings)


def _write(run: Run, selection: CorpusSelection, uris: dict[str, str], whole: str) -> None:
    folder = run.folder
    transitions, links, shots, candidates = [], [], [], []
    for film in selection.films:
        sha = film.sha256
        transitions += [FilmTransitionRow(sha256=sha, **dict(row)) for row in film.transitions]
        links += [FilmLinkRow(sha256=sha, **dict(row)) for row in film.links]
        shots += [FilmShotRow(sha256=sha, **dict(row)) for row in film.shots]
        candidates += [
            FilmCandidateRow(key=row.plan.key, sha256=sha, uri=uris[sha], **dict(row)) for row in film.candidates
        ]
    folder.transitions.write(transitions, whole)
    folder.links.write(links, whole)
    folder.shots.write(shots, whole)
    folder.candidates.write(candidates, whole, intake_of(uris))


def _kept(rows: Sequence[FilmCandidateRow]) -> list[FilmCandidateRow]:
    return [row for row in rows if row.verdict.outcome == "kept"]
