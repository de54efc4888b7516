"""``shotloom questions``: which nodes of cinematic control prompts mention, and a question about each for judges of videos."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import typer
from pydantic import ValidationError

from captioning.asks import AskBackend, AskError, BackendUnusableError
from captioning.backends import open_models
from captioning.conversation.prompt_file import prompt
from captioning.conversation.result import ConversationError
from captioning.conversation.settings import ConversationSettings
from captioning.questions.of_prompt import PromptQuestions, questions_of_prompt
from captioning.questions.pillar_question import MOST_PROMPT_CHARACTERS, PROMPT
from captioning.serving import CaptionServingSettings
from captioning.settings import CaptionSettings, ModelChoice, RoleModels
from captioning.taxonomy.nodes import Pillar
from pipeline.progress import Reporter, visible

MOST_FILE_BYTES = 64 * 1024 * 1024
_SETTINGS = ConversationSettings(language="any", answer_tokens=4096)
_SHOWN_CHARACTERS = 100


class QuestionsError(ValueError):
    """The command was used in a way that cannot work, or nobody can be asked."""


@dataclass(frozen=True)
class QuestionsWish:
    """``source``: a prompt, or a file of them. ``backend``, ``model``, ``revision``: as ``captions`` has them; ``servers``,
    ``key_variable``: as ``engine.captions`` has them, for the backend of that name."""

    source: str
    backend: Literal["server", "vllm", "transformers"]
    servers: tuple[str, ...]
    model: str
    revision: str
    key_variable: str
    pillars: tuple[Pillar, ...]


@dataclass(frozen=True)
class Asked:
    """One prompt with what came of it, or ``error``."""

    prompt: str
    found: PromptQuestions | None
    error: str


def print_questions(wish: QuestionsWish, as_json: bool) -> int:
    """One block, or with ``as_json`` one line, per prompt, in their order. Returns the exit code: 1 when a prompt could not be
    asked about. Raises ``QuestionsError``."""
    return asyncio.run(_print(wish, read_prompts(wish.source), as_json))


def read_prompts(source: str) -> tuple[str, ...]:
    """The lines of a file that have words, or ``source`` itself. A single word is meant as a file. Raises ``QuestionsError``."""
    path = _file_of(source)
    if path is None:
        if len(source.split()) < 2:
            raise QuestionsError(f"{source!r}: no such file, and no prompt: a prompt has more than one word")
        return (_checked(source, "the prompt"),)
    if path.stat().st_size > MOST_FILE_BYTES:
        raise QuestionsError(f"{path}: larger than {MOST_FILE_BYTES} bytes")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionsError(f"{path}: cannot be read as text in UTF-8: {error}") from None
    prompts = [_checked(line, f"{path}, line {number}") for number, line in enumerate(lines, start=1) if line.strip()]
    if not prompts:
        raise QuestionsError(f"{path}: holds no prompt; write one per line")
    return tuple(prompts)


def _file_of(source: str) -> Path | None:
    try:
        return Path(source) if Path(source).is_file() else None
    except OSError:  # a prompt may be longer than a file's name can be
        return None


def _checked(text: str, place: str) -> str:
    if len(text) > MOST_PROMPT_CHARACTERS:
        raise QuestionsError(f"{place}: {len(text)} characters, at most {MOST_PROMPT_CHARACTERS} are asked about")
    return text.strip()


async def _print(wish: QuestionsWish, prompts: Sequence[str], as_json: bool) -> int:
    settings, serving = _chosen(wish)
    failed = 0
    try:
        models = await open_models(settings, serving)
        try:
            with Reporter(quiet=as_json or len(prompts) == 1).stage("questions", "prompts", len(prompts), 0) as advance:
                window = max(1, serving.in_flight // len(wish.pillars))
                async for asked in _in_order(prompts, wish.pillars, models.clip, window):
                    typer.echo(_as_json(asked, models.clip) if as_json else _as_text(asked))
                    failed += bool(asked.error)
                    advance(failed=bool(asked.error))
        finally:
            await models.close()
    except BackendUnusableError as error:
        raise QuestionsError(str(error)) from None
    return int(failed > 0)


def _chosen(wish: QuestionsWish) -> tuple[CaptionSettings, CaptionServingSettings]:
    if wish.backend == "server" and not wish.servers:
        raise QuestionsError("--server: name at least one, or let this command run the model: --backend transformers")
    if wish.backend != "server" and (wish.servers or wish.key_variable):
        raise QuestionsError(f"--server and --api-key-env go with --backend server, not with {wish.backend}")
    try:
        serving = CaptionServingSettings(endpoints=wish.servers, api_key_env=wish.key_variable)
        models = RoleModels(clip=ModelChoice(id=wish.model, revision=wish.revision))
        return CaptionSettings(backend=wish.backend, models=models), serving
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = (
            "--api-key-env"
            if "api_key_env" in first["loc"]
            else "--server"
            if "endpoints" in first["loc"]
            else "--model"
        )
        raise QuestionsError(f"{where}: {first['msg']}") from None


async def _in_order(
    prompts: Sequence[str], pillars: tuple[Pillar, ...], backend: AskBackend, window: int
) -> AsyncIterator[Asked]:
    """At most ``window`` prompts are being asked about at once."""
    tasks: deque[asyncio.Task[Asked]] = deque()
    waiting = enumerate(prompts)
    try:
        for number, text in waiting:
            tasks.append(asyncio.create_task(_ask(number, text, pillars, backend)))
            if len(tasks) == window:
                yield await tasks.popleft()
        while tasks:
            yield await tasks.popleft()
    finally:
        for task in tasks:
            task.cancel()


async def _ask(number: int, text: str, pillars: tuple[Pillar, ...], backend: AskBackend) -> Asked:
    try:
        return Asked(text, await questions_of_prompt(f"prompt-{number}", text, pillars, backend, _SETTINGS), "")
    except (ConversationError, AskError) as error:
        return Asked(text, None, str(error))


def _as_json(asked: Asked, backend: AskBackend) -> str:
    words: dict[str, list[str]] = {}
    value: dict[str, object] = {"prompt": asked.prompt, "error": asked.error, "words": words, "questions": []}
    if asked.found is not None:
        words |= {each.pillar: list(each.words) for each in asked.found.pillars}
        value["questions"] = [asdict(question) for each in asked.found.pillars for question in each.questions]
        value["counts"] = asked.found.counts.model_dump(mode="json")
    made_by = {"model": backend.model.id, "revision": backend.model.revision, "asked": prompt(PROMPT).sha256}
    return json.dumps(value | made_by, ensure_ascii=False)


def _as_text(asked: Asked) -> str:
    short = asked.prompt if len(asked.prompt) <= _SHOWN_CHARACTERS else f"{asked.prompt[:_SHOWN_CHARACTERS]} …"
    return "\n".join(visible(line) for line in (short, *_lines(asked)))


def _lines(asked: Asked) -> Iterator[str]:
    if asked.found is None:
        yield f"  failed: {asked.error}"
        return
    questions = [question for each in asked.found.pillars for question in each.questions]
    for one in questions:
        yield f"  {one.node}  ({', '.join(one.words)}; {one.score:.2f})"
        yield f"    {one.question}"
    if not questions:
        yield "  mentions no node"
