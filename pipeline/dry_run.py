"""``shotloom build --dry-run``: what a build would do, from file names, sizes and the tables that are there. Opens no film."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from pipeline.build import STAGES, announce_changes, first_changed_stage, free_bytes
from pipeline.config import Config
from pipeline.corpus_folder import CorpusFolder, SourceRow, film_artifact, real_path
from pipeline.film_hash import FilmIdentity, unchanged
from pipeline.films_input import FilmInput
from pipeline.progress import Reporter, visible
from pipeline.stages.scan import scan_fingerprint

_SCAN_SECONDS_PER_MB = 1.6
_CLIP_SECONDS_PER_MB = 8.0
"""Rules of thumb for the first build: films of 180p to 480p, a few MB each, on one core of a 2026 server took this long."""

_SHOWN = 10


def print_plan(films: Sequence[FilmInput], out: Path, config: Config) -> None:
    folder = CorpusFolder(str(out.resolve())) if (out / "config.yaml").is_file() else None
    rows = folder.sources.rows() if folder else []
    readable = [film for film in films if not film.problem]
    new = [film for film in readable if not _is_scanned(folder, rows, film, config)]
    new_mb = sum(Path(film.path).stat().st_size for film in new) / 1e6
    typer.echo(f"films: {len(films)} named, {len(films) - len(readable)} without a file")
    typer.echo(f"scan: {len(new)} films to scan ({new_mb:.1f} MB), {len(readable) - len(new)} scanned before")
    for film in new[:_SHOWN]:
        typer.echo(f"  {visible(film.uri)}")
    if len(new) > _SHOWN:
        typer.echo(f"  and {len(new) - _SHOWN} more")
    if folder:
        announce_changes(folder, config, Reporter(to_stdout=True))
    seconds = _scan_seconds(rows, new_mb) + _later_seconds(folder, rows, new_mb, config)
    source = "measured on this corpus" if rows else "a rule of thumb, nothing was built here yet"
    typer.echo(
        f"estimate: about {seconds / 60:.1f} minutes of one core ({source}), spread over "
        f"{config.engine.workers or 'all'} cores; disk: up to about {new_mb * 2:.0f} MB of {free_bytes(out) / 1e9:.1f} GB free"
    )


def _is_scanned(folder: CorpusFolder | None, rows: Sequence[SourceRow], film: FilmInput, config: Config) -> bool:
    row = next((row for row in rows if real_path(row.path) == film.path and row.sha256), None)
    if folder is None or row is None or not unchanged(film.path, FilmIdentity(row.bytes, row.mtime_ns, row.sha256)):
        return False
    artifact = film_artifact(row.sha256, scan_fingerprint(config.scan))
    return folder.store.exists(f"{artifact}.json") or row.artifact == artifact


def _scan_seconds(rows: Sequence[SourceRow], new_mb: float) -> float:
    timed = [row for row in rows if row.seconds > 0]
    if not timed:
        return new_mb * _SCAN_SECONDS_PER_MB
    return new_mb * sum(row.seconds for row in timed) / (sum(row.bytes for row in timed) / 1e6)


def _later_seconds(folder: CorpusFolder | None, rows: Sequence[SourceRow], new_mb: float, config: Config) -> float:
    """Cut and annotate: of the new films in proportion, and of all that a changed setting redoes."""
    spent = {"cut": 0.0, "annotate": 0.0}
    if folder:
        spent = {
            "cut": sum(row.seconds for row in folder.clips.rows()),
            "annotate": sum(row.seconds for row in folder.annotations.rows()),
        }
    known_mb = sum(row.bytes for row in rows if row.verdict.outcome == "kept") / 1e6
    total = sum(spent.values())
    seconds = new_mb * (total / known_mb if total and known_mb else _CLIP_SECONDS_PER_MB)
    first = first_changed_stage(folder, config) if folder else len(STAGES)
    return seconds + sum(each for stage, each in spent.items() if STAGES.index(stage) >= first)
