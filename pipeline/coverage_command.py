"""``shotloom coverage``: the taxonomy against what the packed clips are tagged with, and clips' tags as a file for select."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa

from captioning.taxonomy.coverage import Coverage, CoverageCounter, NodeCoverage
from captioning.taxonomy.main_values import main_values
from captioning.taxonomy.nodes import PILLARS, Pillar
from formats.clip_record import ClipRecord
from formats.clip_tags import (
    ClipTag,
    ClipTagError,
    clip_tag_table,
    read_clip_tags,
    with_clips_replaced,
    write_clip_tags,
)
from formats.filesystem import CorpusStore
from formats.manifest import read_manifest
from formats.shard_reader import read_member, record_of
from pipeline.corpus_folder import MANIFEST
from pipeline.progress import Reporter, visible

_SHOWN_VALUES = 12


class CoverageError(ValueError):
    """The corpus or the file cannot be used so."""


@dataclass(frozen=True)
class CoverageWish:
    """``tags_file``: where clips' tags go, if anywhere."""

    corpus: Path
    tags_file: Path | None
    pillars: tuple[Pillar, ...]
    as_json: bool


def coverage_text(wish: CoverageWish, reporter: Reporter) -> str:
    """What the command prints. With ``tags_file`` also writes the clips' tags there, beside those it holds of other clips.

    Raises ``CoverageError``; ``ClipError`` and ``ShardError`` for a damaged corpus.
    """
    before = _tags_before(wish.tags_file)
    counter = CoverageCounter()
    keys: set[str] = set()
    tags: list[ClipTag] = []
    for record in _records(wish.corpus, reporter):
        counter.add(record)
        if wish.tags_file is not None:
            keys.add(record.key)
            tags += [ClipTag(record.key, node, value) for node, value in main_values(record).items()]
    if wish.tags_file is not None:
        write_clip_tags(wish.tags_file, with_clips_replaced(before, keys, clip_tag_table(tags)))
        reporter.say(f"tags of {len(keys)} clips: {wish.tags_file}")
    coverage = counter.coverage()
    return _as_json(coverage, wish.pillars) if wish.as_json else _as_text(coverage, wish.pillars)


def _tags_before(path: Path | None) -> pa.Table:
    if path is None or not path.exists():
        return clip_tag_table(())
    try:
        return read_clip_tags(path)
    except (OSError, ClipTagError) as error:
        raise CoverageError(f"--tags: {error}; it is not overwritten") from error


def _records(corpus: Path, reporter: Reporter) -> Iterator[ClipRecord]:
    store = CorpusStore(corpus.resolve())
    if not store.exists(MANIFEST):
        raise CoverageError(f"{corpus}: nothing is packed yet; `shotloom build` does it")
    rows = read_manifest(store, MANIFEST)
    with reporter.stage("coverage", "clips", len(rows), 0) as advance:
        for row in rows:
            yield record_of(row.key, read_member(store, row.shard, row.place("json")))
            advance()


def _as_json(coverage: Coverage, pillars: Sequence[Pillar]) -> str:
    nodes = [_node_values(each) for each in coverage.nodes if each.node.pillar in pillars]
    foreign = [{"node": node, "value": value, "tags": count} for node, value, count in coverage.foreign]
    return json.dumps(
        {"clips": coverage.clips, "shots": coverage.shots, "nodes": nodes, "foreign": foreign}, ensure_ascii=False
    )


def _node_values(each: NodeCoverage) -> dict[str, object]:
    return {
        "node": each.node.path,
        "pillar": each.node.pillar,
        "shots": each.shots,
        "clips": each.clips,
        "values": [asdict(value) for value in each.values],
        "missing": list(each.missing),
        "entropy": round(each.entropy, 4),
        "most_entropy": round(each.most_entropy, 4),
        "origins": dict(each.origins),
    }


def _as_text(coverage: Coverage, pillars: Sequence[Pillar]) -> str:
    lines = [f"{coverage.clips} clips, {coverage.shots} shots"]
    for pillar in (each for each in PILLARS if each in pillars):
        nodes = [each for each in coverage.nodes if each.node.pillar == pillar]
        seen = [each for each in nodes if each.shots]
        lines += ["", f"{pillar}: {len(seen)} of {len(nodes)} nodes"]
        for each in seen:
            lines += _told(each, coverage.shots)
        unseen = [each.node.path.partition(" -> ")[2] for each in nodes if not each.shots]
        if unseen:
            lines.append(f"  never: {'; '.join(unseen)}")
    for node, value, count in coverage.foreign[:_SHOWN_VALUES]:
        lines.append(f"not in the taxonomy: {node} = {value}: {count}")
    return "\n".join(visible(line) for line in lines)


def _told(each: NodeCoverage, shots: int) -> list[str]:
    values = [f"{value.value} {value.shots}" for value in each.values[:_SHOWN_VALUES]]
    rest = len(each.values) - len(values)
    more = [f"and {rest} more"] if rest else []
    evenness = f", entropy {each.entropy:.2f} of {each.most_entropy:.2f} bits" if each.most_entropy else ""
    lines = [
        f"  {each.node.path.partition(' -> ')[2]}: {each.shots} shots ({each.shots / shots:.0%}) in {each.clips} clips{evenness}",
        f"    {', '.join([*values, *more])}",
    ]
    return lines + ([f"    missing: {', '.join(each.missing)}"] if each.missing else [])
