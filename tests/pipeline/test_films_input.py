"""What a user may name as films, and how each becomes one row."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.films_input import InputError, list_films


def _touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return path


def test_a_folder_is_searched_whole_without_links_and_hidden_files(tmp_path: Path) -> None:
    folder = tmp_path / "films"
    _touch(folder / "b.mp4")
    _touch(folder / "deep" / "deeper" / "a.anything")
    _touch(folder / ".hidden.mp4")
    _touch(folder / ".hidden" / "c.mp4")
    _touch(tmp_path / "outside" / "d.mp4")
    (folder / "link.mp4").symlink_to(tmp_path / "outside" / "d.mp4")
    (folder / "linked").symlink_to(tmp_path / "outside")
    assert [film.uri for film in list_films([str(folder)])] == ["films/b.mp4", "films/deep/deeper/a.anything"]


def test_an_empty_folder_is_a_row_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "films" / "x.mp4").mkdir(parents=True)
    _touch(tmp_path / "films" / "a.mp4")
    rows = list_films([str(tmp_path / "films")])
    assert [(film.uri, film.problem) for film in rows] == [("films/a.mp4", ""), ("films/x.mp4", "empty_folder")]


def test_the_same_file_named_twice_is_one_row(tmp_path: Path) -> None:
    film = _touch(tmp_path / "films" / "a.mp4")
    assert len(list_films([str(film), str(tmp_path / "films"), os.path.relpath(film)])) == 1


def test_a_uri_never_tells_where_the_folder_lies(tmp_path: Path) -> None:
    film = _touch(tmp_path / "films" / "a.mp4")
    listing = tmp_path / "list.txt"
    listing.write_text(f"{film}\n../{tmp_path.name}/films/a.mp4\n")
    for row in list_films([str(tmp_path / "films"), str(listing)]):
        assert str(tmp_path) not in row.uri
        assert ".." not in row.uri
        assert not row.uri.startswith("/")


def test_a_csv_list_carries_its_columns(tmp_path: Path) -> None:
    _touch(tmp_path / 'odd "name",\n.mp4')
    listing = tmp_path / "list.csv"
    listing.write_text('path,license,split,metadata\n"odd ""name"",\n.mp4",CC0-1.0,validation,"{""year"": 1999}"\n')
    (film,) = list_films([str(listing)])
    assert (film.license, film.split, film.metadata, film.problem) == ("CC0-1.0", "validation", '{"year": 1999}', "")


def test_a_parquet_list_equals_a_csv_list(tmp_path: Path) -> None:
    _touch(tmp_path / "a.mp4")
    (tmp_path / "list.csv").write_text("path,url\na.mp4,https://example.org/a\n")
    pq.write_table(pa.table({"path": ["a.mp4"], "url": ["https://example.org/a"]}), tmp_path / "list.parquet")
    assert list_films([str(tmp_path / "list.csv")]) == list_films([str(tmp_path / "list.parquet")])


def test_a_listed_file_that_is_missing_is_a_row(tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("# films\ngone.mp4\n\n")
    (film,) = list_films([str(tmp_path / "list.txt")])
    assert film.problem == "missing"


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.csv", "file\nx.mp4\n", "'path' among them"),
        ("a.csv", "path,colour\nx.mp4,red\n", "unknown column 'colour'"),
        ("a.csv", "path,split\nx.mp4,holdout\n", "allowed: train, validation, test"),
        ("a.csv", "path\nx.mp4,1,2\n", "more values than columns"),
        ("a.csv", "path,url\n,http://x\n", "'path' is empty"),
        ("a.parquet", "not parquet", "not readable as Parquet"),
    ],
)
def test_a_bad_list_is_refused_with_its_place_and_cause(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=words.replace("'", ".")):
        list_films([str(tmp_path / name)])


def test_a_name_that_does_not_exist_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file or folder"):
        list_films([str(tmp_path / "nothing")])


def test_file_names_of_any_bytes_become_printable(tmp_path: Path) -> None:
    name = os.fsdecode(b"\xff\xfe.mp4")
    film = list_films([str(_touch(tmp_path / "films" / name))])[0]
    film.uri.encode("utf-8")
    assert Path(film.path).exists()
