"""The command line. Heavy modules are imported inside the commands, so that ``--help`` answers at once."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli_exchange import export_app, import_app
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


class TextChoice(StrEnum):
    shots = "shots"
    events = "events"
    both = "both"


class TimesChoice(StrEnum):
    off = "off"
    sampled = "sampled"
    integrated = "integrated"
    centre = "centre"


class PillarName(StrEnum):
    Camera = "Camera"
    Lighting = "Lighting"
    Setup = "Setup"
    Events = "Events"


class AskedBackend(StrEnum):
    server = "server"
    vllm = "vllm"
    transformers = "transformers"


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


@app.command()
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


@app.command()
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


@app.command()
def sample(
    timeline: Annotated[
        Path,
        typer.Option(
            "--timeline",
            help="What shall happen when: a clip record, a timeline, a CineBenchSyn annotation (.json), or a short .yaml.",
            show_default=False,
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="The video to write (.mp4).", show_default=False)],
    model: Annotated[
        str, typer.Option("--model", help="A Wan2.1 text-to-video release for diffusers: hub id or folder.")
    ] = "Wan-AI/Wan2.1-T2V-1.3B-Diffusers",
    revision: Annotated[str, typer.Option("--revision", help="Of the hub id.", show_default="main")] = "",
    transformer: Annotated[
        Path | None,
        typer.Option("--transformer", help="A folder of `export model`, in place of the release's own transformer."),
    ] = None,
    lora: Annotated[Path | None, typer.Option("--lora", help="Adapters to put on the model (.safetensors).")] = None,
    as_trained: Annotated[
        Path | None,
        typer.Option(
            "--as-trained",
            metavar="CONFIG",
            help="Words, times, masks and rate as the run of these YAML settings has them.",
        ),
    ] = None,
    text: Annotated[
        TextChoice | None,
        typer.Option(
            "--text",
            help="Which words are told: captions per shot, events, or both.",
            show_default="shots; events where there are no captions",
        ),
    ] = None,
    times: Annotated[
        TimesChoice | None,
        typer.Option(
            "--times",
            help="How events are placed in time; off for a model that was not trained with them.",
            show_default="off",
        ),
    ] = None,
    masks: Annotated[
        bool | None,
        typer.Option("--masks/--no-masks", help="Keep shots apart in layers 6 to 27.", show_default="masks"),
    ] = None,
    size: Annotated[str, typer.Option("--size", help="Width x height, multiples of 16.")] = "832x480",
    steps: Annotated[int, typer.Option("--steps", min=1, help="Steps from noise to video.")] = 50,
    guidance: Annotated[float, typer.Option("--guidance", min=1, help="1 asks for no negative.")] = 5.0,
    negative: Annotated[str, typer.Option("--negative", help="What the video shall not be like.")] = "",
    shift: Annotated[float | None, typer.Option("--shift", help="Of the noise.", show_default="the release's")] = None,
    seed: Annotated[int, typer.Option("--seed", min=0)] = 0,
    most_frames: Annotated[int, typer.Option("--most-frames", min=5, help="Longer requests are refused.")] = 161,
    device: Annotated[str, typer.Option("--device", help="cuda, cpu, or auto: a GPU if there is one.")] = "auto",
    as_json: AsJson = False,
) -> None:
    """Make a video from a timeline with a Wan2.1 model: shots cut where the timeline says.

    Cuts lie between latents, four frames each: the nearest one is taken, and what was asked for and what was taken is printed.
    Without training, shot masks cut an unchanged model's videos where they are told (--times off); a tuned model takes the settings
    of its run with --as-trained. With --json what was taken is printed as one object. docs/sampling.md has the YAML.

    Example: shotloom sample --timeline pier.yaml --out pier.mp4
    """
    from pipeline.sample_wish import SampleError, SampleWish, asked_video

    wish = SampleWish(
        timeline=timeline,
        out=out,
        model=model,
        revision=revision,
        transformer=transformer,
        lora=lora,
        as_trained=as_trained,
        text=text.value if text else None,
        times=times.value if times else None,
        masks=masks,
        size=size,
        steps=steps,
        guidance=guidance,
        negative=negative,
        shift=shift,
        seed=seed,
        most_frames=most_frames,
        device=device,
    )
    try:
        asked = asked_video(wish)
        from pipeline.sample_command import make_video

        make_video(asked, as_json)
    except SampleError as error:
        fail(str(error))


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
