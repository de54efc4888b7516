"""How many clips of a film that was made again in other ways are found."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from benchmarks.near_duplicates import main
from operators.sample_films.films import render_sample_films


@pytest.mark.slow
def test_a_sample_film_is_found_again_in_its_variants(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (film,) = render_sample_films(tmp_path, ["01-quiet-morning"])
    monkeypatch.setattr(sys, "argv", ["near_duplicates", str(tmp_path / "variants"), str(film)])
    main()
    said = capsys.readouterr().out
    (recall, precision) = re.findall(r"distance 5: recall ([\d.]+), precision ([\d.]+)", said)[0]
    assert float(precision) == 1
    assert float(recall) > 0.8
