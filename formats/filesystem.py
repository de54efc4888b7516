"""The one filesystem object: every path of a corpus goes through it. Local folders now, buckets through fsspec.

A file appears under its final name whole or not at all: it is written aside, under a hidden name that holds the run's
id, and then renamed. Two writers of the same content under the same name do not disturb each other.
"""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol, cast

from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

_RUN_ID = re.compile(r"[0-9A-Za-z]{1,64}")
_ASIDE = re.compile(r"\.aside-([0-9A-Za-z]{1,64})-[0-9a-f]{32}(\..*)?")


class BadNameError(ValueError):
    """A name that is not a plain relative path inside the corpus."""


class ByteSink(Protocol):
    """What a streaming write offers."""

    def write(self, data: bytes, /) -> int: ...


class CorpusStore:
    """The files under one root. Names are relative, with ``/`` between parts: ``shards/train-00000.tar``.

    ``run`` is the id of this run (letters and digits); it marks what this run has written aside and not yet finished.
    Cheap to build and to pickle, so each worker process builds its own with the same ``run``.
    """

    def __init__(self, root: str | Path, run: str = "") -> None:
        if run and not _RUN_ID.fullmatch(run):
            raise ValueError(f"a run id is 1 to 64 letters and digits, got {run!r}")
        self.run = run or uuid.uuid4().hex[:12]
        self._fs, self._base = _open_root(str(root))
        self._local = isinstance(self._fs, LocalFileSystem)
        self.root = self._base if self._local else str(root)

    def __reduce__(self) -> tuple[type[CorpusStore], tuple[str, str]]:
        return CorpusStore, (self.root, self.run)

    def local_path(self, name: str) -> Path | None:
        """Where ``name`` lies on this machine; ``None`` when the store is not local."""
        return Path(self._full(name)) if self._local else None

    def exists(self, name: str) -> bool:
        """Whether a file (not a folder) of this name is there."""
        return bool(self._fs.isfile(self._full(name)))

    def size(self, name: str) -> int:
        """Bytes. Raises ``FileNotFoundError``."""
        return int(self._fs.size(self._full(name)))

    def read_bytes(self, name: str, *, max_bytes: int | None = None) -> bytes:
        """The whole file. Raises ``FileNotFoundError``, and ``ValueError`` if it is larger than ``max_bytes``."""
        with self.open_read(name) as stream:
            data = stream.read(-1 if max_bytes is None else max_bytes + 1)
        if max_bytes is not None and len(data) > max_bytes:
            raise ValueError(f"{name} is larger than {max_bytes} bytes")
        return data

    def open_read(self, name: str) -> BinaryIO:
        """A seekable binary stream; use as a context manager. Raises ``FileNotFoundError``."""
        return cast(BinaryIO, self._fs.open(self._full(name), "rb"))

    def list(self, folder: str = "") -> tuple[str, ...]:
        """Names of all files under ``folder``, sorted, without hidden ones. Empty if there is no such folder."""
        return tuple(name for name in self._walk(folder) if not _hidden(name))

    def write_atomic(self, name: str, data: bytes) -> None:
        """Writes ``data`` under ``name``, whole or not at all."""
        with self.open_write(name) as sink:
            sink.write(data)

    @contextmanager
    def open_write(self, name: str) -> Iterator[ByteSink]:
        """A stream that becomes ``name`` when the block ends well, and nothing when it raises."""
        final, aside = self._full(name), self._aside(name)
        self._fs.makedirs(str(PurePosixPath(final).parent), exist_ok=True)
        try:
            with self._fs.open(aside, "wb") as stream:
                yield cast(ByteSink, stream)
                if self._local:
                    stream.flush()
                    os.fsync(stream.fileno())
            self._publish(aside, final)
        except BaseException:
            self._discard(aside)
            raise

    def remove(self, name: str) -> None:
        """Removes one file; one that is not there is no error."""
        self._discard(self._full(name))

    def remove_leftovers(self, folder: str = "", older_than: float = 0) -> tuple[str, ...]:
        """Removes what *other* runs had written aside more than ``older_than`` seconds ago and never finished, and returns
        those names.

        A worker of such a run that still lives then fails at its rename; no final name is touched.
        """
        now = datetime.now(UTC)
        found = []
        for name in self._walk(folder):
            match = _ASIDE.fullmatch(PurePosixPath(name).name)
            if match and match[1] != self.run and (not older_than or self._age(name, now) > older_than):
                self._discard(f"{self._base}/{name}")
                found.append(name)
        return tuple(found)

    def _age(self, name: str, now: datetime) -> float:
        """Seconds; none for a file that is gone."""
        try:
            return float((now - self._fs.modified(f"{self._base}/{name}")).total_seconds())
        except FileNotFoundError:
            return 0

    def _full(self, name: str) -> str:
        return f"{self._base}/{checked_name(name)}"

    def _aside(self, name: str) -> str:
        path = PurePosixPath(self._full(name))
        return str(path.with_name(f".aside-{self.run}-{uuid.uuid4().hex}{path.suffix}"))

    def _publish(self, aside: str, final: str) -> None:
        if self._local:
            Path(aside).replace(final)
        else:
            self._fs.mv(aside, final)

    def _discard(self, path: str) -> None:
        try:
            self._fs.rm_file(path)
        except FileNotFoundError:
            return

    def _walk(self, folder: str) -> tuple[str, ...]:
        top = self._full(folder) if folder else self._base
        prefix = len(self._base.rstrip("/")) + 1
        return tuple(sorted(str(path)[prefix:] for path in self._fs.find(top)))


def _open_root(root: str) -> tuple[AbstractFileSystem, str]:
    """Only what is written as a URL is read as one: to fsspec ``::`` in a folder's name would mean something else."""
    if "://" in root:
        fs, base = url_to_fs(root)
        return fs, str(base)
    return LocalFileSystem(), Path(root).expanduser().absolute().as_posix()


def checked_name(name: str) -> str:
    """``name`` itself if it is a plain relative path: no root, no ``.`` or ``..``, no hidden part, nothing unprintable.

    Raises ``BadNameError``.
    """
    parts = name.split("/")
    plain = all(part and not part.startswith(".") for part in parts)
    if not plain or "\\" in name or not name.isprintable():
        raise BadNameError(f"{name!r} is not a plain relative name inside the corpus")
    return name


def _hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))
