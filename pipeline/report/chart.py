"""Histograms as geometry: where bars, ticks and limits lie, in SVG user units. The page's template only draws them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from pipeline.report.model import Histogram, Limit

WIDTH, HEIGHT = 360, 178
_LEFT, _RIGHT, _TOP, _BOTTOM = 10.0, 350.0, 42.0, 150.0
_LABEL_ROWS = (14, 28)
_TICKS = 5


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    label: str


@dataclass(frozen=True)
class Mark:
    """``anchor`` is SVG's ``text-anchor``; ``y`` is the baseline of the label. ``inside``: ``x`` is on the axis."""

    x: float
    label: str
    anchor: str
    y: float
    inside: bool = True


@dataclass(frozen=True)
class Chart:
    title: str
    summary: str
    bars: tuple[Bar, ...]
    ticks: tuple[Mark, ...]
    limits: tuple[Mark, ...]


def histogram_chart(histogram: Histogram) -> Chart:
    """Axes reach over all bins, and over limits up to half their width away; one farther off is an arrow at the edge.

    Raises ``ValueError`` where edges and counts do not fit each other.
    """
    edges, counts = histogram.edges, histogram.counts
    if len(edges) != len(counts) + 1 or any(low >= high for low, high in pairwise(edges)):
        raise ValueError(f"{histogram.title}: a histogram has rising edges, one more than counts")
    low, high = _axis(histogram)
    peak = max(counts, default=0) or 1

    def at(value: float) -> float:
        return round(_LEFT + (min(max(value, low), high) - low) / (high - low) * (_RIGHT - _LEFT), 2)

    bars = []
    for (start, end), count in zip(pairwise(edges), counts, strict=True):
        height = round(count / peak * (_BOTTOM - _TOP), 2)
        label = f"{number(start)} to {number(end)} {histogram.unit}".strip() + f": {count:,}"
        bars.append(Bar(at(start), round(_BOTTOM - height, 2), max(0.5, at(end) - at(start) - 1), height, label))
    total = sum(counts)
    limits = tuple(
        _limit_mark(limit, histogram.unit, (low, high), at(limit.value), _LABEL_ROWS[i % len(_LABEL_ROWS)])
        for i, limit in enumerate(histogram.limits)
    )
    ticks = tuple(_mark(at(value), number(value), HEIGHT - 12) for value in _nice_ticks(low, high))
    summary = f"{total:,} values, at most {max(counts, default=0):,} in a bar"
    return Chart(histogram.title, summary, tuple(bars), ticks, limits)


def number(value: float) -> str:
    """A short number for people: ``3``, ``0.25``, ``12,500``."""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def _axis(histogram: Histogram) -> tuple[float, float]:
    low, high = histogram.edges[0], histogram.edges[-1]
    reach = (high - low) / 2
    near = [limit.value for limit in histogram.limits if low - reach <= limit.value <= high + reach]
    return min([low, *near]), max([high, *near])


def _nice_ticks(low: float, high: float) -> list[float]:
    raw = (high - low) / _TICKS
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [round(step * i, 12) for i in range(first, math.floor(high / step + 1e-9) + 1)]


def _limit_mark(limit: Limit, unit: str, axis: tuple[float, float], x: float, y: float) -> Mark:
    label = f"{limit.label} {number(limit.value)} {unit}".strip()
    if limit.value < axis[0]:
        return Mark(_LEFT, f"\u2190 {label}", "start", y, inside=False)
    if limit.value > axis[1]:
        return Mark(_RIGHT, f"{label} \u2192", "end", y, inside=False)
    return _mark(x, label, y)


def _mark(x: float, label: str, y: float) -> Mark:
    room = len(label) * 3.1
    anchor = "start" if x - room < 0 else "end" if x + room > WIDTH else "middle"
    return Mark(x, label, anchor, y)
