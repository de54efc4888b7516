from __future__ import annotations

from dataclasses import fields
from fractions import Fraction
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scenedetect import FrameTimecode, StatsManager
from scenedetect.detectors import ContentDetector

from operators.signals import BYTES_PER_FRAME, SignalMeter, Signals, from_byte, read_signals, to_byte, write_signals


def measured(count: int = 40) -> tuple[Signals, np.ndarray]:
    frames = np.random.default_rng(3).integers(0, 256, (count, 27, 48, 3), dtype=np.uint8)
    meter = SignalMeter(Fraction(1, 12800))
    for number, frame in enumerate(frames):
        meter.measure(frame, number * 512 - 1024, key=number % 12 == 0, corrupt=number == 5)
    return meter.signals(), frames


def test_a_frame_takes_sixteen_bytes() -> None:
    signals, frames = measured()
    assert sum(getattr(signals, column.name).nbytes for column in fields(signals)) == BYTES_PER_FRAME * len(frames)


def test_content_is_what_pyscenedetect_measures() -> None:
    signals, frames = measured()
    detector = ContentDetector()
    detector.stats_manager = StatsManager()
    expected = [0.0]
    for number, frame in enumerate(frames):
        time = FrameTimecode(number, 25.0)
        detector.process_frame(time, np.ascontiguousarray(frame[:, :, ::-1]))
        if number:
            expected += detector.stats_manager.get_metrics(time, ["content_val"])
    np.testing.assert_allclose(from_byte(signals.content, 255.0), expected, atol=1.0)


def test_signals_come_back_from_parquet_and_equal_ones_are_equal_bytes(tmp_path: Path) -> None:
    signals, _ = measured()
    write_signals(signals, tmp_path / "a.parquet")
    write_signals(measured()[0], tmp_path / "b.parquet")
    again = read_signals(tmp_path / "a.parquet")
    for column in fields(signals):
        np.testing.assert_array_equal(getattr(again, column.name), getattr(signals, column.name))
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    assert signals.pts[0] == -1024
    assert (signals.flags[0], signals.flags[1], signals.flags[5]) == (1, 0, 2)


@given(st.floats(0, 1))
def test_a_byte_is_within_half_a_step_on_the_square_root_scale(value: float) -> None:
    back = float(from_byte(to_byte([value], 1.0), 1.0)[0])
    assert abs(np.sqrt(back) - np.sqrt(value)) <= 0.5 / 255 + 1e-6
