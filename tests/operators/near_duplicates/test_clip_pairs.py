"""Equal clips: a share of the shorter one's shots is found in the other."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operators.near_duplicates.clip_pairs import clip_pairs, hashed_shots
from operators.near_duplicates.shot_index import ShotIndex

LOOKS = {letter: (f"{number:02x}" * 7 + f"{255 - number:02x}") * 3 for number, letter in enumerate("abcdefgh", 17)}
SHARE = Fraction(3, 5)


def _near(text: str, bits: int) -> str:
    """The hash with its last ``bits`` bits turned."""
    return f"{int(text, 16) ^ ((1 << bits) - 1):048x}"


def column(clips: list[list[str]], first: int = 1) -> pa.ChunkedArray:
    """The clips' hashes, the first ``first`` of them in a chunk of their own, as a table comes that is too large for one."""
    kind = pa.list_(pa.string())
    return pa.chunked_array([pa.array(clips[:first], kind), pa.array(clips[first:], kind)])


def _pairs(clips: list[list[str]], distance: int = 0, share: Fraction = SHARE) -> dict[tuple[int, int], float]:
    shots = hashed_shots(column(clips))
    every = np.arange(len(shots.hashes))
    matches = ShotIndex(shots.hashes, distance).matches(every, np.zeros(len(every), np.bool_))
    pairs = clip_pairs(shots, matches, share, distance / 3)
    return {
        tuple(sorted(pair)): far
        for pair, far in zip(
            zip(pairs.one.tolist(), pairs.other.tolist(), strict=True), pairs.measured.tolist(), strict=True
        )
    }


def _clip(letters: str) -> list[str]:
    return [LOOKS[letter] if letter != "-" else "" for letter in letters]


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("ab", "ab", True),
        ("ab", "ba", True),
        ("ab", "ac", False),
        ("abc", "abd", True),
        ("ab", "cabd", True),
        ("abcd", "abef", False),
        ("a", "ab", True),
        ("aa", "ab", False),
        ("aa", "abc", True),
        ("aab", "acd", False),
        ("aab", "bbb", False),
        ("aab", "acdd", True),
        ("--", "--", False),
        ("a-", "a-", True),
    ],
)
def test_the_share_is_of_the_shorter_clips_shots(one: str, other: str, equal: bool) -> None:
    assert ((0, 1) in _pairs([_clip(one), _clip(other)])) == equal


def test_the_distance_is_the_mean_over_the_shots_found_in_bits_of_64() -> None:
    clips = [_clip("abc"), [_near(LOOKS["a"], 3), _near(LOOKS["b"], 9), LOOKS["d"]]]
    assert _pairs(clips, 15) == {(0, 1): 2.0}
    assert _pairs(clips, 8) == {}


@settings(deadline=None)
@given(
    clips=st.lists(st.text("abcd-", max_size=4), min_size=1, max_size=8),
    share=st.sampled_from([Fraction(1, 2), SHARE, Fraction(1)]),
    data=st.data(),
)
def test_pairs_do_not_depend_on_the_order_of_candidates(clips, share, data) -> None:
    order = data.draw(st.permutations(range(len(clips))))
    straight = _pairs([_clip(clip) for clip in clips], share=share)
    shuffled = _pairs([_clip(clips[at]) for at in order], share=share)
    assert {tuple(sorted((order[one], order[other]))): far for (one, other), far in shuffled.items()} == straight


@settings(deadline=None)
@given(clips=st.lists(st.text("abcd-", max_size=4), min_size=2, max_size=6))
def test_pairs_are_those_counted_by_hand(clips) -> None:
    wanted = set()
    for one in range(len(clips)):
        for other in range(one + 1, len(clips)):
            bare = [clips[at].replace("-", "") for at in (one, other)]
            least = min(len(clip) for clip in bare)
            ways = [(a, b) for a, b in (bare, bare[::-1]) if len(a) == least]
            if least and all(sum(letter in b for letter in a) >= SHARE * least for a, b in ways):
                wanted.add((one, other))
    assert set(_pairs([_clip(clip) for clip in clips])) == wanted


def test_a_hash_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="48 hex digits"):
        hashed_shots(column([["ab"]]))


@given(
    clips=st.lists(st.lists(st.sampled_from(["", *LOOKS.values(), "0" * 47 + "1", "0" * 48]), max_size=4), max_size=9),
    first=st.integers(0, 9),
)
def test_shots_are_those_of_the_clips_and_distinct_hashes_are_in_order(clips: list[list[str]], first: int) -> None:
    shots = hashed_shots(column(clips, first))
    flat = [(number, text) for number, clip in enumerate(clips) for text in clip if text]
    texts = [bytes(row).hex() for row in shots.hashes]
    assert texts == sorted({text for _, text in flat})
    assert [(owner, texts[at]) for owner, at in zip(shots.candidate, shots.which, strict=True)] == flat
    assert shots.candidates == len(clips)
