"""``shotloom shots``: transitions of films on standard output; writes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import typer

from pipeline.build import DONE, NO_CLIPS
from pipeline.config import Config
from pipeline.films_input import FilmInput
from pipeline.progress import visible
from pipeline.sandbox import SandboxReply
from pipeline.sandbox_pool import Arguments, run_in_sandboxes
from pipeline.stages.run import ENGINE_REASONS

_EMPTY = {"error": "", "fps": "0/1", "vfr": False, "time_base": "0/1", "stream": -1, "frames": 0, "transitions": []}


def find_shots(films: Sequence[FilmInput], config: Config, as_json: bool) -> int:
    """Returns the exit code: 0, or 3 when no film could be read."""
    readable = [film for film in films if not film.problem]
    replies = run_in_sandboxes(
        "operators.scan:film_transitions_task",
        [_job(film, config) for film in readable],
        config.limits.film_seconds,
        config.limits,
    )
    good = 0
    for film in films:
        answer = _answer(film, None if film.problem else next(replies))
        good += not answer["error"]
        typer.echo(json.dumps(answer, ensure_ascii=False) if as_json else _text(answer))
    return DONE if good else NO_CLIPS


def _job(film: FilmInput, config: Config) -> Callable[[], Arguments]:
    arguments: Arguments = {
        "path": film.path,
        "scan": config.scan.model_dump(mode="json"),
        "split": config.split.model_dump(mode="json"),
    }
    return lambda: arguments


def _answer(film: FilmInput, reply: SandboxReply | None) -> dict[str, object]:
    path = film.path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    if reply is None:
        return {"path": path, **_EMPTY, "error": film.problem}
    if reply.outcome == "done":
        return {"path": path, "error": "", **reply.value}
    reason = reply.reason if reply.outcome == "failed" else ENGINE_REASONS[reply.outcome]
    return {"path": path, **_EMPTY, "error": f"{reason}: {reply.detail}".rstrip(": ")}


def _text(answer: dict[str, object]) -> str:
    path = visible(str(answer["path"]))
    if answer["error"]:
        return f"{path}\n  failed: {visible(str(answer['error']))}"
    rate = "variable rate" if answer["vfr"] else f"{answer['fps']} frames/s"
    lines = [f"{path}\n  {answer['frames']} frames, {rate}"]
    transitions = answer["transitions"]
    assert isinstance(transitions, list)
    for found in transitions:
        start, end = found["frames"]
        where = f"before frame {start}" if start == end else f"frames {start} to {end - 1}"
        lines.append(f"  {found['kind']:<9} {where:<24} confidence {found['confidence']:.2f}")
    return "\n".join(lines)
