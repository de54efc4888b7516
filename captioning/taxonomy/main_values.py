"""One value per node for a whole clip, for uses that need just one: the value of most of its frames."""

from __future__ import annotations

from collections import defaultdict

from captioning.taxonomy.coverage import known_value
from captioning.taxonomy.nodes import taxonomy
from formats.clip_record import ClipRecord


def main_values(record: ClipRecord) -> dict[str, str]:
    """By node path. Of values with as many frames, the one that the taxonomy names first; of an open node's, the first by
    the alphabet. Nodes without a tag are absent."""
    shots: dict[tuple[str, str], set[int]] = defaultdict(set)
    for tag in record.tags:
        value = known_value(tag)
        if value is not None:
            shots[tag.node, value] |= set(range(len(record.shots))) if tag.shot == -1 else {tag.shot}
    lengths = [shot.frames[1] - shot.frames[0] for shot in record.shots]
    frames: dict[str, dict[str, int]] = defaultdict(dict)
    for (node, value), those in shots.items():
        frames[node][value] = sum(lengths[shot] for shot in those)
    return {node: _first_of_most(node, counts) for node, counts in sorted(frames.items())}


def _first_of_most(path: str, frames: dict[str, int]) -> str:
    closed = taxonomy().node(path).closed
    return min(frames, key=lambda value: (-frames[value], closed.index(value) if closed else 0, value))
