from __future__ import annotations

import sys

import numpy as np
import pytest

from benchmarks import equal_shots


def test_a_copy_differs_from_its_first_in_as_many_bits_as_are_flipped() -> None:
    hashes = equal_shots.made_up_hashes(2_000)
    flipped = np.unpackbits(hashes[:100] ^ hashes[-100:], axis=1).sum(axis=1)
    assert flipped.tolist() == [10] * 100


def test_it_says_how_many_copies_were_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["equal_shots", "--shots", "30000", "--asked", "500"])
    equal_shots.main()
    assert "of 500 copies found: 500" in capsys.readouterr().out
