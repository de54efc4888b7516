from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from operators.signals import (
    ASKED_FLAG,
    BYTES_PER_FRAME,
    CORRUPT_FLAG,
    KEY_FLAG,
    SignalMeter,
    Signals,
    from_byte,
    read_signals,
    to_byte,
    write_signals,
)


def frames_of_noise(count: int = 40) -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (count, 27, 48, 3), dtype=np.uint8)


def measured(count: int = 40, batch: int = 50) -> tuple[Signals, np.ndarray]:
    frames = frames_of_noise(count)
    pts = [number * 512 - 1024 for number in range(count)]
    flags = [KEY_FLAG * (number % 12 == 0) | CORRUPT_FLAG * (number == 5) for number in range(count)]
    meter = SignalMeter()
    for at in range(0, count, batch):
        some = slice(at, at + batch)
        meter.measure(frames[some], pts[some], flags[some])
    return meter.signals(), frames


def test_batches_do_not_show() -> None:
    whole, _ = measured()
    for batch in (1, 7, 39):
        for column in fields(whole):
            np.testing.assert_array_equal(getattr(measured(batch=batch)[0], column.name), getattr(whole, column.name))


def test_what_the_network_said_is_marked_and_comes_later() -> None:
    meter = SignalMeter()
    meter.measure(frames_of_noise(4), [0, 1, 2, 3], [KEY_FLAG, 0, 0, 0])
    meter.add_probabilities(np.array([[np.nan, np.nan]], np.float32))
    meter.add_probabilities(np.array([[0.0, 0.25], [1.0, 0.5]], np.float32))
    signals = meter.signals()
    assert signals.flags.tolist() == [KEY_FLAG, ASKED_FLAG, ASKED_FLAG, 0]
    assert from_byte(signals.single, 1.0).tolist() == [0.0, 0.0, 1.0, 0.0]
    np.testing.assert_allclose(from_byte(signals.many, 1.0), [0.0, 0.25, 0.5, 0.0], atol=0.003)


def test_a_frame_takes_sixteen_bytes() -> None:
    signals, frames = measured()
    assert sum(getattr(signals, column.name).nbytes for column in fields(signals)) == BYTES_PER_FRAME * len(frames)


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
