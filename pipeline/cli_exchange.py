"""``shotloom import`` and ``shotloom export``: other people's formats on the command line."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli_words import AsJson, fail

import_app = typer.Typer(help="Take over other people's annotations as timelines.", no_args_is_help=True)
export_app = typer.Typer(help="Write a corpus, or what a run learnt, in other people's formats.", no_args_is_help=True)


class TransitionName(StrEnum):
    shot_transition = "shot_transition"
    transition = "transition"


class Split(StrEnum):
    train = "train"
    validation = "validation"
    test = "test"


@import_app.command(name="cinebench")
def import_cinebench(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Annotations, lists of them, or folders (searched for *_ultra_dense.json).", show_default=False
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="The folder for the timelines: made, or added to.")],
    fps: Annotated[str, typer.Option(help="Frames per second of the timelines: 24, or 24000/1001.")] = "24",
    seconds: Annotated[
        float | None,
        typer.Option(min=0.001, help="Length of every clip.", show_default="the latest time in its annotation"),
    ] = None,
    refs: Annotated[
        Path | None,
        typer.Option(help="Folder of the reference images.", show_default="reference_images beside the annotations"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """CineBenchSyn annotations as timelines: OUT/ID.timeline.json, their images in OUT/references.

    A timeline says in entities and events what shall happen when; `{shot_transition}` is written `{transition}`. What had to be
    left out or changed is said, never silent. Exit codes: 0 all were taken over, 1 some file is no annotation, 2 usage.

    Example: shotloom import cinebench CineBenchSyn/annotations --out timelines
    """
    from pipeline.import_command import ImportOptions, ImportUsageError, import_annotations

    try:
        code = import_annotations(files, ImportOptions(out, fps, seconds, refs), as_json)
    except ImportUsageError as error:
        fail(str(error))
    raise typer.Exit(code)


@export_app.command(name="cinebench")
def export_cinebench(
    corpus: Annotated[Path, typer.Argument(help="A corpus, or a folder of timelines.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="A folder of its own, new or of an earlier export.")],
    transition: Annotated[
        TransitionName, typer.Option(help="What cuts are called: their evaluation tests for shot_transition.")
    ] = TransitionName.shot_transition,
    split: Annotated[Split | None, typer.Option(help="Only the clips of this split.", show_default="all clips")] = None,
    as_json: AsJson = False,
) -> None:
    """A corpus as CineBenchSyn annotations: OUT/annotations/ID_ultra_dense.json, and OUT/index.json.

    Clips are numbered in the manifest's order. Their evaluation pairs the n-th annotation with the video of number n, from
    00001.mp4; index.json says which clip that is.

    Example: shotloom export cinebench corpus --out cinebench --split test
    """
    from pipeline.export_command import ExportError, ExportOptions, export_annotations

    try:
        done = export_annotations(corpus, ExportOptions(out, f"{{{transition.value}}}", split and split.value))
    except ExportError as error:
        fail(str(error))
    typer.echo(done.json() if as_json else done.text())
