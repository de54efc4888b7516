"""``shotloom coverage``, ``questions``: cinematic language on the command line."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli_words import AsJson, Corpus, existing_corpus, fail


class PillarName(StrEnum):
    Camera = "Camera"
    Lighting = "Lighting"
    Setup = "Setup"
    Events = "Events"


class AskedBackend(StrEnum):
    server = "server"
    vllm = "vllm"
    transformers = "transformers"


def coverage(
    corpus: Corpus,
    pillar: Annotated[
        list[PillarName] | None, typer.Option("--pillar", help="Only this pillar. May be repeated.", show_default="all")
    ] = None,
    tags: Annotated[
        Path | None,
        typer.Option(
            "--tags", help="Also write the clips' tags to this Parquet file, for filter.tags.", metavar="FILE"
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Hold the clips' tags against the 76 nodes of cinematic control: counts, evenness, what is missing.

    With --tags FILE the tags can be balanced by in a later build; tags of clips that are not in this corpus stay in FILE.

    Example: shotloom coverage corpus --pillar Camera --tags tags.parquet
    """
    from pipeline.coverage_command import CoverageError, CoverageWish, coverage_text
    from pipeline.progress import Reporter

    wish = CoverageWish(existing_corpus(corpus), tags, tuple(each.value for each in pillar or PillarName), as_json)
    try:
        typer.echo(coverage_text(wish, Reporter(quiet=as_json)))
    except CoverageError as error:
        fail(str(error))


def questions(
    source: Annotated[
        str,
        typer.Argument(
            metavar="PROMPT_OR_FILE", help="A prompt, or a text file with one per line.", show_default=False
        ),
    ],
    model: Annotated[
        str,
        typer.Option("--model", help="The model: as the server calls it, or a hub id or folder.", show_default=False),
    ],
    server: Annotated[
        list[str] | None,
        typer.Option(
            "--server",
            help="An OpenAI-compatible server: http://localhost:8000/v1. May be repeated.",
            show_default=False,
        ),
    ] = None,
    backend: Annotated[
        AskedBackend, typer.Option("--backend", help="Who runs the model: a server, or this command itself.")
    ] = AskedBackend.server,
    revision: Annotated[
        str, typer.Option("--revision", help="Of the hub id; a server is not asked for it.", show_default="main")
    ] = "",
    key_variable: Annotated[
        str, typer.Option("--api-key-env", help="The environment variable that holds the server's key.", metavar="NAME")
    ] = "",
    pillar: Annotated[
        list[PillarName] | None, typer.Option("--pillar", help="Only this pillar. May be repeated.", show_default="all")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask a language model which of the 76 nodes of cinematic control a prompt mentions, and for a question about each.

    Each node comes with the words that mention it, a score from 0 to 1, a reason, and one question by which people rate a video
    from 1 (not at all) to 5 (strongly). What the model says is held to the prompt: docs/questions.md. With --json one object per
    prompt and line. Exit codes: 0 done, 1 a prompt could not be asked about, 2 usage, or nobody can be asked.

    Example: shotloom questions "A slow push in on a woman in soft light." --server http://localhost:8000/v1 --model Qwen/Qwen3-8B
    """
    from pipeline.questions_command import QuestionsError, QuestionsWish, print_questions

    wish = QuestionsWish(
        source=source,
        backend=backend.value,
        servers=tuple(server or ()),
        model=model,
        revision=revision,
        key_variable=key_variable,
        pillars=tuple(each.value for each in dict.fromkeys(pillar or PillarName)),
    )
    try:
        code = print_questions(wish, as_json)
    except QuestionsError as error:
        fail(str(error))
    raise typer.Exit(code)


def add_language_commands(app: typer.Typer) -> None:
    app.command()(coverage)
    app.command()(questions)
