from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from formats.card_facts import CardFacts, OriginFacts, SourceFacts, SplitFacts, card_facts
from formats.clip_record import ClipRecord, Model
from formats.dataset_card import front_matter, license_ids, render_card
from formats.filesystem import CorpusStore
from formats.manifest import ManifestRow
from formats.markdown_text import link, one_line, plain

PackCorpus = Callable[[CorpusStore, list[ClipRecord]], list[ManifestRow]]


def facts(
    sources: tuple[SourceFacts, ...] = (), splits: tuple[SplitFacts, ...] = (), title: str = "A corpus"
) -> CardFacts:
    return CardFacts(
        title=title,
        splits=splits,
        sources=sources,
        origins=(
            OriginFacts("events", "measured", 7),
            OriginFacts("scores", "global-motion/1", 3),
            OriginFacts("scores", "rule-heuristic/1", 4),
        ),
        models=(Model(role="captioner", id="measured", revision="1", license="Apache-2.0"),),
        settings=(("encode.crf", "18"),),
    )


def source(uri: str = "a.mp4", license: str = "CC-BY-3.0", attribution: str = "", url: str = "") -> SourceFacts:  # noqa: A002
    return SourceFacts(uri, license, attribution, url, 1)


def train(clips: int) -> SplitFacts:
    return SplitFacts("train", clips, 2 * clips, 1, 10**6, 60.0)


def header_of(card: str) -> dict[str, object]:
    _, header, _ = card.split("---\n", 2)
    loaded = yaml.safe_load(header)
    assert isinstance(loaded, dict)
    return loaded


def test_a_card_with_reference_images_says_what_they_are() -> None:
    bare = facts(splits=(train(3),))
    images = replace(bare, members=("mp4", "json", "zip"), origins=(OriginFacts("reference images", "dino", 3),))
    assert "KEY.zip" in render_card(images) and "KEY.zip" not in render_card(bare)
    assert "cut out of the clip where the model named found something" in render_card(images)
    info = header_of(render_card(images))["dataset_info"]
    assert isinstance(info, dict)
    assert [column["name"] for column in info["features"]] == ["mp4", "json", "zip", "__key__", "__url__"]


def test_only_splits_that_exist_are_named() -> None:
    header = front_matter(facts(splits=(train(3),)))
    assert header["configs"] == [
        {"config_name": "default", "data_files": [{"split": "train", "path": "shards/train-*.tar"}]}
    ]
    assert "configs" not in front_matter(facts())


def test_the_header_survives_yaml() -> None:
    odd = facts(splits=(train(3),), title='odd: "title"\n---\n# no <b>')
    assert header_of(render_card(odd)) == front_matter(odd)


@pytest.mark.parametrize(
    ("given_license", "hub_id"),
    [
        ("CC-BY-3.0", "cc-by-3.0"),
        ("CC BY-SA 4.0", "cc-by-sa-4.0"),
        ("Apache-2.0", "apache-2.0"),
        ("", "unknown"),
        ("ask my lawyer", "other"),
    ],
)
def test_licences_become_the_hubs_ids(given_license: str, hub_id: str) -> None:
    assert license_ids(facts(sources=(source(license=given_license),))) == [hub_id]


@pytest.mark.parametrize(("clips", "category"), [(0, "n<1K"), (1000, "1K<n<10K"), (250_000, "100K<n<1M")])
def test_the_size_category_follows_the_number_of_clips(clips: int, category: str) -> None:
    assert front_matter(facts(splits=(train(clips),)))["size_categories"] == [category]


@given(st.text(max_size=300))
def test_text_of_strangers_is_one_line_without_markup(text: str) -> None:
    shown = plain(text)
    markup = set('<>|`*_[]()!\\~@:{}$"\n\r\t\u202e\u2028')
    assert not markup & set(shown)
    assert html.unescape(shown) == one_line(text)
    assert "www." not in shown.lower()


def test_hostile_names_stay_in_their_table_cell() -> None:
    hostile = source(
        uri="a|b`<script>alert(1)</script>\n# Title [x](javascript:alert(1)).mp4",
        license="<img src=x>",
        attribution="@everyone **bold**",
        url="javascript:alert(1)",
    )
    card = render_card(facts(sources=(hostile,)))
    assert "<script" not in card and "<img" not in card and "javascript:" not in card and "@everyone" not in card
    (line,) = (line for line in card.splitlines() if "script" in line and line.startswith("|"))
    assert line.count("|") == 6


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://durian.blender.org/a_b?c=1", True),
        ("http://x.org/<b>", False),
        ("javascript:alert(1)", False),
        ("https://a b", False),
        ("https://x.org/a|b", False),
        ("", False),
    ],
)
def test_only_plain_web_addresses_become_links(url: str, linked: bool) -> None:
    assert link(url).endswith(f"](<{url}>)") == linked


def test_a_long_list_of_sources_is_cut_and_says_so() -> None:
    card = render_card(facts(sources=tuple(source(uri=f"{i}.mp4") for i in range(510))))
    assert "| 499.mp4 |" in card and "| 500.mp4 |" not in card
    assert "and 10 more, all named in `manifest.parquet`" in card


def test_a_card_says_what_is_heuristic_and_what_is_measured() -> None:
    card = render_card(facts())
    assert "| events | measured | computed from pixels by a rule | 7 |" in card
    assert "| scores | global-motion/1 | computed by the method named | 3 |" in card
    assert "| scores | rule-heuristic/1 | heuristic: a rule of thumb | 4 |" in card
    assert "| captioner | measured | 1 | Apache-2.0 |" in card
    assert "torchcodec" in card


def test_the_facts_are_counted_from_the_clips(tmp_path: Path, pack_corpus: PackCorpus, example: ClipRecord) -> None:
    second = example.model_copy(update={"key": "second"})
    rows = pack_corpus(CorpusStore(tmp_path), [example, second])
    records = {record.key: record for record in (example, second)}
    counted = card_facts("T", ((row, records[row.key]) for row in rows), ())
    (split,) = counted.splits
    assert (split.name, split.clips, split.shots, split.shards, split.seconds) == ("train", 2, 4, 1, 20.5)
    assert counted.sources == (SourceFacts("films/a.mp4", "CC-BY-3.0", "", "", 2),)
    assert OriginFacts("events", "measured", 4) in counted.origins
    assert OriginFacts("scores", "background-motion/1", 2) in counted.origins
    assert counted.models == example.models
    backwards = card_facts("T", ((row, records[row.key]) for row in reversed(rows)), ())
    assert render_card(backwards) == render_card(counted)
