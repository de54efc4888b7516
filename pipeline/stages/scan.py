"""Scan: every film that was named gets one row; every distinct film is decoded once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from formats.exact_time import parse_rational
from formats.film_scan import FilmScan
from formats.ledger import KEPT, Verdict, dropped, failed
from operators.models import models_of_scan
from operators.picture_models.registry import chosen_models
from operators.scan import ScanSettings, scan_code_version
from pipeline.corpus_folder import SourceRow, film_artifact, real_path, stored_path
from pipeline.fault_injection import task_for
from pipeline.film_hash import FilmIdentity, identify, unchanged
from pipeline.films_input import FilmInput
from pipeline.fingerprint import fingerprint
from pipeline.sandbox_actor import Task
from pipeline.stages.run import Run, run_tasks, stands, verdict_of

_NO_FILMS = ("not_a_video", "no_video_stream", "format_not_allowed")


def scan_films(run: Run, films: Sequence[FilmInput]) -> list[SourceRow]:
    """Bring the table of sources up to date with ``films``; films of earlier runs stay in it."""
    earlier = {real_path(row.path): row for row in run.folder.sources.rows()}
    everything = _with_earlier(films, earlier)
    print_of_scan = scan_fingerprint(run.config.scan)
    identities = identify(everything, {path: _identity(row) for path, row in earlier.items()})
    primaries = _primaries(everything, identities, earlier)
    artifacts = {sha: film_artifact(sha, print_of_scan) for sha in primaries}
    verdicts = _known_verdicts(run, earlier.values(), artifacts)
    places = _places(everything, identities)
    tasks = []
    for sha, number in primaries.items():
        if sha in verdicts:
            continue
        if sha in places:
            place = places[sha]
            task = _task(run, everything[number].uri, everything[place].path, identities[place], artifacts[sha])
            tasks.append(task)
        else:
            verdicts[sha] = failed("source_missing", "the film must be scanned, but the file is gone")
    replies = run_tasks(run, "scan", "films", tasks, reused=len(primaries) - len(tasks))
    for sha, reply in replies.items():
        verdicts[sha] = _not_a_film(verdict_of(reply, run.film_limits))
    rows = []
    for number, (film, identity) in enumerate(zip(everything, identities, strict=True)):
        sha = identity.sha256
        if not sha:
            rows.append(_row(film, identity, identity.verdict))
        elif primaries[sha] != number:
            primary = everything[primaries[sha]].uri
            verdict = dropped("duplicate", detail=f"the same bytes as {primary}, sha256 {sha}")
            rows.append(_row(film, identity, verdict, duplicate_of=primary))
        else:
            before = earlier.get(film.path)
            seconds = replies[sha].seconds if sha in replies else (before.seconds if before else 0.0)
            rows.append(_scanned_row(run, _row(film, identity, verdicts[sha], artifacts[sha]), seconds))
    run.folder.sources.write(rows, print_of_scan)
    return rows


def scan_fingerprint(scan: ScanSettings) -> str:
    """Of everything that shapes a film's scan. How many threads decode, and the device, do not."""
    settings = scan.model_dump(mode="json", exclude={"decode_threads", "device"})
    return fingerprint(scan_code_version(), models_of_scan(scan), settings)


def readable_films(rows: Iterable[SourceRow]) -> dict[str, SourceRow]:
    """For each sha256 a row whose path holds the film as it was hashed; none for films that are gone."""
    found: dict[str, SourceRow] = {}
    for row in rows:
        if row.sha256 and row.sha256 not in found and unchanged(real_path(row.path), _identity(row)):
            found[row.sha256] = row
    return found


def _with_earlier(films: Sequence[FilmInput], earlier: dict[str, SourceRow]) -> list[FilmInput]:
    """Films of earlier runs too; one that is named again without a list keeps what its list said."""
    named = {film.path for film in films}
    kept = [film if film.listed or film.path not in earlier else _as_listed(film, earlier[film.path]) for film in films]
    absent = [
        _as_listed(FilmInput(path, row.uri), row) for path, row in earlier.items() if path not in named and row.sha256
    ]
    return sorted([*kept, *absent], key=lambda film: (film.uri, film.path))


def _as_listed(film: FilmInput, row: SourceRow) -> FilmInput:
    return replace(
        film,
        license=row.license,
        attribution=row.attribution,
        url=row.url,
        split=row.split,
        metadata=row.metadata,
    )


def _identity(row: SourceRow) -> FilmIdentity:
    return FilmIdentity(row.bytes, row.mtime_ns, row.sha256)


def _primaries(
    films: Sequence[FilmInput], identities: Sequence[FilmIdentity], earlier: dict[str, SourceRow]
) -> dict[str, int]:
    """For each distinct film the number of the row that stands for it: the one that did before, else the first."""
    primaries: dict[str, int] = {}
    for number, (film, identity) in enumerate(zip(films, identities, strict=True)):
        if not identity.sha256:
            continue
        row = earlier.get(film.path)
        stood = row is not None and row.sha256 == identity.sha256 and not row.duplicate_of
        if stood or identity.sha256 not in primaries:
            primaries[identity.sha256] = number
    return primaries


def _places(films: Sequence[FilmInput], identities: Sequence[FilmIdentity]) -> dict[str, int]:
    """For each distinct film the number of a row whose path holds it as it was hashed."""
    found: dict[str, int] = {}
    for number, (film, identity) in enumerate(zip(films, identities, strict=True)):
        if identity.sha256 and identity.sha256 not in found and unchanged(film.path, identity):
            found[identity.sha256] = number
    return found


def _known_verdicts(run: Run, earlier: Iterable[SourceRow], artifacts: dict[str, str]) -> dict[str, Verdict]:
    """Films that are scanned, and films that would fail again as they did."""
    known = {sha: KEPT for sha, artifact in artifacts.items() if run.folder.store.exists(f"{artifact}.json")}
    for row in [] if run.retry_failed else earlier:
        same = row.artifact != "" and artifacts.get(row.sha256) == row.artifact
        if same and row.sha256 not in known and stands(row.verdict, run.film_limits):
            known[row.sha256] = row.verdict
    return known


def _task(run: Run, uri: str, path: str, identity: FilmIdentity, artifact: str) -> Task:
    arguments = {
        "path": path,
        "sha256": identity.sha256,
        "bytes": identity.bytes,
        "mtime_ns": identity.mtime_ns,
        "settings": run.config.scan.model_dump(mode="json"),
        "scan": run.folder.path(f"{artifact}.json"),
        "signals": run.folder.path(f"{artifact}.signals.parquet"),
        "thumbnails": run.folder.path(f"{artifact}.jpg"),
        "embeddings": run.folder.path(f"{artifact}.embeddings.parquet"),
    }
    task = task_for(uri, "operators.scan:scan_film_task")
    scan, limits = run.config.scan, run.film_limits
    models = scan.model_dump_json() if chosen_models(scan) else ""
    return Task(identity.sha256, task, arguments, limits.wall_seconds, limits.memory_mb, models)


def _scanned_row(run: Run, row: SourceRow, seconds: float) -> SourceRow:
    if row.verdict.outcome != "kept":
        return row
    scan = read_scan(run, row.artifact)
    timing = scan.timing
    ticks = timing.end_pts - timing.first_pts
    return row.model_copy(
        update={
            "frames": timing.frames,
            "fps": timing.fps,
            "vfr": timing.vfr,
            "duration": float(Fraction(ticks) * parse_rational(scan.probe.time_base)),
            "seconds": seconds,
        }
    )


def _not_a_film(verdict: Verdict) -> Verdict:
    """What never was a film (a poster, a text beside it) is dropped: it is nothing that went wrong."""
    return verdict.model_copy(update={"outcome": "dropped"}) if verdict.reason in _NO_FILMS else verdict


def read_scan(run: Run, artifact: str) -> FilmScan:
    return FilmScan.model_validate_json(run.folder.store.read_bytes(f"{artifact}.json"))


def _row(
    film: FilmInput, identity: FilmIdentity, verdict: Verdict, artifact: str = "", duplicate_of: str = ""
) -> SourceRow:
    return SourceRow(
        path=stored_path(film.path),
        uri=film.uri,
        bytes=identity.bytes,
        mtime_ns=identity.mtime_ns,
        sha256=identity.sha256,
        license=film.license,
        attribution=film.attribution,
        url=film.url,
        split=film.split,
        metadata=film.metadata,
        duplicate_of=duplicate_of,
        artifact=artifact,
        frames=0,
        fps="0/1",
        vfr=False,
        duration=0.0,
        seconds=0.0,
        verdict=verdict,
    )
