"""Cinematic language as a picture: a wall with a column per node and a cell per value, lit by how many shots have it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from math import ceil, sqrt

from captioning.taxonomy.coverage import Coverage, NodeCoverage
from captioning.taxonomy.nodes import PILLARS, Pillar

LEVELS = 5
_CELL, _STEP, _ROW_STEP, _CELL_HEIGHT = 12.0, 14.5, 11.0, 9.0
_GAP = 2.0
_ROWS = 12
_TOP, _LABEL_ROOM = 4.0, 24.0
WALL_HEIGHT = _TOP + _ROWS * _ROW_STEP + _LABEL_ROOM
_BASE = _TOP + _ROWS * _ROW_STEP
_SHOWN_VALUES = 40


@dataclass(frozen=True)
class Cell:
    """``level`` 0 (never) to 5, in the colour of ``pillar``; ``label`` for people. Position in SVG units."""

    x: float
    y: float
    width: float
    height: float
    pillar: Pillar
    level: int
    label: str


@dataclass(frozen=True)
class PillarLabel:
    x: float
    y: float
    width: float
    pillar: Pillar
    text: str


@dataclass(frozen=True)
class Chip:
    """A value with its shots; ``level`` as in ``Cell``."""

    value: str
    shots: int
    level: int


@dataclass(frozen=True)
class Tile:
    """A node that some shot is tagged with. ``place``: its path without pillar and name."""

    name: str
    place: str
    pillar: Pillar
    summary: str
    chips: tuple[Chip, ...]
    hidden: int
    origins: str


@dataclass(frozen=True)
class CoverageWall:
    """``unseen``: names of the nodes without a tag, by pillar."""

    width: float
    height: float
    cells: tuple[Cell, ...]
    labels: tuple[PillarLabel, ...]
    tiles: tuple[Tile, ...]
    unseen: tuple[tuple[Pillar, tuple[str, ...]], ...]
    summary: str


def coverage_wall(coverage: Coverage) -> CoverageWall:
    """Same coverage, same picture."""
    cells: list[Cell] = []
    labels: list[PillarLabel] = []
    column = 0.0
    for pillar in PILLARS:
        nodes = _of(coverage, pillar)
        for number, each in enumerate(nodes):
            cells += _column(each, (column + number) * _STEP, coverage.shots)
        width = len(nodes) * _STEP - (_STEP - _CELL)
        text = f"{pillar} {sum(bool(each.shots) for each in nodes)}/{len(nodes)}"
        labels.append(PillarLabel(round(column * _STEP, 2), _BASE + 16, round(width, 2), pillar, text))
        column += len(nodes) + _GAP
    seen = [each for each in coverage.nodes if each.shots]
    return CoverageWall(
        width=round((column - _GAP) * _STEP - (_STEP - _CELL), 2),
        height=WALL_HEIGHT,
        cells=tuple(cells),
        labels=tuple(labels),
        tiles=tuple(_tile(each, coverage.shots) for each in seen),
        unseen=tuple((pillar, tuple(_name(n) for n in _of(coverage, pillar) if not n.shots)) for pillar in PILLARS),
        summary=f"{len(seen)} of {len(coverage.nodes)} nodes are tagged in {coverage.shots:,} shots",
    )


def _of(coverage: Coverage, pillar: Pillar) -> Sequence[NodeCoverage]:
    return [each for each in coverage.nodes if each.node.pillar == pillar]


def _name(each: NodeCoverage) -> str:
    return " \u203a ".join(each.node.levels[-2:]) if len(each.node.levels) > 2 else each.node.name


def _column(each: NodeCoverage, x: float, shots: int) -> list[Cell]:
    """From the ground up: a closed node's values as the taxonomy lists them, an open one's by their shots."""
    counts = {value.value: value.shots for value in each.values}
    values = list(islice(each.node.closed or [*counts] or ["any value"], _ROWS))
    return [
        Cell(
            x=round(x, 2),
            y=round(_BASE - (row + 1) * _ROW_STEP, 2),
            width=_CELL,
            height=_CELL_HEIGHT,
            pillar=each.node.pillar,
            level=_level(counts.get(value, 0), shots),
            label=f"{each.node.path}: {value}: {counts.get(value, 0):,} shots",
        )
        for row, value in enumerate(values)
    ]


def _level(count: int, shots: int) -> int:
    """A square root, so that rare values are seen to be there."""
    return min(LEVELS, ceil(LEVELS * sqrt(count / shots))) if count else 0


def _tile(each: NodeCoverage, shots: int) -> Tile:
    known = [Chip(value.value, value.shots, _level(value.shots, shots)) for value in each.values]
    chips = [*known, *(Chip(value, 0, 0) for value in each.missing)]
    even = f", {each.entropy:.2f} of {each.most_entropy:.2f} bits" if each.most_entropy else ""
    return Tile(
        name=each.node.name,
        place=" \u203a ".join(each.node.levels[1:-1]),
        pillar=each.node.pillar,
        summary=f"{each.shots:,} shots ({each.shots / shots:.0%}) in {each.clips:,} clips{even}",
        chips=tuple(chips[:_SHOWN_VALUES]),
        hidden=max(0, len(chips) - _SHOWN_VALUES),
        origins=", ".join(f"{origin} {count:,}" for origin, count in each.origins),
    )
