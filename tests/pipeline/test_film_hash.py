"""A film is known by the sha256 of its bytes, which are read once."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from pipeline.film_hash import identify, unchanged
from pipeline.films_input import FilmInput


def _film(path: Path) -> FilmInput:
    return FilmInput(path=str(path), uri=path.name)


def test_identity_is_the_sha256_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"film")
    (identity,) = identify([_film(path)], {})
    assert identity.sha256 == hashlib.sha256(b"film").hexdigest()
    assert unchanged(str(path), identity)


def test_a_known_file_is_not_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"film")
    (first,) = identify([_film(path)], {})
    facts = path.stat()
    path.write_bytes(b"FILM")
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    (second,) = identify([_film(path)], {str(path): first})
    assert second.sha256 == first.sha256


def test_a_file_with_another_size_or_time_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"film")
    (first,) = identify([_film(path)], {})
    path.write_bytes(b"another")
    (second,) = identify([_film(path)], {str(path): first})
    assert second.sha256 == hashlib.sha256(b"another").hexdigest()
    assert not unchanged(str(path), first)


def test_a_film_that_went_away_keeps_its_identity(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"film")
    (first,) = identify([_film(path)], {})
    path.unlink()
    assert identify([_film(path)], {str(path): first})[0].sha256 == first.sha256
    assert identify([_film(path)], {})[0].verdict.reason == "unreadable"


def test_a_pipe_is_refused_without_being_opened(tmp_path: Path) -> None:
    path = tmp_path / "pipe.mp4"
    os.mkfifo(path)
    assert identify([_film(path)], {})[0].verdict.reason == "not_a_file"


@pytest.mark.parametrize("problem", ["empty_folder", "missing"])
def test_a_row_without_a_file_keeps_its_reason(tmp_path: Path, problem: str) -> None:
    film = FilmInput(path=str(tmp_path / "x"), uri="x", problem=problem)
    assert identify([film], {})[0].verdict.reason == problem
