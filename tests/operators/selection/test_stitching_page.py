"""The worked example in docs/stitching.md, computed from the page's own tables."""

import re
from pathlib import Path

from operators.select import SelectSettings, select_film

PAGE = Path(__file__).parents[3] / "docs" / "stitching.md"
SETTINGS = SelectSettings.model_validate(
    {
        "shots": {"min_frames": 5},
        "defade": {"margin": 2, "margin_percent": 0},
        "stitch": {"rejoin": {"confidence": 0.5, "similarity": 0.9}, "band": {"min": 0.5, "max": 0.95}},
        "filter": {"duration": {"min": 8, "max": 15}, "shots": {"min": 2, "max": 4}},
    }
)
ROW = re.compile(
    r"^\| (\d+)-(\d+) \| (cut|dissolve|end)(?: (\d+)-(\d+))? \| ([0-9.]*) ?\| ([0-9.]*) ?\|$", re.MULTILINE
)


def test_the_worked_example_comes_out_as_the_page_says(build_film, piece):
    page = PAGE.read_text(encoding="utf-8")
    pieces, alike = [], {}
    for number, (start, end, kind, gap_start, gap_end, confidence, similarity) in enumerate(ROW.findall(page)):
        gap = int(gap_end) - int(gap_start) if gap_end else 0
        last = kind == "end"
        pieces.append(piece(int(end) - int(start), look=number, kind="cut" if last else kind, gap=gap))
        if not last:
            pieces[-1] = piece(pieces[-1].frames, number, kind, gap, float(confidence))
            alike[(number,), (number + 1,)] = float(similarity)
    assert len(pieces) == 6
    film = build_film(pieces)
    selection = select_film(
        film.scan, film.accepted, film.pts, lambda one, other: alike.get((one, other), 0.0), SETTINGS
    )

    assert [row.verdict.reason for row in selection.transitions] == ["false_cut", "", "", "", ""]
    assert [link.verdict.reason for link in selection.links] == ["", "", "", "too_unlike"]
    clips = [
        " and ".join("{}-{}".format(*shot.source_frames) for shot in row.plan.shots) for row in selection.candidates
    ]
    assert clips == re.findall(r"\| clip of ([0-9]+-[0-9]+ and [0-9]+-[0-9]+) \|", page)
    said = re.findall(r"\| (\d+)-(\d+) dropped: `(\w+)`, ([0-9.]+), limit ([0-9.]+) \|", page)
    found = [(row.frames, row.verdict) for row in selection.shots if row.verdict.outcome == "dropped"]
    assert [(start, end, verdict.reason, verdict.value, verdict.limit) for (start, end), verdict in found] == [
        (int(start), int(end), reason, float(value), float(limit)) for start, end, reason, value, limit in said
    ]
    assert len(found) == 2
