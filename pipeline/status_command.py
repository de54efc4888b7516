"""``shotloom status``: the books of a corpus, for people and for scripts."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from pipeline.books import corpus_books, imbalances
from pipeline.build import BOOKS, DONE, books_line
from pipeline.corpus_folder import CorpusFolder


def print_status(corpus: Path, as_json: bool) -> int:
    """Returns the exit code: 1 when the books do not balance."""
    folder = CorpusFolder(str(corpus.resolve()))
    books = corpus_books(folder)
    problems = imbalances(books)
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
        typer.echo(json.dumps({"stages": stages, "problems": problems}, ensure_ascii=False))
        return BOOKS if problems else DONE
    if not books:
        typer.echo("nothing was built here yet")
    for stage in books:
        typer.echo(books_line(stage))
    for problem in problems:
        typer.echo(f"the books do not balance: {problem}")
    return BOOKS if problems else DONE
