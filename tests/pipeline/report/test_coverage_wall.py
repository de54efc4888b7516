from __future__ import annotations

import dataclasses
from pathlib import Path

from captioning.taxonomy.coverage import CoverageCounter
from captioning.taxonomy.nodes import taxonomy
from formats.clip_record import ClipRecord, Tag
from pipeline.report.build import write_report
from pipeline.report.coverage_wall import CoverageWall, coverage_wall

FLAT = "Camera -> Trajectory -> Camera Movement -> 2D"
HAIR = "Setup -> Subjects -> Hair"


def wall(record: ClipRecord, *tags: tuple[int, str, str]) -> CoverageWall:
    counter = CoverageCounter()
    made = tuple(Tag(shot=shot, node=node, value=value, origin="measured") for shot, node, value in tags)
    counter.add(record.model_copy(update={"tags": made}))
    return coverage_wall(counter.coverage())


def test_the_wall_has_a_cell_per_value_and_no_two_overlap(make_record) -> None:
    found = wall(make_record(0))
    closed = sum(len(node.closed) for node in taxonomy().nodes)
    assert len(found.cells) == closed + sum(node.values == "OPEN" for node in taxonomy().nodes)
    assert len({(cell.x, cell.y) for cell in found.cells}) == len(found.cells)
    assert len({cell.x for cell in found.cells}) == 76
    for cell in found.cells:
        assert 0 <= cell.x <= found.width - cell.width + 0.01
        assert 0 <= cell.y <= found.height - cell.height
    assert [label.text for label in found.labels] == ["Camera 0/12", "Lighting 0/10", "Setup 0/36", "Events 0/18"]


def test_a_cell_is_as_full_as_its_value_is_common(make_record) -> None:
    record = make_record(0)
    assert len(record.shots) == 2
    found = wall(record, (0, FLAT, "Pan left"), (-1, FLAT, "Zoom in"), (0, HAIR, "grey"))
    levels = {cell.label: cell.level for cell in found.cells if cell.level}
    assert levels == {f"{FLAT}: Pan left: 1 shots": 4, f"{FLAT}: Zoom in: 2 shots": 5, f"{HAIR}: grey: 1 shots": 4}
    tile = found.tiles[0]
    assert [(chip.value, chip.shots) for chip in tile.chips] == [
        ("Zoom in", 2),
        ("Pan left", 1),
        ("Pan right", 0),
        ("Tilt up", 0),
        ("Tilt down", 0),
        ("Zoom out", 0),
    ]
    assert tile.summary == "2 shots (100%) in 1 clips, 0.92 of 2.58 bits"


def test_an_open_node_with_thousands_of_values_stays_small(make_record) -> None:
    found = wall(make_record(0), *((0, HAIR, f"hair {number}") for number in range(3000)))
    assert len([cell for cell in found.cells if cell.level]) == 12
    assert (len(found.tiles[0].chips), found.tiles[0].hidden) == (40, 2960)


def test_the_report_shows_the_wall_and_runs_nothing_that_a_tag_says(make_report, make_record, tmp_path: Path) -> None:
    counter = CoverageCounter()
    evil = Tag(shot=0, node=HAIR, value="<script>alert(1)</script>", origin="<b>who</b>")
    counter.add(make_record(0).model_copy(update={"tags": (evil,)}))
    page = write_report(dataclasses.replace(make_report(), coverage=counter.coverage()), tmp_path).read_text()
    assert 'id="language"' in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page
    assert "<b>who</b>" not in page


def test_a_corpus_without_clips_has_a_dark_wall(make_report, tmp_path: Path) -> None:
    empty = dataclasses.replace(make_report(), coverage=CoverageCounter().coverage())
    assert "No shot has a tag yet." in write_report(empty, tmp_path).read_text()
