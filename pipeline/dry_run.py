"""``shotloom build --dry-run``: what a build would do, from file names and sizes and the tables that are there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import median

import typer

from pipeline.build import free_bytes
from pipeline.config import STAGE_SECTIONS, Config, changed_settings
from pipeline.corpus_folder import CorpusFolder, SourceRow
from pipeline.films_input import FilmInput
from pipeline.progress import visible

_GUESSED_SECONDS_PER_MB = 6.0
"""Scan and cut of one megabyte on one core, a rule of thumb: 480p trailers on a two-core machine in 2026 took 3 to 12."""


def print_plan(films: Sequence[FilmInput], out: Path, config: Config) -> None:
    folder = CorpusFolder(str(out.resolve())) if (out / "config.yaml").is_file() else None
    rows = folder.sources.rows() if folder else []
    known = {row.path: row for row in rows}
    readable = [film for film in films if not film.problem]
    new = [film for film in readable if film.path not in known]
    sizes = {film.path: Path(film.path).stat().st_size for film in readable}
    new_bytes = sum(sizes[film.path] for film in new)
    total = sum(sizes.values())
    typer.echo(f"films: {len(films)} named, {len(films) - len(readable)} without a file, {total / 1e6:.1f} MB")
    typer.echo(f"scan: {len(new)} films not seen before ({new_bytes / 1e6:.1f} MB), {len(readable) - len(new)} known")
    for film in new[:10]:
        typer.echo(f"  {visible(film.uri)}")
    if len(new) > 10:
        typer.echo(f"  and {len(new) - 10} more")
    redone = _print_changes(folder, config)
    rate, measured = _seconds_per_mb(rows)
    work = total if "scan" in redone else new_bytes
    workers = config.engine.workers or "one worker per core"
    source = "measured on this corpus" if measured else "a rule of thumb, nothing was built here yet"
    typer.echo(
        f"estimate: about {work / 1e6 * rate / 60:.1f} minutes of one core for the films to scan ({source}), "
        f"spread over {workers}; disk: up to about {work / 1e6 * 2:.0f} MB, {free_bytes(out) / 1e9:.1f} GB are free"
    )


def _print_changes(folder: CorpusFolder | None, config: Config) -> list[str]:
    from pipeline.build import STAGES, stored_config

    before = stored_config(folder) if folder else None
    if before is None:
        return []
    changed = changed_settings(before, config)
    for key, old, new in changed:
        typer.echo(f"changed: {key}: {old} -> {new}")
    sections = {key.split(".")[0] for key, _, _ in changed}
    first = next((n for n, stage in enumerate(STAGES) if sections & set(STAGE_SECTIONS[stage])), len(STAGES))
    if first < len(STAGES):
        typer.echo(f"redone where that changes anything: {', '.join(STAGES[first:])}")
    return list(STAGES[first:])


def _seconds_per_mb(rows: Sequence[SourceRow]) -> tuple[float, bool]:
    """Scanning took this long here; cutting and the rest are taken to cost as much again."""
    rates = [row.seconds / (row.bytes / 1e6) for row in rows if row.seconds > 0 and row.bytes > 0]
    return (2 * median(rates), True) if rates else (_GUESSED_SECONDS_PER_MB, False)
