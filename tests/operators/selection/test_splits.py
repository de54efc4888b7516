from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from operators.splits import SplitShareSettings, split_of

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
