"""A cursor is refused in another order of training than its own, by the name of what differs."""

from __future__ import annotations

from fractions import Fraction

import pytest

from formats.manifest import ManifestRow
from formats.shard_layout import MemberPlace
from training.data.buckets import Bucket, BucketSettings
from training.data.epoch_plan import CorpusSamples, OrderSettings
from training.data.plan_identity import PlanIdentity, PlanMismatchError, corpus_fingerprint
from training.data.windows import WindowSettings

CORPUS = CorpusSamples("films", Fraction(1), (("clip-0", 0),))
BUCKETS = BucketSettings(buckets=(Bucket(frames=81, height=480, width=832),))
IDENTITY = PlanIdentity.of([(CORPUS, "aa")], OrderSettings(0, (1,), 8), WindowSettings(), BUCKETS)


def row(key: str, sha256: str, offset: int = 512) -> ManifestRow:
    """Only what a fingerprint reads."""
    places = tuple(MemberPlace(member=name, offset=offset, size=1, sha256=sha256) for name in ("mp4", "json"))
    return ManifestRow.model_construct(key=key, split="train", members=places)


def test_an_identity_survives_being_stored() -> None:
    stored = PlanIdentity.model_validate_json(IDENTITY.model_dump_json())
    assert stored == IDENTITY
    IDENTITY.require_same(stored)


@pytest.mark.parametrize(
    ("other", "fields"),
    [
        (PlanIdentity.of([(CORPUS, "ab")], OrderSettings(0, (1,), 8), WindowSettings(), BUCKETS), ("corpus films",)),
        (PlanIdentity.of([(CORPUS, "aa")], OrderSettings(1, (1,), 4), WindowSettings(), BUCKETS), ("seed", "group")),
        (
            PlanIdentity.of(
                [(CORPUS, "aa")], OrderSettings(0, (1,), 8), WindowSettings(fps=24, windows="head"), BUCKETS
            ),
            ("windows.fps", "windows.windows"),
        ),
        (
            PlanIdentity.of(
                [(CorpusSamples("more", Fraction(1), ()), "bb"), (CorpusSamples("films", Fraction(1, 2), ()), "aa")],
                OrderSettings(0, (1,), 8),
                WindowSettings(),
                BucketSettings(buckets=(Bucket(frames=81, height=480, width=832, batch=2),)),
            ),
            ("buckets.buckets", "corpus films", "corpus more"),
        ),
    ],
)
def test_what_differs_is_named(other: PlanIdentity, fields: tuple[str, ...]) -> None:
    with pytest.raises(PlanMismatchError) as raised:
        IDENTITY.require_same(other)
    assert raised.value.fields == fields
    assert all(field in str(raised.value) for field in fields)


def test_a_corpus_is_known_by_what_its_clips_hold_not_by_where_they_lie() -> None:
    first, second = row("clip-0", "00" * 32), row("clip-1", "11" * 32)
    mark = corpus_fingerprint([first, second])
    assert len(mark) == 16
    assert corpus_fingerprint([second, row("clip-0", "00" * 32, offset=9728)]) == mark
    assert corpus_fingerprint([first]) != mark
    assert corpus_fingerprint([first, row("clip-1", "12" * 32)]) != mark
