"""How a corpus covers the taxonomy: which nodes and values its tags are of, how evenly, and what is missing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import log2

from captioning.taxonomy.nodes import Node, taxonomy
from formats.clip_record import ClipRecord, Tag


@dataclass(frozen=True)
class ValueCount:
    """``shots`` and ``clips`` that have at least one tag of this value. A tag of a whole clip counts for all its shots."""

    value: str
    shots: int
    clips: int


@dataclass(frozen=True)
class NodeCoverage:
    """``shots`` and ``clips`` with any tag of the node. ``values``: those that occur, most shots first; ``missing``: values of a
    closed node that never do. ``entropy``: in bits, of the values by their shots; ``most_entropy``: if all values of a closed
    node (of an open one: all that occur) had as many. ``origins``: tags by who gave them.
    """

    node: Node
    shots: int
    clips: int
    values: tuple[ValueCount, ...]
    missing: tuple[str, ...]
    entropy: float
    most_entropy: float
    origins: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Coverage:
    """``shots`` and ``clips`` of the corpus. ``nodes``: all 76, in the taxonomy's order. ``foreign``: ``(node, value, tags)``
    that the taxonomy does not have."""

    clips: int
    shots: int
    nodes: tuple[NodeCoverage, ...]
    foreign: tuple[tuple[str, str, int], ...]


class CoverageCounter:
    """Fed one clip after the other; holds counts only. Values of open nodes count as one whatever their case."""

    def __init__(self) -> None:
        self._clips = self._shots = 0
        self._foreign: Counter[tuple[str, str]] = Counter()
        self._shot_counts: dict[str, Counter[str]] = defaultdict(Counter)
        self._clip_counts: dict[str, Counter[str]] = defaultdict(Counter)
        self._node_shots: Counter[str] = Counter()
        self._node_clips: Counter[str] = Counter()
        self._origins: dict[str, Counter[str]] = defaultdict(Counter)

    def add(self, record: ClipRecord) -> None:
        self._clips += 1
        self._shots += len(record.shots)
        shots_of: dict[tuple[str, str], set[int]] = defaultdict(set)
        for tag in record.tags:
            value = known_value(tag)
            if value is None:
                self._foreign[tag.node, tag.value] += 1
                continue
            self._origins[tag.node][tag.origin] += 1
            shots_of[tag.node, value] |= set(range(len(record.shots))) if tag.shot == -1 else {tag.shot}
        by_node: dict[str, set[int]] = defaultdict(set)
        for (node, value), shots in shots_of.items():
            self._shot_counts[node][value] += len(shots)
            self._clip_counts[node][value] += 1
            by_node[node] |= shots
        for node, shots in by_node.items():
            self._node_shots[node] += len(shots)
            self._node_clips[node] += 1

    def coverage(self) -> Coverage:
        foreign = sorted(self._foreign.items(), key=lambda item: (-item[1], item[0]))
        return Coverage(
            clips=self._clips,
            shots=self._shots,
            nodes=tuple(self._node(node) for node in taxonomy().nodes),
            foreign=tuple((node, value, count) for (node, value), count in foreign),
        )

    def _node(self, node: Node) -> NodeCoverage:
        counts, clips = self._shot_counts[node.path], self._clip_counts[node.path]
        values = sorted(counts, key=lambda value: (-counts[value], value))
        possible = len(node.closed) or len(values)
        return NodeCoverage(
            node=node,
            shots=self._node_shots[node.path],
            clips=self._node_clips[node.path],
            values=tuple(ValueCount(value, counts[value], clips[value]) for value in values),
            missing=tuple(value for value in node.closed if value not in counts),
            entropy=entropy(counts.values()),
            most_entropy=log2(possible) if possible else 0.0,
            origins=tuple(sorted(self._origins[node.path].items())),
        )


def known_value(tag: Tag) -> str | None:
    """The value as it is counted; None where the taxonomy has no such node, or the node no such value."""
    nodes = taxonomy()
    if not nodes.knows(tag.node):
        return None
    node = nodes.node(tag.node)
    if not node.takes(tag.value):
        return None
    return tag.value if node.closed else " ".join(tag.value.casefold().split())


def entropy(counts: Iterable[int]) -> float:
    """Shannon's, in bits, of counts as a distribution; 0 for none."""
    known = [count for count in counts if count]
    total = sum(known)
    return sum(-count / total * log2(count / total) for count in known) + 0.0
