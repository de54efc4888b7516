from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest


@pytest.mark.slow
def test_a_server_is_kept_busy_from_the_first_questions_to_the_last(
    benchmark_script: Callable[[str], ModuleType], tmp_path: Path
) -> None:
    """200 ms per question are 320 questions per second: a machine that is busy with other things cannot put them."""
    if os.getloadavg()[0] > (os.cpu_count() or 1):
        pytest.skip("this machine is busy with other things")
    captions = benchmark_script("captions")
    busy = captions.measure(captions.Load(seconds=0.2, in_flight=64, clips=12, at_once=80), tmp_path)
    assert busy.asked == 12 * 2 * 80
    assert busy.mean >= 60


def test_questions_at_once_are_weighed_by_time_and_the_ends_left_out(
    benchmark_script: Callable[[str], ModuleType],
) -> None:
    def event(what: str, at: float, in_flight: int) -> dict[str, float | str]:
        return {"what": what, "at": at, "in_flight": in_flight}

    log = [event("came", 0, 1), event("came", 1, 2), event("left", 2, 1), event("came", 5, 2), event("came", 6, 3)]
    found = benchmark_script("captions").busy([*log, event("left", 9, 2)], 2)
    assert (found.mean, found.least) == ((1 * 2 + 3 * 1) / 4, 1)
