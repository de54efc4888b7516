from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from operators.splits import SplitShareSettings, assign_splits, split_of

SOURCES = [sha256(str(number).encode()).hexdigest() for number in range(4000)]


def test_everything_is_for_training_by_default():
    assert {split_of(source, SplitShareSettings()) for source in SOURCES} == {"train"}


def test_shares_come_out_as_asked_for():
    shares = SplitShareSettings(validation=0.1, test=0.2)
    splits = [split_of(source, shares) for source in SOURCES]
    assert abs(splits.count("validation") / len(splits) - 0.1) < 0.02
    assert abs(splits.count("test") / len(splits) - 0.2) < 0.02


def test_whole_shares_take_everything():
    assert {split_of(source, SplitShareSettings(test=1)) for source in SOURCES} == {"test"}
    assert {split_of(source, SplitShareSettings(validation=1)) for source in SOURCES} == {"validation"}
    assert {split_of(source, SplitShareSettings(validation=0.9, test=0.1)) for source in SOURCES} == {
        "validation",
        "test",
    }


def test_a_stated_split_wins():
    assert split_of(SOURCES[0], SplitShareSettings(test=1), "train") == "train"


def test_more_than_everything_is_refused():
    with pytest.raises(ValidationError, match="more than 1 together"):
        SplitShareSettings(validation=0.6, test=0.5)


@settings(deadline=None)
@given(
    source=st.binary().map(lambda content: sha256(content).hexdigest()), share=st.floats(0, 0.5), more=st.floats(0, 0.5)
)
def test_a_greater_share_moves_sources_out_of_training_only(source, share, more):
    before = split_of(source, SplitShareSettings(validation=share, test=0.2))
    after = split_of(source, SplitShareSettings(validation=min(0.8, share + more), test=0.2))
    assert after == before or (before, after) == ("train", "validation")


THIRDS = SplitShareSettings(validation=0.3, test=0.3)
_links = st.lists(st.tuples(st.sampled_from(SOURCES[:30]), st.sampled_from(SOURCES[:30])), max_size=25)


@settings(deadline=None)
@given(links=_links, data=st.data())
def test_sources_that_hang_together_are_in_one_split_in_any_order(links, data):
    films = SOURCES[:30]
    splits = assign_splits(films, links, THIRDS, {}, {})
    assert set(splits) == set(films)
    assert all(splits[one] == splits[other] for one, other in links)
    assert assign_splits(data.draw(st.permutations(films)), links[::-1], THIRDS, {}, {}) == splits
    alone = set(films) - {film for pair in links for film in pair}
    assert all(splits[film] == split_of(film, THIRDS) for film in alone)


@settings(deadline=None)
@given(links=_links)
def test_a_split_that_was_given_stays_when_films_are_added(links):
    old = SOURCES[:15]
    among = [pair for pair in links if set(pair) <= set(old)]
    before = assign_splits(old, among, THIRDS, {}, {})
    after = assign_splits(SOURCES[:30], links, THIRDS, {}, before)
    assert all(after[film] == before[film] for film in old)


def test_a_stated_split_takes_the_films_that_share_its_clips_along():
    one, other, apart = SOURCES[:3]
    splits = assign_splits(SOURCES[:3], [(one, other)], SplitShareSettings(), {other: "test"}, {})
    assert splits == {one: "test", other: "test", apart: "train"}
    both = assign_splits(SOURCES[:3], [(one, other)], SplitShareSettings(), {other: "test", one: "train"}, {})
    assert (both[one], both[other]) == ("train", "test")
