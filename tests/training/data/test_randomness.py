"""Random choices as functions of what they are for."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.data.randomness import Draw

NOISE = Draw(7, 2, "films/clip-1", "noise")


def test_the_same_draw_gives_the_same_numbers_whatever_was_drawn_before() -> None:
    first = [Draw(7, 2, f"clip-{i}", "window").stream().below(1000) for i in range(50)]
    backwards = [Draw(7, 2, f"clip-{i}", "window").stream().below(1000) for i in reversed(range(50))]
    assert first == backwards[::-1]
    np.random.default_rng().random(100)
    assert np.array_equal(NOISE.stream().normal((4, 5)), NOISE.stream().normal((4, 5)))


def test_numbers_are_those_of_every_machine() -> None:
    """Written down once: a change of these makes every plan another one."""
    stream = NOISE.stream()
    assert NOISE.digest.hex()[:16] == "37761c47280a6713"
    assert [stream.below(1000) for _ in range(5)] == [906, 394, 553, 442, 802]
    assert stream.unit() == 0.6313040647368287


def test_another_process_draws_the_same() -> None:
    program = (
        "from training.data.randomness import Draw;"
        "print(Draw(7, 2, 'films/clip-1', 'noise').stream().normal((3,)).tolist())"
    )
    printed = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert printed.strip() == str(NOISE.stream().normal((3,)).tolist())


def test_seed_epoch_sample_and_purpose_each_make_another_draw() -> None:
    draws = [
        NOISE,
        Draw(8, 2, "films/clip-1", "noise"),
        Draw(7, 3, "films/clip-1", "noise"),
        Draw(7, 2, "films/clip-2", "noise"),
        Draw(7, 2, "films/clip-1", "sigma"),
        Draw(7, 2, 'films/clip-1", "noise', "noise"),
        Draw(72, 0, "films/clip-1", "noise"),
    ]
    assert len({draw.digest for draw in draws}) == len(draws)
    assert len({draw.stream().normal((8,)).tobytes() for draw in draws}) == len(draws)


@given(st.integers(1, 2**64), st.integers())
def test_integers_lie_below_their_bound(count: int, seed: int) -> None:
    assert 0 <= Draw(seed, 0, "", "window").stream().below(count) < count


def test_a_bound_that_is_none_is_refused() -> None:
    for count in (0, -1, 2**64 + 1):
        with pytest.raises(ValueError, match="a draw below"):
            NOISE.stream().below(count)


def test_draws_of_many_samples_are_spread_evenly() -> None:
    counts = Counter(Draw(0, 0, f"clip-{i}", "window").stream().below(4) for i in range(4000))
    assert all(abs(counts[value] - 1000) < 120 for value in range(4))
    units = [Draw(0, 0, f"clip-{i}", "mask_dropout").stream().unit() for i in range(4000)]
    assert abs(float(np.mean(units)) - 0.5) < 0.02
    assert abs(float(np.std(NOISE.stream().normal((10_000,)))) - 1) < 0.03
