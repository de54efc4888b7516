"""The command line. Heavy modules are imported inside the commands, so that ``--help`` answers at once."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli_exchange import export_app, import_app
from pipeline.cli_language import add_language_commands
from pipeline.cli_sample import add_sample_command
from pipeline.cli_training import add_training_commands, settings_of_run
from pipeline.cli_words import AsJson, Corpus, Overrides, existing_corpus, fail

app = typer.Typer(
    name="shotloom",
    help="Builds multi-shot video training corpora: films in, WebDataset shards with exact cuts and entity events out.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

app.add_typer(import_app, name="import")
app.add_typer(export_app, name="export")
add_training_commands(app, export_app)


class Stage(StrEnum):
    scan = "scan"
    select = "select"
    cut = "cut"
    annotate = "annotate"
    pack = "pack"


Films = Annotated[
    list[Path],
    typer.Argument(
        help="Films, folders (searched for any files), or lists: .txt with a path per line, .csv or .parquet with "
        "columns path, license, attribution, url, split, metadata.",
        show_default=False,
    ),
]
ConfigFile = Annotated[Path | None, typer.Option("--config", help="YAML settings.", show_default="configs/laptop.yaml")]


@app.command()
def build(
    films: Films,
    out: Annotated[Path, typer.Option("--out", help="The corpus folder: made, or brought up to date.")],
    config: ConfigFile = None,
    overrides: Overrides = None,
    until: Annotated[Stage, typer.Option(help="Stop after this stage.")] = Stage.pack,
    limit: Annotated[int | None, typer.Option(min=1, help="Take only the first N films.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, with an estimate.")] = False,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Try again what failed in an earlier run.")
    ] = False,
) -> None:
    """Build a corpus from films, or bring it up to date.

    Run it again with the same arguments to finish what is missing; new films are appended, changed settings redo their stage
    and what follows. Exit codes: 0 done, 1 the books do not balance, 2 usage, 3 no clip came out, 4 more failures than
    limits.failed allows.

    Example: shotloom build films/ --out corpus --set filter.duration.min=3
    """
    from captioning.asks import BackendUnusableError
    from operators.picture_models.weights import WeightsError
    from pipeline.balance_tags import check_balance_tags
    from pipeline.build import BuildError, BuildOptions, build_corpus
    from pipeline.config import DEFAULT_CONFIG, load_config
    from pipeline.config_file import ConfigError
    from pipeline.dry_run import print_plan
    from pipeline.films_input import InputError, list_films
    from pipeline.progress import Reporter

    try:
        settings = load_config(config or DEFAULT_CONFIG, overrides or [])
        check_balance_tags(settings)
        inputs = list_films([str(film) for film in films], str(out))[:limit]
        reporter = Reporter()
        if dry_run:
            print_plan(inputs, out, settings)
            return
        code = build_corpus(inputs, out, settings, BuildOptions(until.value, retry_failed), reporter)
    except (ConfigError, InputError, BuildError, WeightsError, BackendUnusableError) as error:
        fail(str(error))
    if code == 0 and until == Stage.pack:
        reporter.say(f"corpus: {out}  (look at it with: shotloom report {out})")
    raise typer.Exit(code)


@app.command()
def shots(
    films: Films,
    config: ConfigFile = None,
    overrides: Overrides = None,
    as_json: AsJson = False,
) -> None:
    """Find shots and transitions in films; writes nothing.

    With --json one object per film and line. Frames are 0-based and half-open: [336, 336] is a hard cut whose new shot starts
    at frame 336, [930, 954] a dissolve of 24 frames.
    """
    from pipeline.config import DEFAULT_CONFIG, load_config
    from pipeline.config_file import ConfigError
    from pipeline.films_input import InputError, list_films
    from pipeline.shots_command import find_shots

    try:
        settings = load_config(config or DEFAULT_CONFIG, overrides or [])
        inputs = list_films([str(film) for film in films])
    except (ConfigError, InputError) as error:
        fail(str(error))
    raise typer.Exit(find_shots(inputs, settings, as_json))


@app.command()
def status(corpus: Corpus, as_json: AsJson = False) -> None:
    """Show the books: sources, candidates and clips; kept, dropped by reason, failed by reason."""
    from pipeline.status_command import print_status

    raise typer.Exit(print_status(existing_corpus(corpus), as_json))


@app.command()
def explain(
    corpus: Corpus,
    identity: Annotated[
        str, typer.Argument(metavar="ID", help="A source (path, name or sha256), candidate or clip key.")
    ],
    as_json: AsJson = False,
) -> None:
    """Tell the whole story of a source, candidate or clip: every score, limit and decision."""
    from pipeline.explain_command import UnknownIdError, explain_id

    try:
        lines = explain_id(existing_corpus(corpus), identity, as_json)
    except UnknownIdError as error:
        fail(str(error))
    typer.echo("\n".join(lines))


@app.command()
def verify(corpus: Corpus, as_json: AsJson = False) -> None:
    """Check a corpus: checksums, schema, and every clip against its plan by decoding. Needs no sources.

    Exit codes: 0 all is right, 1 something is not.
    """
    from pipeline.verify_command import verify_corpus

    raise typer.Exit(verify_corpus(existing_corpus(corpus), as_json))


@app.command()
def report(corpus: Corpus) -> None:
    """Write CORPUS/report/index.html: the funnel with reasons, distributions, every clip on its timeline."""
    from pipeline.report_command import report_corpus

    typer.echo(f"report: {report_corpus(existing_corpus(corpus))}")


@app.command()
def inspect(
    corpus: Corpus,
    key: Annotated[str, typer.Argument(help="The clip's key.", show_default=False)],
    out: Annotated[Path | None, typer.Option("--out", help="Where the picture goes.", show_default="KEY.png")] = None,
    as_trained: Annotated[
        Path | None,
        typer.Option("--as-trained", metavar="CONFIG", help="Show what the run of these YAML settings sees of it."),
    ] = None,
    epoch: Annotated[int, typer.Option("--epoch", min=0, help="Of the run, with --as-trained.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Show a clip as text, and as a PNG: a film strip over its shots, joins and events.

    With --as-trained: the window and the frames that a model sees, cuts on latents, words with their tokens' times, masks.
    """
    from pipeline.inspect_command import UnknownClipError, inspect_clip

    try:
        if as_trained is None:
            text, picture = inspect_clip(existing_corpus(corpus), key, out, as_json)
        else:
            settings = settings_of_run(as_trained, [], starts=False)
            from pipeline.trained_command import TrainedViewError, TrainedWish, inspect_as_trained

            try:
                wish = TrainedWish(existing_corpus(corpus), key, settings, epoch, out)
                text, picture = inspect_as_trained(wish, as_json)
            except TrainedViewError as error:
                fail(str(error))
    except UnknownClipError as error:
        fail(str(error))
    typer.echo(text)
    typer.echo(f"picture: {picture}", err=True)


add_language_commands(app)
add_sample_command(app)


@app.command(name="sample-films")
def sample_films(folder: Annotated[Path, typer.Argument(help="Where the films go.", show_default=False)]) -> None:
    """Render sample films with known truth: camera moves, cuts, fades, dissolves, wipes."""
    from pipeline.sample_films_command import render

    render(folder)


def main() -> None:
    code = 0
    try:
        app()
    except _damage() as error:
        typer.echo(f"shotloom: {error}; `shotloom verify` says more, the build command makes it anew", err=True)
        code = 1
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except KeyboardInterrupt:
        typer.echo("shotloom: stopped; the same command goes on from here", err=True)
        code = 130
    _end(code)


def _damage() -> tuple[type[Exception], ...]:
    """What a damaged or foreign corpus raises. Asked for only when something was raised, since it imports Arrow."""
    from formats.invariants import ClipError
    from formats.manifest import ManifestError
    from formats.references import ReferencesError
    from formats.shard_reader import ShardError

    return ClipError, ManifestError, ReferencesError, ShardError


def _end(code: int) -> None:
    """Once in some tens of runs a thread of Arrow's (seen with 26.0: "terminate called without an active exception") aborts the
    process while Python is taken down. All files are written and children ended by then, so the process ends without that."""
    if "pyarrow" not in sys.modules:
        sys.exit(code)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
