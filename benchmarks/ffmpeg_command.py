"""The ``ffmpeg`` command that a user would write for a planned clip: same frames, same scaler and x264 settings, one thread
each for decoding, filtering and encoding.

Each shot is an input of its own, sought to half a frame before its first frame and trimmed to its number of frames, so
that nothing between shots is decoded. The streams' first timestamp must be the film's start. What it does not do, and
Shotloom does: take frames by their timestamps from a scan, decode the clip back, hold it against the source.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from formats.clip_plan import ClipPlan
from formats.exact_time import parse_rational
from operators.clip_colour import ClipColour
from operators.clip_picture import clip_size
from operators.encode import EncodeSettings
from operators.x264 import DETERMINISM, muxer_options

_SWS_FLAGS = "bicubic+accurate_rnd+bitexact+full_chroma_int+full_chroma_inp"


def ffmpeg_command(plan: ClipPlan, film: Path, out: Path, settings: EncodeSettings, colour: ClipColour) -> list[str]:
    """``colour``: the source's, so that the command's encoder writes the same tags. For constant rate and SDR."""
    fps = parse_rational(plan.fps)
    lengths = [end - first for first, end in (shot.source_frames for shot in plan.shots)]
    return [
        "ffmpeg",
        *("-hide_banner", "-loglevel", "error", "-nostdin", "-y", "-filter_threads", "1"),
        *("-filter_complex_threads", "1", "-sws_flags", _SWS_FLAGS),
        *(word for shot in plan.shots for word in _input(film, shot.source_pts[0], plan, fps)),
        *("-filter_complex", _filters(plan, lengths, settings, fps), "-map", "[clip]", "-fps_mode", "passthrough"),
        *("-c:v", "libx264", "-threads", "1", "-pix_fmt", "yuv420p", "-enc_time_base", str(1 / fps)),
        *("-crf", f"{settings.crf:g}", "-preset", settings.preset, "-profile:v", "high"),
        *("-g", str(max(1, int(settings.gop_seconds * fps))), "-forced-idr", "1", "-flags", "+bitexact+cgop"),
        *("-force_key_frames", _starts(lengths, fps), "-a53cc", "0", "-x264-params", DETERMINISM),
        *("-color_range", "tv", "-colorspace", str(colour.matrix), "-color_primaries", str(colour.primaries)),
        *("-color_trc", str(colour.transfer), "-map_metadata", "-1"),
        *(word for key, value in muxer_options(fps).items() if key != "movie_timescale" for word in (f"-{key}", value)),
        str(out),
    ]


def _input(film: Path, pts: int, plan: ClipPlan, fps: Fraction) -> Sequence[str]:
    start = max(Fraction(0), pts * parse_rational(plan.time_base) - 1 / (2 * fps))
    return "-threads", "1", "-ss", f"{float(start):.6f}", "-i", str(film)


def _filters(plan: ClipPlan, lengths: Sequence[int], settings: EncodeSettings, fps: Fraction) -> str:
    size = clip_size(plan.width, plan.height, settings.max_short_side)
    trims = [f"[{k}:v:0]trim=end_frame={length},setpts=PTS-STARTPTS[shot{k}]" for k, length in enumerate(lengths)]
    joined = "".join(f"[shot{k}]" for k in range(len(lengths))) + f"concat=n={len(lengths)}:v=1"
    scaled = f"scale={size[0]}:{size[1]}:flags={_SWS_FLAGS},setsar=1"
    return ";".join([*trims, f"{joined},{scaled},settb={1 / fps},setpts=N[clip]"])


def _starts(lengths: Sequence[int], fps: Fraction) -> str:
    return ",".join(f"{float(sum(lengths[:k]) / fps):.6f}" for k in range(len(lengths)))
