"""Runs notebooks/02-train-in-miniature.ipynb and stores what it shows, so that it can be read where nothing runs:

    python -m benchmarks.miniature.notebook

Of pictures the JPEG is kept, a tenth of the PNG; of what is written, not the warnings.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "02-train-in-miniature.ipynb"


def main() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    metadata = notebook.metadata.copy()
    NotebookClient(notebook, timeout=300, kernel_name="python3", record_timing=False).execute(cwd=str(NOTEBOOK.parent))
    notebook.metadata = metadata
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [_small(output) for output in cell.outputs if output.get("name") != "stderr"]
    nbformat.write(notebook, NOTEBOOK)


def _small(output: Any) -> Any:
    if "image/jpeg" in output.get("data", {}):
        output.data.pop("image/png", None)
    return output


if __name__ == "__main__":
    main()
