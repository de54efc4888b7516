"""``shotloom status``: the books of a corpus, for people and for scripts."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import typer

from pipeline.alignment_books import alignment_books
from pipeline.books import corpus_books, imbalances
from pipeline.build import BOOKS, DONE, books_line
from pipeline.caption_books import caption_books
from pipeline.corpus_folder import CorpusFolder
from pipeline.progress import visible
from pipeline.reference_books import reference_books


def print_status(corpus: Path, as_json: bool) -> int:
    """Returns the exit code: 1 when the books do not balance."""
    folder = CorpusFolder(str(corpus.resolve()))
    books = corpus_books(folder)
    problems = imbalances(books)
    captions = caption_books(folder)
    looks = {"references": reference_books(folder), "alignment": alignment_books(folder)}
    if as_json:
        stages = [
            {
                "stage": stage.name,
                "unit": stage.unit,
                "in": stage.incoming,
                "kept": stage.kept,
                "dropped": dict(sorted(stage.dropped.items())),
                "failed": dict(sorted(stage.failed.items())),
                "behind": stage.behind,
            }
            for stage in books
        ]
        parts = {"captions": captions, **looks}
        told = {"stages": stages, "problems": problems} | {name: asdict(part) for name, part in parts.items() if part}
        typer.echo(json.dumps(told, ensure_ascii=False))
        return BOOKS if problems else DONE
    if not books:
        typer.echo("nothing was built here yet")
    for stage in books:
        typer.echo(books_line(stage))
    if captions:
        typer.echo(visible(captions.line))
    for part in looks.values():
        if part:
            typer.echo(part.line)
    for problem in problems:
        typer.echo(f"the books do not balance: {problem}")
    return BOOKS if problems else DONE
