"""The bytes of a clip must not depend on the CPU: encoded again in processes that are denied its newer instructions.

Kept sound is not covered: FFmpeg's AAC works in floating point, and differs in its last bits from SSE2 to AVX.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

LIBAVUTIL = next(iter((Path(av.__file__).parent.parent / "av.libs").glob("libavutil-*")), None)
ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.skipif(
    LIBAVUTIL is None or platform.machine() != "x86_64", reason="needs PyAV's bundled FFmpeg on x86-64"
)

# FFmpeg: av_force_cpu_flags. x264: its own asm option. The C library's maths: GLIBC_TUNABLES.
CHILD = """
import ctypes, hashlib, json, re, sys
from pathlib import Path
import av, av.logging
import numpy as np
level = json.loads(sys.stdin.read())
library = ctypes.CDLL(level["libavutil"])
if level["ffmpeg"] is not None:
    library.av_force_cpu_flags(level["ffmpeg"])
from formats.clip_plan import ClipPlan
from operators import x264
from operators.encode import EncodeSettings, encode_clip
if level["x264"]:
    x264.DETERMINISM += ":asm=" + level["x264"]
av.logging.set_level(av.logging.INFO)
digests = {}
with av.logging.Capture(local=False) as log:
    for name, job in level["jobs"].items():
        encode_clip(ClipPlan.model_validate(job["plan"]), Path(job["film"]), Path(job["out"]),
                    EncodeSettings(**job["settings"]), np.array(job["pts"], np.int64))
        digests[name] = hashlib.sha256(Path(job["out"]).read_bytes()).hexdigest()
said = "".join(line[2] for line in log)
print(json.dumps({"ffmpeg": library.av_get_cpu_flags(), "digests": digests,
                  "x264": re.findall("using cpu capabilities: (.*)", said)}))
"""
SSE2 = 0x1 | 0x2 | 0x8 | 0x10
LEVELS: dict[str, tuple[int | None, str, str]] = {
    "no SIMD at all": (0, "0", "-AVX2,-FMA,-AVX,-SSE4_2,-SSE4_1,-SSSE3"),
    "SSE2": (SSE2, "SSE2", "-AVX2,-FMA,-AVX"),
    "C library without FMA": (None, "", "-AVX2,-FMA,-AVX512F"),
}


def texture(number: int, width: int, height: int) -> Any:
    noise = np.random.default_rng(7).normal(0, 12, (height, width + 200))
    y, x = np.mgrid[0:height, 0:width]
    waves = 40 * np.sin((x + 3 * number) / 9) + 40 * np.sin(y / 13 + number / 5)
    return np.clip(120 + waves + noise[:, number : number + width], 0, 255).astype(np.uint8)


FILMS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "H.264 at its own size": ({}, {}),
    "H.264 scaled down": ({"width": 384, "height": 216}, {"max_short_side": 144}),
    "wide pixels, 4:4:4, full range": (
        {"aspect": Fraction(4, 3), "pix_fmt": "yuv444p", "colour": (6, 6, 6, 2)},
        {"preset": "slow"},
    ),
    "10-bit HDR": (
        {
            "codec": "libx265",
            "pix_fmt": "yuv420p10le",
            "options": {"x265-params": "log-level=none", "preset": "ultrafast"},
            "colour": (9, 9, 16, 1),
        },
        {"max_short_side": 96},
    ),
    "MPEG-4 part 2": ({"codec": "mpeg4", "options": {"b": "2000000"}}, {}),
    "VP9": ({"codec": "libvpx-vp9", "suffix": ".webm", "options": {"cpu-used": "8", "crf": "30"}}, {}),
    "motion JPEG": ({"codec": "mjpeg", "pix_fmt": "yuvj420p", "suffix": ".mkv", "options": {}}, {}),
}


def encode_all(jobs: dict[str, Any], ffmpeg: int | None, x264: str, tunables: str) -> dict[str, Any]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    if tunables:
        environment["GLIBC_TUNABLES"] = f"glibc.cpu.hwcaps={tunables}"
    level = {"libavutil": str(LIBAVUTIL), "ffmpeg": ffmpeg, "x264": x264, "jobs": jobs}
    done = subprocess.run(
        [sys.executable, "-c", CHILD],
        input=json.dumps(level),
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


@pytest.fixture(scope="module")
def jobs(film_spec: Any, film: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("clips")
    made = {}
    for number, (name, (spec, settings)) in enumerate(FILMS.items()):
        source = film(film_spec(**{"width": 256, "height": 144, "frames": 24, "luma": texture, **spec}))
        made[name] = {
            "plan": source.plan((2, 12), (13, 22)).model_dump(),
            "film": str(source.path),
            "pts": source.pts.tolist(),
            "out": str(folder / f"{number}.mp4"),
            "settings": settings,
        }
    return made


@pytest.fixture(scope="module")
def native(jobs: dict[str, Any]) -> dict[str, Any]:
    return encode_all(jobs, None, "", "")


@pytest.mark.slow
@pytest.mark.parametrize("level", LEVELS)
def test_clips_have_the_same_bytes_at_every_instruction_set_level(
    level: str, jobs: dict[str, Any], native: dict[str, Any]
) -> None:
    ffmpeg, x264, tunables = LEVELS[level]
    found = encode_all(jobs, ffmpeg, x264, tunables)
    assert ffmpeg is None or found["ffmpeg"] != native["ffmpeg"], "the level was not in force in FFmpeg"
    assert not x264 or found["x264"] != native["x264"], "the level was not in force in x264"
    assert found["digests"] == native["digests"]
