from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from captioning.taxonomy.coverage import CoverageCounter
from pipeline.report.build import write_report
from pipeline.report.model import FunnelStage, ReasonCount, ReportData, SourceRow

HOSTILE = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u2028\u202e<!--\n{{ 7*7 }}"


class Page(HTMLParser):
    """Tags in order with their attributes, what the last one of each name holds, and all words that are shown."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open = ""
        self._words = ""
        self.feed(path.read_text(encoding="utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.texts.setdefault(tag, []).append("")
        self._open = tag

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open][-1] += data
        if self._open not in ("script", "style"):
            self._words += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def records(self) -> Any:
        return json.loads(self.texts["script"][0])

    def text(self) -> str:
        return " ".join(self._words.split())


def hostile(data: ReportData) -> ReportData:
    stage = FunnelStage(
        HOSTILE, HOSTILE, 2, 0, (ReasonCount(HOSTILE, HOSTILE, 1),), (ReasonCount(HOSTILE, HOSTILE, 1),)
    )
    return dataclasses.replace(
        data,
        title=HOSTILE,
        settings=((HOSTILE, HOSTILE),),
        funnel=(stage,),
        distributions=tuple(
            dataclasses.replace(one, title=HOSTILE, unit=HOSTILE, limits=()) for one in data.distributions
        ),
        tallies=tuple(dataclasses.replace(one, title=HOSTILE, counts=((HOSTILE, 1),)) for one in data.tallies),
        sources=tuple(SourceRow(HOSTILE, "failed", HOSTILE, HOSTILE, 0, 0, 0, 0, HOSTILE) for _ in data.sources),
        clips=tuple(dataclasses.replace(card, split=HOSTILE, shard=HOSTILE) for card in data.clips),
        models=tuple(dataclasses.replace(one, id=HOSTILE, note=HOSTILE) for one in data.models),
    )


def harmless(data: ReportData) -> ReportData:
    """``hostile`` with a plain word in its place."""
    return with_word(hostile(data), HOSTILE, "word")


def with_word(value: Any, old: str, new: str) -> Any:
    if isinstance(value, str):
        return new if value == old else value
    if isinstance(value, tuple):
        return tuple(with_word(item, old, new) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changed = {field.name: with_word(getattr(value, field.name), old, new) for field in dataclasses.fields(value)}
        return dataclasses.replace(value, **changed)
    return value


def test_hostile_text_does_not_change_the_structure_of_the_page(tmp_path, make_report):
    plain = make_report(3, uri="films/word", words="word")
    hurt = make_report(3, uri="films/" + HOSTILE, words=HOSTILE)
    good = Page(write_report(harmless(plain), tmp_path / "good"))
    bad = Page(write_report(hostile(hurt), tmp_path / "bad"))
    assert [tag for tag, _ in bad.tags] == [tag for tag, _ in good.tags]
    assert [set(attributes) for _, attributes in bad.tags] == [set(attributes) for _, attributes in good.tags]


def test_hostile_text_reaches_the_reader_unchanged(tmp_path, make_report):
    page = Page(write_report(hostile(make_report(2, uri="films/" + HOSTILE, words=HOSTILE)), tmp_path))
    clip = page.records()["clips"][0]
    assert clip["uri"] == "films/" + HOSTILE
    assert clip["captions"][0][2] == HOSTILE
    assert page.records()["reasons"] == {HOSTILE: HOSTILE}
    assert page.texts["h1"] == [HOSTILE]


def test_a_file_name_that_is_no_utf_8_is_shown_and_not_a_crash(tmp_path, make_report):
    name = b"caf\xe9.mp4".decode("utf-8", "surrogateescape")
    data = dataclasses.replace(
        make_report(0, 0), title=name, sources=(SourceRow(name, "failed", "damaged", "", 0, 0, 0, 0, ""),)
    )
    page = Page(write_report(data, tmp_path))
    assert page.records()["sources"][0]["uri"] == name
    assert "caf" in page.texts["h1"][0]


def test_the_policy_allows_exactly_the_script_and_style_of_the_page(tmp_path, make_report):
    page = Page(write_report(make_report(1), tmp_path))
    policy = next(meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    for tag, rule in (("style", "style-src"), ("script", "script-src")):
        digest = hashlib.sha256(page.texts[tag][-1].encode()).digest()
        assert rules[rule] == f"'sha256-{base64.b64encode(digest).decode()}'"
    assert not [attributes for _, attributes in page.tags if any(name.startswith("on") for name in attributes)]
    assert not [attributes for _, attributes in page.tags if "style" in attributes]


def test_the_page_names_nothing_outside_its_own_place(tmp_path, make_report):
    page = Page(write_report(make_report(2), tmp_path))
    links = [attributes.get(name) for _, attributes in page.tags for name in ("src", "href") if name in attributes]
    assert links and all(link is not None and link.startswith("#") for link in links)
    assert "http://" not in page.texts["script"][-1] and "https://" not in page.texts["script"][-1]
    assert "@import" not in page.texts["style"][0] and "url(" not in page.texts["style"][0]


def test_every_stage_shows_that_in_is_kept_plus_dropped_plus_failed(tmp_path, make_report):
    text = Page(write_report(make_report(5, 9), tmp_path)).text()
    assert "14 films in = 12 kept + 1 dropped + 1 failed" in text
    assert "14 candidates in = 5 kept + 9 dropped + 0 failed" in text
    assert "shorter than the least duration" in text
    assert "do not balance" not in text


def test_books_that_do_not_balance_are_called_so(tmp_path, make_report):
    data = dataclasses.replace(make_report(0, 0), funnel=(FunnelStage("cut", "clips", 10, 7),))
    assert "The books do not balance: 3 clips have no outcome." in Page(write_report(data, tmp_path)).text()


def test_the_same_data_gives_the_same_bytes(tmp_path, make_report):
    data = make_report(3)
    first, second = write_report(data, tmp_path / "a"), write_report(data, tmp_path / "b")
    assert first.read_bytes() == second.read_bytes()
    names = sorted(path.name for path in (tmp_path / "a/pictures").iterdir())
    assert names == sorted(path.name for path in (tmp_path / "b/pictures").iterdir())


def test_pictures_of_an_older_report_go(tmp_path, make_report):
    write_report(make_report(3), tmp_path)
    before = set((tmp_path / "pictures").iterdir())
    write_report(make_report(1, 0), tmp_path)
    after = set((tmp_path / "pictures").iterdir())
    assert len(after) == 3 and after < before
    assert {path.name for path in tmp_path.iterdir()} == {"index.html", "pictures"}


def test_a_picture_shown_many_times_is_written_once(tmp_path, make_report):
    page = Page(write_report(make_report(0, 30), tmp_path))
    assert len({picture[0] for row in page.records()["dropped"] for picture in row["pictures"]}) == 1
    assert len(list((tmp_path / "pictures").iterdir())) == 1


def test_an_empty_corpus_has_a_report(tmp_path):
    nothing = ReportData("empty", (), (), (), (), (), (), 0, (), 0, (), CoverageCounter().coverage())
    page = Page(write_report(nothing, tmp_path))
    assert page.records()["clips"] == []
    assert "No stage has run yet." in page.text()


def test_a_part_of_a_corpus_is_said_to_be_one(tmp_path, make_report):
    data = dataclasses.replace(make_report(2), clips_total=90_000)
    text = Page(write_report(data, tmp_path)).text()
    assert "90,000" in text and "of the 2 shown here" in text


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_value_that_is_no_number_is_left_out(tmp_path, make_report, value):
    data = make_report(0, 1)
    odd = dataclasses.replace(data, dropped=(dataclasses.replace(data.dropped[0], value=value),))
    assert Page(write_report(odd, tmp_path)).records()["dropped"][0]["value"] is None
