"""The table of sizes: every clip is in it, with the reason where it is not trained."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

from rich.console import Console

from formats.filesystem import CorpusStore
from pipeline.bucket_tables import left_out_lines, print_bucket_tables
from tests.training.feeding.small_run import BUCKETS, CLIPS, pack_small
from training.data.buckets import Bucket, BucketLine, BucketTable, LeftOut, Unfit
from training.data.corpora import CorpusSettings, OpenedCorpus, open_corpora
from training.data.windows import WindowSettings


def test_each_size_has_its_line_and_what_fits_none_its_reasons(tmp_path: Path) -> None:
    pack_small(tmp_path)
    large = BUCKETS.model_copy(update={"buckets": BUCKETS.buckets[:1]})
    corpora = open_corpora([CorpusSettings(name="films", path=str(tmp_path))], "train", large, WindowSettings())
    out = io.StringIO()
    print_bucket_tables(Console(file=out, width=80), "train", corpora)
    told = out.getvalue()
    assert f"films, train: {CLIPS} clips" in told
    (line,) = (line for line in told.splitlines() if "17 x 16 x 32" in line and "│" in line)
    assert [cell.strip() for cell in line.strip("│ ").split("│")] == ["17 x 16 x 32", "2", "5", "0 / 5", "11%", "0"]
    assert "1 / 2 shots" in told
    assert "left out: 1, for example clip-5:" in told
    assert "17 x 16 x 32: it has 13 frames at 16 fps, fewer than 17" in told


def test_many_kinds_of_reason_are_counted_together_after_the_largest() -> None:
    kinds = ("no_window", "too_small", "too_cropped")
    left_out = tuple(
        LeftOut(f"clip-{a}{b}{c}{twice}", tuple(Unfit(kind, "why") for kind in (one, two, three)))
        for a, one in enumerate(kinds)
        for b, two in enumerate(kinds)
        for c, three in enumerate(kinds)
        for twice in range(2 if (a, b, c) == (2, 2, 2) else 1)
    )
    sizes = tuple(BucketLine(Bucket(frames=5, height=16, width=16), 0, (), Fraction(0), 0) for _ in range(3))
    lines = list(left_out_lines(BucketTable(sizes, (), left_out)))
    assert lines[0] == "left out: 2, for example clip-2220:"
    assert lines[-1] == "left out: 17 more, for other reasons"
    assert sum(line.startswith("left out: 1, ") for line in lines) == 9


def test_a_table_of_many_shots_fits_a_terminal(tmp_path: Path) -> None:
    table = BucketTable(
        (BucketLine(Bucket(frames=81, height=480, width=832), 250_000, (1, 2, 3, 4, 5, 6), Fraction(1, 3), 12),), (), ()
    )
    corpus = OpenedCorpus("films", Fraction(1), CorpusStore(tmp_path), {}, "", table)
    out = io.StringIO()
    print_bucket_tables(Console(file=out, width=80), "train", [corpus])
    assert "│ 81 x 480 x 832 │     1 │ 250000 │       1 / 2 / 3 / 4 / 11 │     33% │   12 │" in out.getvalue()
    assert "1 / 2 / 3 / 4 / 5+ shots" in out.getvalue()
