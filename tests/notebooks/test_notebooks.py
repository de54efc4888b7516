"""Every notebook runs from top to bottom."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from benchmarks.miniature.results import STORED, MiniatureResults, table

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
SAID = {
    "01-build-a-corpus": ("image/png", "all right", "{camera}"),
    "02-train-in-miniature": ("image/png", "| mask only |", "| both |", "chance", "processor minutes"),
}


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_runs_and_shows_what_it_says(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute(cwd=str(path.parent))
    shown = str([cell.get("outputs") for cell in notebook.cells])
    assert [each for each in SAID[path.stem] if each not in shown] == []


def stored(name: str) -> list[dict[str, object]]:
    cells = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4).cells
    return [output for cell in cells for output in cell.get("outputs", ())]


def test_the_notebook_that_builds_is_stored_without_outputs() -> None:
    assert stored("01-build-a-corpus") == []


def test_the_notebook_of_the_miniature_shows_the_stored_results() -> None:
    """Where nothing runs, too. Made by ``python -m benchmarks.miniature.notebook``."""
    outputs = stored("02-train-in-miniature")
    (shown,) = (output["data"]["text/markdown"] for output in outputs if "text/markdown" in output.get("data", {}))
    assert shown == table(MiniatureResults.read(STORED / "results.json"))
    assert sum("image/jpeg" in output.get("data", {}) for output in outputs) == 2
    cells = nbformat.read(FOLDER / "02-train-in-miniature.ipynb", as_version=4).cells
    assert all(cell.outputs for cell in cells if cell.cell_type == "code")


def test_stored_outputs_name_no_folder_of_whoever_ran_it() -> None:
    outputs = stored("02-train-in-miniature")
    assert not [output for output in outputs if output.get("name") == "stderr"]
    assert ".venv" not in str(outputs)
