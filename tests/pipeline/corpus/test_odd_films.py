"""A folder of odd films through the whole pipeline, and broken ones through the sandbox."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from operators.film_error import REASONS
from operators.scan import ScanSettings
from pipeline.sandbox import Sandbox
from tests.odd_film import OddFilm, write


def three_scenes(number: int, width: int, height: int) -> NDArray[np.uint8]:
    """Forty frames each of a ramp, with a block that moves."""
    scene = number // 40
    y, x = np.mgrid[0:height, 0:width]
    ramp = (x * 200 // width, y * 200 // height, (x + y) * 200 // (width + height))[scene] + 20
    left = number * 3 % (width - 20)
    ramp[height // 3 : height // 3 + 20, left : left + 20] = 240 - 60 * scene
    return ramp.astype(np.uint8)


PLAIN = OddFilm(frames=120, size=(320, 192), fps=Fraction(25), picture=three_scenes)
USED: dict[str, dict[str, Any]] = {
    "interlaced.mkv": {"fields": "tff", "options": {"flags": "+ildct+ilme"}},
    "dvd.vob": {"codec": "mpeg2video", "container": "vob", "options": {"bf": "2"}},
    "hdr.mp4": {
        "codec": "libx265",
        "pixels": "yuv420p10le",
        "options": {"x265-params": "log-level=none:colorprim=9:transfer=16:colormatrix=9"},
    },
    "grey.mkv": {"codec": "ffv1", "pixels": "gray"},
    "fast.mp4": {"fps": Fraction(120)},
    "tape.dv": {"codec": "dvvideo", "container": "dv", "size": (720, 576)},
    "small.mkv": {"codec": "ffv1", "size": (24, 18)},
}


def scrambled(film: bytes) -> bytes:
    packets = [bytearray(film[at : at + 188]) for at in range(0, len(film), 188)]
    for packet in packets:
        packet[3] |= 0x80 * (int.from_bytes(packet[1:3], "big") & 0x1FFF == 0x100)
    return b"".join(packets)


UNUSED: dict[str, tuple[dict[str, Any], Callable[[bytes], bytes], str]] = {
    "picture.gif": ({"codec": "gif", "pixels": "rgb8", "container": "gif"}, bytes, "format_not_allowed"),
    "scrambled.ts": ({"container": "mpegts"}, scrambled, "encrypted"),
    "cut off.mp4": ({}, lambda film: film[:3000], "damaged"),
    "joined.ts": ({"container": "mpegts"}, lambda film: film + film, "no_timestamps"),
    "no time.h264": ({"container": "h264"}, bytes, "format_not_allowed"),
}


@pytest.mark.slow
def test_odd_films_give_exact_clips_or_one_row_with_a_reason(shotloom: Any, tmp_path: Path) -> None:
    folder, out = tmp_path / "films", tmp_path / "corpus"
    folder.mkdir()
    for name, how in USED.items():
        write(replace(PLAIN, **how), folder / name)
    for name, (how, spoil, _) in UNUSED.items():
        path = write(replace(PLAIN, **how), folder / name)
        path.write_bytes(spoil(path.read_bytes()))
    settings = ("scan.network=none", "filter.duration.min=0.2", "filter.shots.min=1", "limits.failed=0.9")
    settings += ("filter.duplicates.drop=false", "filter.duplicates.perceptual=false")
    done = shotloom("build", folder, "--out", out, *[part for each in settings for part in ("--set", each)])
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    for name in USED:
        story = json.loads(shotloom("explain", out, name, "--json").stdout)
        assert story["sources"][0]["verdict"]["outcome"] == "kept"
        cuts = [row["transition"]["frames"] for row in story["transitions"] if row["verdict"]["outcome"] == "kept"]
        assert cuts == [[40, 40], [80, 80]], name
    status = json.loads(shotloom("status", out, "--json").stdout)
    scan = next(stage for stage in status["stages"] if stage["stage"] == "scan")
    assert Counter(scan["dropped"] | scan["failed"]) == Counter(reason for _, _, reason in UNUSED.values())
    kept = {stage["stage"]: stage["kept"] for stage in status["stages"]}
    assert kept["shots"] == 3 * len(USED)
    assert kept["cut"] == kept["select"] >= len(USED)
    assert shotloom("verify", out).returncode == 0


BROKEN: dict[str, dict[str, Any]] = {
    "mp4": {"options": {"bf": "2", "g": "12"}},
    "matroska": {"codec": "libx265", "options": {"x265-params": "log-level=none"}},
    "avi": {"codec": "mpeg4", "options": {"bf": "2"}},
    "mpegts": {"options": {"flags": "+ildct+ilme"}, "fields": "tff"},
    "vob": {"codec": "mpeg2video", "options": {"bf": "2"}},
    "flv": {},
    "asf": {"codec": "wmv2"},
    "mxf": {"codec": "mpeg2video"},
    "nut": {"codec": "ffv1"},
    "rm": {"codec": "rv20", "size": (176, 144)},
    "wtv": {"codec": "mpeg2video"},
    "ivf": {"codec": "libvpx-vp9", "options": {"cpu-used": "8"}},
    "yuv4mpegpipe": {"codec": "wrapped_avframe"},
    "mov": {"codec": "cinepak", "pixels": "rgb24"},
}


def broken(film: bytes, seed: str) -> bytes:
    """Bits flipped anywhere, or an end cut off, or a header overwritten."""
    chosen, data = random.Random(seed), bytearray(film)
    kind = chosen.randrange(3)
    if kind == 0:
        for _ in range(1 << chosen.randrange(1, 8)):
            data[chosen.randrange(len(data))] ^= 1 << chosen.randrange(8)
    elif kind == 1:
        del data[chosen.randrange(1, len(data)) :]
    else:
        for _ in range(30):
            data[chosen.randrange(min(len(data), 4096))] = chosen.choice([0, 127, 128, 255, chosen.randrange(256)])
    return bytes(data)


@pytest.mark.slow
@pytest.mark.parametrize("container", BROKEN)
def test_a_broken_film_is_scanned_or_refused_in_time_and_never_crashes(container: str, tmp_path: Path) -> None:
    spec = replace(PLAIN, frames=48, size=(160, 96), container=container)
    film = write(replace(spec, **BROKEN[container]), tmp_path / "film").read_bytes()
    scan = ScanSettings(network="none").model_dump(mode="json")
    path = tmp_path / "broken"
    with Sandbox(preload=("numpy", "av", "operators.film_measuring")) as sandbox:
        for seed in range(12):
            path.write_bytes(broken(film, f"{container} {seed}"))
            arguments = {"path": str(path), "scan": scan, "split": {}}
            task = "operators.scan:film_transitions_task"
            reply = sandbox.run(task, arguments, wall_seconds=20, memory_mb=1500)
            assert reply.outcome in ("done", "failed", "memory"), (seed, reply)
            assert reply.outcome != "failed" or reply.reason in REASONS
            assert reply.detail.endswith(".") or reply.outcome == "done"
