"""The shots of a film: what lies between its transitions, less edges, damage and margins."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from formats.exact_time import FrameRange
from formats.film_scan import FilmScan, FoundTransition
from formats.ledger import KEPT, Verdict, dropped
from formats.selection import ShotRow
from operators.defade import DefadeSettings, shots_between
from operators.gaps import Gap, gaps_of_film


class ShotSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    min_frames: int = Field(
        default=12, ge=1, le=100_000, description="a shot with fewer frames after defade is dropped"
    )
    corrupt: Literal["drop", "trim"] = Field(
        default="drop",
        description="drop: a shot with damaged frames is dropped whole; trim: its undamaged stretches are shots",
    )


def gaps_for_shots(scan: FilmScan, accepted: Iterable[FoundTransition], settings: ShotSettings) -> tuple[Gap, ...]:
    """The gaps that ``shots_of_film`` puts its shots between."""
    return gaps_of_film(scan, accepted, corrupt=settings.corrupt == "trim")


def shots_of_film(
    scan: FilmScan, accepted: Iterable[FoundTransition], defade: DefadeSettings, settings: ShotSettings
) -> tuple[ShotRow, ...]:
    """One row per run of frames between two gaps, in film order, each kept or dropped (``too_short``, ``corrupt``).

    Rows name no candidate yet. Damage counts over the whole run: what a decoder marks as damaged is seldom all that is.
    """
    gaps = gaps_for_shots(scan, accepted, settings)
    rows = []
    for shot, (run, frames) in enumerate(shots_between(gaps, scan.timing.frames, defade)):
        rows.append(
            ShotRow(shot=shot, run=run, frames=frames, candidate="", verdict=_verdict(scan, run, frames, settings))
        )
    return tuple(rows)


def _verdict(scan: FilmScan, run: FrameRange, frames: FrameRange, settings: ShotSettings) -> Verdict:
    damaged = sum(max(0, min(run[1], end) - max(run[0], start)) for start, end in scan.corrupt)
    if damaged:
        return dropped("corrupt", damaged, 0, "the shot holds damaged frames")
    length = frames[1] - frames[0]
    if length < settings.min_frames:
        return dropped("too_short", length, settings.min_frames, "fewer frames than shots.min_frames after defade")
    return KEPT
