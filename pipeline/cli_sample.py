"""``shotloom sample``: a video from a timeline, on the command line."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli_words import AsJson, fail


class TextChoice(StrEnum):
    shots = "shots"
    events = "events"
    both = "both"


class TimesChoice(StrEnum):
    off = "off"
    sampled = "sampled"
    integrated = "integrated"
    centre = "centre"


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


def add_sample_command(app: typer.Typer) -> None:
    app.command()(sample)
