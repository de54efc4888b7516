from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from operators.scores.frame_look import FrameLooks
from operators.scores.technical_quality import technical_quality

SCORES = st.fixed_dictionaries(
    {
        "brightness": st.floats(0, 255),
        "contrast": st.floats(0, 127),
        "clipped_dark": st.floats(0, 1),
        "clipped_bright": st.floats(0, 1),
        "sharpness": st.floats(0, 1),
        "noise": st.floats(0, 60),
        "blockiness": st.floats(0, 20),
    }
)


def quality_of(picture, decoded, tick):
    looks = FrameLooks(picture.shape[1], picture.shape[0], tick)
    looks.see(decoded(picture))
    (look,) = looks.finish_fragment(0, 1)
    return technical_quality(look.scores)


@given(scores=SCORES)
def test_it_lies_between_0_and_1_whatever_was_measured(scores):
    assert 0 <= technical_quality(scores) <= 1


@given(scores=SCORES, less=st.floats(0.1, 0.9))
def test_every_part_counts_in_its_own_direction(scores, less):
    for name in ("sharpness", "contrast"):
        assert technical_quality(scores | {name: scores[name] * less}) <= technical_quality(scores)
    for name in ("noise", "blockiness", "clipped_dark", "clipped_bright"):
        assert technical_quality(scores | {name: scores[name] * less}) >= technical_quality(scores)


def test_a_photograph_is_better_than_what_was_spoiled_of_it(photograph, decoded, tick):
    picture = photograph()
    random = np.random.default_rng(2)
    _, coarse = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 4])
    spoiled = {
        "blurred": cv2.GaussianBlur(picture, (0, 0), 5),
        "noisy": np.clip(picture + 25 * random.standard_normal(picture.shape), 0, 255).astype(np.uint8),
        "blown out": np.clip(picture.astype(int) * 4, 0, 255).astype(np.uint8),
        "dark": (picture * 0.06).astype(np.uint8),
        "grey": (110 + 0.1 * picture).astype(np.uint8),
        "blocks": cv2.imdecode(coarse, cv2.IMREAD_COLOR),
    }
    good = quality_of(picture, decoded, tick)
    for how, worse in spoiled.items():
        assert quality_of(np.asarray(worse), decoded, tick) < good - 0.05, how


def test_of_a_fragment_that_nobody_looked_at_there_is_none():
    assert technical_quality({"still_share": 0.0}) is None
    assert technical_quality(
        {"brightness": 90, "contrast": 40, "clipped_dark": 0, "clipped_bright": 0}
    ) == pytest.approx((40 / 65 * 90 / 110) ** 0.5)
