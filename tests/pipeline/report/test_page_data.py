from __future__ import annotations

import json
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from pipeline.report.images import relative_link
from pipeline.report.model import SourceRow
from pipeline.report.page_data import PageData, PageSource, page_data, script_json


class Scripts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.data = ""
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.data += data


def _data(text: str) -> PageData:
    source = PageSource(
        uri=text, outcome="kept", reason=text, detail=text, duration=1.0, shots=0, candidates=0, clips=0, license=text
    )
    return PageData(clips=[], clips_total=0, dropped=[], dropped_total=0, sources=[source], reasons={text: text})


@given(st.text() | st.text("</script>!-&\u2028\u2029\udcff\"'\\"))
def test_any_text_comes_back_from_the_script_element(text):
    html = f"<script>{script_json(_data(text))}</script>".encode("utf-8", "backslashreplace").decode()
    page = Scripts()
    page.feed(html)
    page.close()
    assert page.tags == ["script"]
    assert json.loads(page.data) == _data(text)
    assert not set(page.data) & set("<>&\u2028\u2029")


@given(st.text())
def test_no_path_becomes_a_link_to_another_place(path):
    parts = urlsplit(relative_link(path))
    assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("", "", "", "")
    assert not parts.path.startswith("/")
    assert not set(parts.path) & set("\"'\\() <>\n")


@given(st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda text: text[0] not in "/\\"))
def test_a_link_names_the_path_it_was_made_of(path):
    assert unquote(relative_link(path)) == path


def test_a_clip_s_events_stand_in_the_lane_of_their_entity(make_report):
    report = make_report(1)
    clip = page_data(report, lambda image: "")["clips"][0]
    record = report.clips[0].record
    assert [lane["name"] for lane in clip["lanes"]] == ["{sailor}", "{camera}", "{transition}"]
    assert sum(len(lane["events"]) for lane in clip["lanes"]) == len(record.events)
    assert clip["shots"][1][:2] == record.shots[1].frames
    assert clip["rate"] == (24, 1)


def test_reference_images_are_named_and_linked(make_report):
    (name, link, *rest) = page_data(make_report(1), lambda image: "pictures/a.png")["clips"][0]["images"][0]
    assert (name, link, rest) == ("{sailor}", "pictures/a.png", [80, 120, 10, 0.71, "grounding-dino-base"])


def test_sources_keep_their_order_and_outcome(make_report):
    report = make_report(0)
    rows = page_data(report, lambda image: "")["sources"]
    assert [SourceRow(**row) for row in rows] == list(report.sources)
