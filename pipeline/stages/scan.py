"""Scan: every film that was named gets one row; every distinct film is decoded once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

from formats.exact_time import parse_rational
from formats.film_scan import FilmScan
from formats.ledger import KEPT, Verdict, dropped, failed
from operators.scan import scan_code_version
from pipeline.corpus_folder import SourceRow, film_artifact
from pipeline.fault_injection import task_for
from pipeline.film_hash import FilmIdentity, identify
from pipeline.films_input import FilmInput
from pipeline.fingerprint import CODE_VERSIONS, fingerprint
from pipeline.sandbox_actor import Task, TaskReply
from pipeline.stages.run import Run, run_tasks, verdict_of

_NO_FILMS = ("not_a_video", "no_video_stream", "format_not_allowed")


def scan_films(run: Run, films: Sequence[FilmInput]) -> list[SourceRow]:
    """Bring the table of sources up to date with ``films``; films of earlier runs stay in it."""
    earlier = {row.path: row for row in run.folder.sources.rows()}
    everything = _with_absent(films, earlier)
    print_of_scan = scan_fingerprint(run)
    identities = identify(everything, {path: _identity(row) for path, row in earlier.items()})
    primaries = _primaries(everything, identities, earlier)
    artifacts = {sha: film_artifact(sha, print_of_scan) for sha in primaries}
    failures = {} if run.retry_failed else _standing_failures(earlier.values(), artifacts)
    finished = {sha for sha, artifact in artifacts.items() if run.folder.store.exists(f"{artifact}.json")}
    tasks = [
        _task(run, everything[number], sha, artifacts[sha])
        for sha, number in primaries.items()
        if sha not in finished and sha not in failures
    ]
    replies = run_tasks(run, "scan", "films", tasks, reused=len(primaries) - len(tasks))
    rows = []
    for number, (film, identity) in enumerate(zip(everything, identities, strict=True)):
        sha = identity.sha256
        if not sha:
            rows.append(_row(film, identity, identity.verdict))
        elif primaries[sha] != number:
            primary = everything[primaries[sha]].uri
            verdict = dropped("duplicate", detail=f"the same bytes as {primary}")
            rows.append(_row(film, identity, verdict, duplicate_of=primary))
        else:
            rows.append(_scanned_row(run, film, identity, artifacts[sha], replies.get(sha), failures, earlier))
    run.folder.sources.write(rows, print_of_scan)
    return rows


def scan_fingerprint(run: Run) -> str:
    return fingerprint(CODE_VERSIONS["scan"], scan_code_version(), run.config.scan)


def _with_absent(films: Sequence[FilmInput], earlier: dict[str, SourceRow]) -> list[FilmInput]:
    named = {film.path for film in films}
    absent = [
        FilmInput(row.path, row.uri, row.license, row.attribution, row.url, row.split, row.metadata)
        for path, row in earlier.items()
        if path not in named and row.sha256
    ]
    return sorted([*films, *absent], key=lambda film: (film.uri, film.path))


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


def _standing_failures(earlier: Iterable[SourceRow], artifacts: dict[str, str]) -> dict[str, Verdict]:
    """Films that failed before in the same way they would fail now."""
    return {
        row.sha256: row.verdict
        for row in earlier
        if row.verdict.outcome != "kept" and row.sha256 and artifacts.get(row.sha256) == row.artifact
    }


def _task(run: Run, film: FilmInput, sha: str, artifact: str) -> Task:
    arguments = {
        "path": film.path,
        "sha256": sha,
        "settings": run.config.scan.model_dump(mode="json"),
        "scan": run.folder.path(f"{artifact}.json"),
        "signals": run.folder.path(f"{artifact}.signals.parquet"),
        "thumbnails": run.folder.path(f"{artifact}.jpg"),
    }
    limits = run.config.limits
    task = task_for(film.uri, "operators.scan:scan_film_task")
    return Task(sha, task, arguments, limits.film_seconds, limits.memory_mb)


def _scanned_row(
    run: Run,
    film: FilmInput,
    identity: FilmIdentity,
    artifact: str,
    reply: TaskReply | None,
    failures: dict[str, Verdict],
    earlier: dict[str, SourceRow],
) -> SourceRow:
    verdict = _not_a_film(verdict_of(reply)) if reply else failures.get(identity.sha256, KEPT)
    if verdict.reason == "unreadable" and not Path(film.path).exists():
        verdict = failed("source_missing", "the film must be scanned again, but the file is gone")
    row = _row(film, identity, verdict, artifact=artifact)
    if verdict.outcome != "kept":
        return row
    scan = read_scan(run, artifact)
    before = earlier.get(film.path)
    timing = scan.timing
    ticks = timing.end_pts - timing.first_pts
    return row.model_copy(
        update={
            "frames": timing.frames,
            "fps": timing.fps,
            "vfr": timing.vfr,
            "duration": float(Fraction(ticks) * parse_rational(scan.probe.time_base)),
            "seconds": reply.seconds if reply else (before.seconds if before else 0.0),
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
        path=film.path,
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
