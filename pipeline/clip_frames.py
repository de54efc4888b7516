"""Pictures of packed clips for the report and ``inspect``: taken out of the shard, decoded in a child process."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from formats.clip_record import ClipRecord
from formats.filesystem import CorpusStore
from formats.manifest import ManifestRow
from formats.shard_reader import read_member
from operators.strip_pictures import read_strip_sheet
from pipeline.config import LimitSettings
from pipeline.film_strip import strip_frames
from pipeline.sandbox import SandboxReply
from pipeline.sandbox_pool import Arguments, run_in_sandboxes

Pictures = Mapping[int, NDArray[np.uint8]]


@dataclass(frozen=True)
class FrameWish:
    """About ``count`` frames of a clip, at most ``height`` pixels high."""

    count: int
    height: int


def clip_frames(
    store: CorpusStore, clips: Sequence[tuple[ManifestRow, ClipRecord]], wish: FrameWish
) -> Iterator[Pictures]:
    """For each clip ``{clip frame: (H, W, 3) uint8, RGB}``; empty where the clip cannot be decoded (``verify`` says why)."""
    limits = LimitSettings()
    with tempfile.TemporaryDirectory(prefix="shotloom-frames-") as folder:
        jobs = [_job(store, row, record, wish, Path(folder)) for row, record in clips]
        replies = run_in_sandboxes("operators.strip_pictures:strip_pictures_task", jobs, limits.clip_seconds, limits)
        for (row, _), reply in zip(clips, replies, strict=True):
            sheet = Path(folder) / f"{row.key}.png"
            yield _pictures(sheet, reply)
            sheet.unlink(missing_ok=True)
            (Path(folder) / f"{row.key}.mp4").unlink(missing_ok=True)


def _job(
    store: CorpusStore, row: ManifestRow, record: ClipRecord, wish: FrameWish, folder: Path
) -> Callable[[], Arguments]:
    def fetch() -> Arguments:
        clip = folder / f"{row.key}.mp4"
        clip.write_bytes(read_member(store, row.shard, row.place("mp4")))
        height = min(wish.height, row.height)
        return {
            "clip": str(clip),
            "frames": list(strip_frames(record, wish.count)),
            "width": max(2, round(row.width * height / row.height)),
            "height": height,
            "out": str(folder / f"{row.key}.png"),
        }

    return fetch


def _pictures(sheet: Path, reply: SandboxReply) -> Pictures:
    if reply.outcome != "done":
        return {}
    try:
        return read_strip_sheet(sheet, [int(frame) for frame in reply.value["frames"]])
    except (OSError, ValueError):
        return {}
