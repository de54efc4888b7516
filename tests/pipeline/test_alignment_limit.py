from __future__ import annotations

import pytest

from formats.clip_record import Score
from pipeline.alignment_limit import misaligned
from pipeline.config import load_config
from pipeline.config_file import ConfigError
from pipeline.reasons import reason_text

SCORES = [
    Score(shot=0, name="alignment", value=0.31, model="clip"),
    Score(shot=1, name="alignment", value=0.12, model="clip"),
    Score(shot=-1, name="motion", value=0.01, model="flow"),
]


def test_the_worst_shot_decides_and_is_named() -> None:
    verdict = misaligned(SCORES, 0.2)
    assert verdict is not None
    assert (verdict.outcome, verdict.reason, verdict.value, verdict.limit) == ("dropped", "misaligned", 0.12, 0.2)
    assert "shot 1" in verdict.detail
    assert reason_text(verdict.reason) != verdict.reason


@pytest.mark.parametrize("least", [None, 0.12, -1.0])
def test_clips_at_the_limit_or_without_one_stay(least: float | None) -> None:
    assert misaligned(SCORES, least) is None


def test_other_scores_and_clips_without_scores_are_not_held_to_it() -> None:
    assert misaligned(SCORES[2:], 0.9) is None
    assert misaligned([], 0.9) is None


@pytest.mark.parametrize(
    ("overrides", "named"),
    [
        (["shards.min_alignment=0.2"], "captions.alignment.scorer"),
        (["captions.alignment.scorer=clip"], "measured"),
    ],
)
def test_a_limit_without_its_score_is_refused(tmp_path: object, overrides: list[str], named: str) -> None:
    from pathlib import Path

    with pytest.raises(ConfigError, match=named):
        load_config(Path("configs/laptop.yaml"), overrides)
