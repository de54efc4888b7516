from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.scan_memory import long_film, peak_of_scan
from formats.film_scan import FilmScan
from operators import film_measuring
from operators.decode import FilmPass, decode_film
from operators.film_error import FilmError
from operators.film_measuring import measure_film
from operators.sample_films.plans import EncodingPlan
from operators.sample_films.random_film import random_film
from operators.sample_films.render import render_film
from operators.scan import ScanSettings

THREADED = ScanSettings(network="none", decode_threads=4, max_corrupt_share=1.0)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("films") / "sound.mp4"
    plan = random_film(8, "tune", "short", (160, 90))
    render_film(replace(plan, encoding=EncodingPlan("h264", "mp4", 24, "superfast", 12, 2)), path)
    return path


@pytest.fixture(scope="module")
def damaged(sound: Path) -> Path:
    path = sound.with_name("damaged.mp4")
    data = bytearray(sound.read_bytes())
    start = data.index(b"mdat") + len(data) // 3
    for place in range(start, start + 2000, 7):
        data[place] ^= 0xFF
    path.write_bytes(data)
    return path


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of threads that films were decoded with."""
    threads_used: list[int] = []

    def counted(path: Path, *, threads: int, max_corrupt_share: float) -> FilmPass:
        threads_used.append(threads)
        return decode_film(path, threads=threads, max_corrupt_share=max_corrupt_share)

    monkeypatch.setattr(film_measuring, "decode_film", counted)
    return threads_used


def scanned(path: Path, settings: ScanSettings) -> FilmScan:
    return measure_film(path, "", settings).scan


def test_a_sound_film_is_decoded_once_and_threads_change_nothing(sound: Path, passes: list[int]) -> None:
    assert scanned(sound, THREADED) == scanned(sound, THREADED.model_copy(update={"decode_threads": 1}))
    assert passes == [4, 1]


def test_a_damaged_film_is_decoded_again_with_one_thread(damaged: Path, passes: list[int]) -> None:
    again = scanned(damaged, THREADED)
    assert passes == [4, 1]
    assert again.corrupt or again.decode_errors
    assert again == scanned(damaged, THREADED.model_copy(update={"decode_threads": 1}))


def test_too_many_corrupt_frames_are_a_named_refusal(damaged: Path) -> None:
    with pytest.raises(FilmError) as refusal:
        measure_film(damaged, "", ScanSettings(network="none", decode_threads=4, max_corrupt_share=0.0))
    assert refusal.value.reason == "damaged"


@pytest.mark.slow
def test_a_film_four_times_as_long_takes_no_more_memory(tmp_path: Path) -> None:
    short, long = (peak_of_scan(long_film(tmp_path, minutes), tmp_path) for minutes in (2, 8))
    assert long.frames > 3.9 * short.frames
    assert long.megabytes <= 1.05 * short.megabytes
    assert long.megabytes < 1500
