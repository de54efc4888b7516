"""Whether a desk keeps its server busy: how many questions a server that sleeps has at once, as the server counts them.

    python -m benchmarks.captions [--seconds 0.2] [--in-flight 64] [--clips 12] [--at-once 80]

Clips are rendered, decoded, sampled and measured in children as in a build (``pipeline/caption_desk.py``, without Ray). About
each, ``--at-once`` questions of one picture are put, and each time one is answered another that follows from it: two questions
on each of ``--at-once`` shots. The server (``tests/chat_server.py``, a process of its own) answers after ``--seconds``. Figures are
of the time between the first ``--in-flight`` questions and the last, by the server's clock.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import av
import numpy as np

from captioning.asks import Ask
from captioning.backends import open_models
from captioning.conversation.result import ConversationCounts, ConversationResult
from captioning.conversation.roles import RoleBackends
from captioning.conversation.settings import ConversationSettings
from captioning.frames.sampled_clip import SampledClip
from captioning.protocol import ClipAnnotation
from captioning.serving import CaptionServingSettings
from captioning.settings import CaptionSettings
from formats.clip_plan import MadeClip
from formats.film_scan import AudioStream
from pipeline.caption_desk import CaptionDesk
from pipeline.caption_task import CaptionTask, DeskWork

_SERVER = Path(__file__).resolve().parent.parent / "tests" / "chat_server.py"
_FRAMES = 24


@dataclass(frozen=True)
class Load:
    """``seconds`` per question, ``in_flight`` allowed; of each of ``clips`` ``at_once`` times two questions."""

    seconds: float
    in_flight: int
    clips: int
    at_once: int


@dataclass(frozen=True)
class Busy:
    """Questions at the server at once, over the time between the first and the last ``in_flight``; ``rate`` per second."""

    mean: float
    least: int
    rate: float
    asked: int


def measure(load: Load, folder: Path) -> Busy:
    """``folder`` is empty."""
    clips = [_clip(folder / f"{n}.mp4", n) for n in range(load.clips)]
    (folder / "plan.json").write_text(json.dumps({"seconds": load.seconds}))
    command = [sys.executable, str(_SERVER), str(folder / "plan.json"), str(folder / "log.jsonl")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            url = f"http://127.0.0.1:{server.stdout.readline().strip()}/v1"
            asyncio.run(_caption(load, clips, url, folder / "annotations"))
        finally:
            server.kill()
    events = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return busy(events, load.in_flight)


def busy(events: Sequence[dict[str, float | str]], in_flight: int) -> Busy:
    """From a server's log: each event has the time ``at`` and the ``in_flight`` from then on."""
    came = [float(event["at"]) for event in events if event["what"] == "came"]
    start, end = came[in_flight - 1], came[-in_flight]
    spans = [
        (max(0.0, min(float(b["at"]), end) - max(float(a["at"]), start)), int(a["in_flight"]))
        for a, b in pairwise(events)
    ]
    inside = [number for length, number in spans if length > 0]
    mean = sum(length * number for length, number in spans) / (end - start)
    return Busy(mean, min(inside), (len(came) - 2 * in_flight) / (end - start), len(came))


async def _caption(load: Load, clips: Sequence[tuple[Path, MadeClip]], url: str, out: Path) -> None:
    captions = CaptionSettings.model_validate({"backend": "server", "models": {"clip": {"id": "test/model"}}})
    serving = CaptionServingSettings(endpoints=(url,), in_flight=load.in_flight)
    work = DeskWork(captions=captions, serving=serving, in_flight=load.in_flight, workers=2)

    async def converse(
        clip: SampledClip, measured: ClipAnnotation, backends: RoleBackends, settings: ConversationSettings
    ) -> ConversationResult:
        picture = clip.shots[0].pictures[0].picture

        async def of_shot(number: int) -> None:
            for turn in range(2):
                await backends.clip.ask(Ask(f"{clip.key}/{number}-{turn}", "", (picture,), "", 64, 0.0, 0))

        await asyncio.gather(*(of_shot(number) for number in range(load.at_once)))
        return ConversationResult(annotation=measured, counts=ConversationCounts())

    desk = CaptionDesk(work, await open_models(captions, serving), converse)
    try:
        replies = await asyncio.gather(*(desk.caption(_task(made, path, out)) for path, made in clips))
    finally:
        await desk.close()
    failed = [reply.reply for reply in replies if reply.reply.outcome != "done"]
    if failed:
        raise RuntimeError(f"{len(failed)} clips were not described: {failed[0]}")


def _task(made: MadeClip, path: Path, out: Path) -> CaptionTask:
    return CaptionTask(
        id=made.key, clip=path, made=made, annotation=out / f"{made.key}.json", wall_seconds=600, memory_mb=1000
    )


def _clip(path: Path, number: int) -> tuple[Path, MadeClip]:
    """One shot of two seconds, 384x216, of a picture that moves right."""
    noise = np.random.default_rng(number).integers(0, 255, (27, 60, 3), dtype=np.uint8)
    wide = np.kron(noise, np.ones((8, 8, 1), np.uint8))
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=12, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 384, 216, "yuv420p"
        for frame in range(_FRAMES):
            picture = np.ascontiguousarray(wide[:, 4 * frame : 4 * frame + 384])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    data = path.read_bytes()
    made = MadeClip(
        key=f"clip-{number}",
        fps="12/1",
        frames=_FRAMES,
        width=384,
        height=216,
        shots=((0, _FRAMES),),
        audio=AudioStream(),
        bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        borders=(),
        encoder="benchmark",
    )
    return path, made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=0.2)
    parser.add_argument("--in-flight", type=int, default=64)
    parser.add_argument("--clips", type=int, default=12)
    parser.add_argument("--at-once", type=int, default=80)
    chosen = parser.parse_args()
    load = Load(chosen.seconds, chosen.in_flight, chosen.clips, chosen.at_once)
    with tempfile.TemporaryDirectory() as folder:
        found = measure(load, Path(folder))
    print(
        f"{found.asked} questions, {found.rate:.0f} per second; at the server {found.mean:.1f} on average, at least {found.least}"
    )


if __name__ == "__main__":
    main()
