"""Steps that other processes do are told as they come."""

from __future__ import annotations

import time

from pipeline.log_follower import following
from training.trainer.log import RunLog

VALUES = {"loss": 0.5, "gradient": 0.25, "rate": 1e-4}


def test_new_steps_are_told_once_old_ones_and_other_lines_never(tmp_path):
    log = RunLog(tmp_path, 0, ())
    log.write("step", 1, VALUES)
    said = []
    with following(tmp_path, 2, said.append):
        log.write("validation", 2, {"loss": 9.0})
        log.write("step", 2, VALUES)
        log.write("step", 3, VALUES)
        deadline = time.monotonic() + 30
        while not said and time.monotonic() < deadline:
            time.sleep(0.05)
        assert said == ["step 2: loss 0.5000, gradient 0.25, rate 0.0001"], "while the run goes on"
        again = RunLog(tmp_path, 1, ())
        again.write("step", 2, VALUES)
    assert said[1:] == ["step 2 (attempt 2): loss 0.5000, gradient 0.25, rate 0.0001"]


def test_a_run_that_has_no_log_yet_is_waited_for(tmp_path):
    said = []
    with following(tmp_path / "run", 1, said.append):
        RunLog(tmp_path / "run", 0, ()).write("step", 1, {"gradient": 0.0, "rate": 0.0})
    assert said == ["step 1: no sample could be read, gradient 0, rate 0"]
