"""What several commands take and say alike. Nothing heavy is imported."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn

import typer

USAGE = 2

Corpus = Annotated[Path, typer.Argument(help="The corpus folder (build's --out).", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output on standard output.")]

Overrides = Annotated[
    list[str] | None, typer.Option("--set", help="Override one setting: section.key=value. May be repeated.")
]


def existing_corpus(corpus: Path) -> Path:
    """``corpus``, if it is one; else the command ends."""
    if not is_corpus(corpus):
        fail(
            f"{corpus}: not a corpus (it has neither config.yaml nor manifest.parquet); "
            f"make one with: shotloom build FILMS --out {corpus}"
        )
    return corpus


def is_corpus(folder: Path) -> bool:
    return (folder / "config.yaml").is_file() or (folder / "manifest.parquet").is_file()


def fail(message: str) -> NoReturn:
    """Ends the command as used wrongly."""
    typer.echo(f"shotloom: {message}", err=True)
    raise typer.Exit(USAGE)
