"""Which clips are trained at which size, and which are not and why: a table per corpus."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table

from training.data.buckets import BucketLine, BucketTable, LeftOutGroup
from training.data.corpora import OpenedCorpus

_CAPTION = "size: frames x height x width; cropped: at most; slow: clips whose frames repeat"
_MOST_SHOTS = 5
_MOST_GROUPS = 10


def print_bucket_tables(console: Console, split: str, corpora: Sequence[OpenedCorpus]) -> None:
    """``split``: the one that ``corpora`` were opened with."""
    for corpus in corpora:
        console.print(_table(f"{corpus.name}, {split}: {len(corpus.rows)} clips", corpus.table))
        for line in left_out_lines(corpus.table):
            console.print(line, markup=False, emoji=False, highlight=False, soft_wrap=True)


def left_out_lines(table: BucketTable) -> Iterator[str]:
    """What fits no size and why, the largest group first; each reason is that of the example."""
    groups = table.left_out_groups
    for group in groups[:_MOST_GROUPS]:
        yield from _group_lines(group, [str(line.bucket) for line in table.lines])
    if len(groups) > _MOST_GROUPS:
        clips = sum(group.clips for group in groups[_MOST_GROUPS:])
        yield f"left out: {clips} more, for other reasons"


def _group_lines(group: LeftOutGroup, sizes: Sequence[str]) -> Iterator[str]:
    yield f"left out: {group.clips}, for example {group.example.key}:"
    for size, reason in zip(sizes, group.example.reasons, strict=True):
        yield f"  {size}: {reason.detail}"


def _table(title: str, table: BucketTable) -> Table:
    shots = min(_MOST_SHOTS, max((len(line.shots) for line in table.lines), default=0))
    out = Table(title=title, title_justify="left", caption=_CAPTION, caption_justify="left")
    out.add_column("size", no_wrap=True)
    for name in ("batch", "clips", _shots_name(shots), "cropped", "slow"):
        out.add_column(name, justify="right")
    for line in table.lines:
        out.add_row(*_row(line, shots))
    if table.left_out:
        out.add_row("left out", "", str(len(table.left_out)), "", "", "")
    return out


def _shots_name(most: int) -> str:
    counts = [str(count) for count in range(1, most + 1)]
    if most == _MOST_SHOTS:
        counts[-1] += "+"
    return f"{' / '.join(counts)} shots".strip()


def _row(line: BucketLine, most: int) -> Iterator[str]:
    counts = [*line.shots, *[0] * most]
    shots = [*counts[: most - 1], sum(counts[most - 1 :])] if most else []
    yield str(line.bucket)
    yield str(line.bucket.batch)
    yield str(line.clips)
    yield " / ".join(str(count) for count in shots)
    yield f"{float(line.largest_crop):.0%}"
    yield str(line.repeating)
