"""The identity of a film: the sha256 of its bytes, read once and remembered while size and modification time stay, and
while the file cannot be read: a film that went away stays in the corpus."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from formats.ledger import KEPT, Verdict, dropped, failed
from pipeline.films_input import FilmInput

PROBLEMS = {
    "empty_folder": "the folder holds no files",
    "unreadable_folder": "the folder cannot be read",
    "missing": "the list names this file, but it is not there",
    "not_a_file": "not a regular file (a device, pipe or socket)",
    "unreadable": "the file cannot be read",
}
_READERS = 4


@dataclass(frozen=True)
class FilmIdentity:
    """``sha256`` is empty when the verdict says why there is none."""

    bytes: int
    mtime_ns: int
    sha256: str
    verdict: Verdict = KEPT


def identify(films: Sequence[FilmInput], known: Mapping[str, FilmIdentity]) -> list[FilmIdentity]:
    """In the order of ``films``. ``known`` maps paths to identities of an earlier run."""
    with ThreadPoolExecutor(_READERS) as readers:
        return list(readers.map(lambda film: _identify(film, known.get(film.path)), films))


def unchanged(path: str, identity: FilmIdentity) -> bool:
    """Whether the file at ``path`` still has the size and modification time that were hashed."""
    try:
        facts = Path(path).stat()
    except OSError:
        return False
    return (facts.st_size, facts.st_mtime_ns) == (identity.bytes, identity.mtime_ns)


def _identify(film: FilmInput, known: FilmIdentity | None) -> FilmIdentity:
    seen = FilmIdentity(known.bytes, known.mtime_ns, known.sha256) if known is not None and known.sha256 else None
    if film.problem:
        return seen or _problem(film.problem)
    if seen is not None and unchanged(film.path, seen):
        return seen
    try:
        return _read(Path(film.path))
    except OSError as error:
        return seen or _problem("unreadable", error.strerror or str(error))


def _read(path: Path) -> FilmIdentity:
    if not stat.S_ISREG(path.stat().st_mode):
        return _problem("not_a_file")
    with path.open("rb") as file:
        before = os.fstat(file.fileno())
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return FilmIdentity(before.st_size, before.st_mtime_ns, digest)


def _problem(reason: str, cause: str = "") -> FilmIdentity:
    detail = PROBLEMS[reason] + (f": {cause}" if cause else "")
    verdict = dropped(reason, detail=detail) if reason == "empty_folder" else failed(reason, detail)
    return FilmIdentity(0, 0, "", verdict)
