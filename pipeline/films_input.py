"""The films a user names: files, folders, or a list with columns. One row each, before any of them is opened as media."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

LIST_COLUMNS = ("path", "license", "attribution", "url", "split", "metadata")
_LIST_SUFFIXES = {".txt", ".csv", ".parquet"}
_MAX_LIST_BYTES = 1 << 30
_SPLITS = ("", "train", "validation", "test")


class InputError(ValueError):
    """The films cannot be listed; the text names the thing, the cause and the fix."""


@dataclass(frozen=True)
class FilmInput:
    """``path`` is absolute; ``uri`` is what the corpus calls the film: relative, so that no folder of this machine leaks."""

    path: str
    uri: str
    license: str = ""
    attribution: str = ""
    url: str = ""
    split: str = ""
    metadata: str = ""
    problem: str = ""
    """A reason code when there is no file to open: ``empty_folder``, ``unreadable_folder`` or ``missing``."""
    listed: bool = False
    """Whether a list with columns named it, so that empty columns mean empty."""


def list_films(names: Sequence[str], out: str = "") -> list[FilmInput]:
    """Every film named, each path once (what a list says of it wins), sorted by uri. ``out`` is the corpus' own folder,
    which is never searched. Raises ``InputError``."""
    corpus = _absolute(Path(out)) if out else ""
    found: dict[str, FilmInput] = {}
    for name in names:
        try:
            for film in _expand(Path(name), corpus):
                if film.listed or film.path not in found:
                    found[film.path] = film
        except OSError as error:
            raise InputError(f"{name}: {error.strerror or error}") from None
    if not found:
        raise InputError(f"{', '.join(names)}: names no film")
    return sorted(found.values(), key=lambda film: (film.uri, film.path))


def _expand(path: Path, corpus: str) -> Iterator[FilmInput]:
    if path.is_dir():
        yield from _walk(path, corpus)
    elif not path.exists():
        raise InputError(f"{path}: there is no such file or folder")
    elif path.suffix.lower() in _LIST_SUFFIXES:
        yield from _read_list(path)
    else:
        yield FilmInput(path=_absolute(path), uri=_printable(path.name))


def _walk(folder: Path, corpus: str) -> Iterator[FilmInput]:
    base = PurePosixPath(folder.resolve().name)
    unreadable: list[str] = []
    for parent, folders, files in os.walk(
        folder, followlinks=False, onerror=lambda error: unreadable.append(error.filename)
    ):
        if _absolute(Path(parent)) == corpus:
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if _wanted(Path(parent), name))
        names = sorted(name for name in files if _wanted(Path(parent), name))
        for name in names:
            yield FilmInput(path=_absolute(Path(parent) / name), uri=_folder_uri(base, Path(parent) / name, folder))
        if not names and not folders:
            yield FilmInput(
                path=_absolute(Path(parent)), uri=_folder_uri(base, Path(parent), folder), problem="empty_folder"
            )
    for name in unreadable:
        yield FilmInput(_absolute(Path(name)), _folder_uri(base, Path(name), folder), problem="unreadable_folder")


def _wanted(parent: Path, name: str) -> bool:
    return not name.startswith(".") and not (parent / name).is_symlink()


def _folder_uri(base: PurePosixPath, path: Path, folder: Path) -> str:
    return _printable(str(base / PurePosixPath(os.path.relpath(path, folder))))


def _read_list(path: Path) -> Iterator[FilmInput]:
    if path.stat().st_size > _MAX_LIST_BYTES:
        raise InputError(f"{path}: a list of films may not be larger than {_MAX_LIST_BYTES} bytes")
    rows = _list_rows(path)
    for number, row in enumerate(rows, start=1):
        where = f"{path}, row {number}"
        unknown = sorted(set(row) - set(LIST_COLUMNS))
        if unknown:
            raise InputError(f"{where}: unknown column {unknown[0]!r}; a list may have {', '.join(LIST_COLUMNS)}")
        if not row.get("path"):
            raise InputError(f"{where}: the column 'path' is empty")
        if row.get("split", "") not in _SPLITS:
            raise InputError(f"{where}: split is {row['split']!r}; allowed: train, validation, test or empty")
        film = Path(row["path"])
        target = film if film.is_absolute() else path.parent / film
        columns = {name: row.get(name, "") for name in LIST_COLUMNS[1:]}
        problem = "" if _exists(target) else "missing"
        listed = set(row) != {"path"}
        yield FilmInput(path=_absolute(target), uri=_list_uri(film), problem=problem, listed=listed, **columns)


def _exists(path: Path) -> bool:
    """A name that the file system cannot hold (too long, say) is of no file."""
    try:
        return path.exists()
    except OSError:
        return False


def _list_rows(path: Path) -> list[dict[str, str]]:
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return _parquet_rows(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: a list of films is UTF-8 text: {error}") from None
    if suffix == ".txt":
        lines = [line.strip() for line in text.splitlines()]
        return [{"path": line} for line in lines if line and not line.startswith("#")]
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if "path" not in (reader.fieldnames or ()):
        raise InputError(f"{path}: the first line must name the columns, 'path' among them")
    rows: list[dict[str, str]] = []
    try:
        for row in reader:
            if None in row:
                raise InputError(f"{path}, row {len(rows) + 1}: more values than columns")
            rows.append({key: value or "" for key, value in row.items()})
    except csv.Error as error:
        raise InputError(f"{path}, row {len(rows) + 1}: not readable as CSV: {error}") from None
    return rows


def _parquet_rows(path: Path) -> list[dict[str, str]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(f"{path}: not readable as Parquet: {error}") from None
    if "path" not in table.column_names:
        raise InputError(f"{path}: no column 'path'")
    return [{key: _cell_text(value) for key, value in row.items()} for row in table.to_pylist()]


def _cell_text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def _list_uri(film: Path) -> str:
    parts = [part for part in film.parts if part not in ("..", ".", film.anchor)]
    return _printable(film.name if film.is_absolute() else "/".join(parts))


def _absolute(path: Path) -> str:
    return os.path.abspath(path)  # noqa: PTH100  (Path.resolve would follow the last link)


def _printable(text: str) -> str:
    """File names may hold bytes that are no UTF-8; they are shown as escapes."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
