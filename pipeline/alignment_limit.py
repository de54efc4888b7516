"""Clips whose words do not fit their pictures: decided when packing, so that another limit asks no model anew."""

from __future__ import annotations

from collections.abc import Iterable

from captioning.alignment.settings import ALIGNMENT
from formats.clip_record import Score
from formats.ledger import Verdict, dropped


def misaligned(scores: Iterable[Score], least: float | None) -> Verdict | None:
    """The verdict on a clip with a shot below ``least``, its worst shot named. A clip without such scores stays."""
    of_shots = [score for score in scores if score.name == ALIGNMENT]
    if least is None or not of_shots:
        return None
    worst = min(of_shots, key=lambda score: score.value)
    if worst.value >= least:
        return None
    return dropped("misaligned", worst.value, least, f"shot {worst.shot} by {worst.model}")
