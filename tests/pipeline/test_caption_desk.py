"""A machine's desk: real clips in real children, a real server, and a short conversation of the test's own."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from pathlib import Path
from typing import Any

import pytest

from benchmarks.captions import busy
from captioning.asks import ASK_REASONS, Answer, Ask
from captioning.backends import endpoints, open_models
from captioning.backends.by_role import ModelBackends
from captioning.conversation.converse import converse
from captioning.conversation.result import ConversationCounts, ConversationError, ConversationResult
from captioning.conversation.roles import RoleBackends
from captioning.conversation.settings import ConversationSettings
from captioning.frames.sampled_clip import SampledClip, SampledShot
from captioning.protocol import ClipAnnotation
from captioning.serving import CaptionServingSettings
from captioning.settings import CaptionSettings
from captioning.stored_annotation import read_stored
from formats.clip_plan import MadeClip
from formats.clip_record import Caption, Model
from formats.film_scan import AudioStream
from pipeline.caption_desk import CaptionDesk
from pipeline.caption_task import CaptionReply, CaptionTask, DeskWork
from pipeline.sandbox import SandboxReply
from pipeline.sandbox_crew import SandboxCrew
from tests.numbered_film import RATE, write_numbered

pytestmark = pytest.mark.usefixtures("_short_rests")


@pytest.fixture
def _short_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "FIRST_REST_SECONDS", 0.02)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, MadeClip]]:
    """Twelve clips of two shots; clip ``n`` carries ``2 n + 1`` and ``2 n + 2``."""
    folder = tmp_path_factory.mktemp("clips")
    return [a_clip(folder, n) for n in range(12)]


def a_clip(folder: Path, n: int) -> tuple[Path, MadeClip]:
    path = write_numbered(folder / f"{n}.mp4", [(2 * n + 1, 6), (2 * n + 2, 6)])
    data = path.read_bytes()
    made = MadeClip(
        key=f"clip-{n}",
        fps=f"{RATE}/1",
        frames=12,
        width=192,
        height=112,
        shots=((0, 6), (6, 12)),
        audio=AudioStream(),
        bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        borders=(),
        encoder="test",
    )
    return path, made


async def per_shot(
    clip: SampledClip, measured: ClipAnnotation, backends: RoleBackends, settings: ConversationSettings
) -> ConversationResult:
    """One question per shot, all at once, and its answer as the shot's caption."""

    async def one(shot: SampledShot) -> Caption:
        ask = Ask(f"{clip.key}/{shot.index}", "", tuple(p.picture for p in shot.pictures), "", 32, 0.0, settings.seed)
        answer = await backends.shot.ask(ask)
        return Caption(shot=shot.index, kind="shot", text=answer.text, origin=backends.shot.model.id)

    captions = await asyncio.gather(*(one(shot) for shot in clip.shots))
    annotation = measured.model_copy(update={"captions": tuple(captions)})
    return ConversationResult(annotation=annotation, counts=ConversationCounts(asks=2, prompt_tokens=200))


def described(
    clips: list[tuple[Path, MadeClip]], out: Path, urls: list[str], converse: Any = per_shot, **serving: Any
) -> list[CaptionReply]:
    async def run() -> list[CaptionReply]:
        captions = CaptionSettings.model_validate({"backend": "server", "models": {"clip": {"id": "test/model"}}})
        limits = CaptionServingSettings.model_validate({"endpoints": urls, "request_seconds": 5, **serving})
        work = DeskWork(captions=captions, serving=limits, in_flight=8, workers=min(2, max(1, len(clips))))
        desk = CaptionDesk(work, await open_models(captions, limits), converse)
        try:
            return await asyncio.gather(*(desk.caption(task(made, path, out)) for path, made in clips))
        finally:
            await desk.close()

    return asyncio.run(run())


def task(made: MadeClip, path: Path, out: Path) -> CaptionTask:
    annotation = out / made.key[:2] / f"{made.key}.json"
    return CaptionTask(id=made.key, clip=path, made=made, annotation=annotation, wall_seconds=60, memory_mb=1000)


def seen_in(out: Path, n: int) -> list[list[int]]:
    annotation = read_stored((out / "cl" / f"clip-{n}.json").read_bytes())
    return [json.loads(caption.text)["seen"] for caption in annotation.captions]


def names(out: Path) -> set[str]:
    return {path.name for path in out.rglob("*") if path.is_file()}


def test_every_clip_gets_its_own_words_and_measurement_keeps_its_own(
    chat_server: Any, clips: list[tuple[Path, MadeClip]], tmp_path: Path
) -> None:
    replies = described(clips, tmp_path, [chat_server(seconds=0.05).url])
    assert [reply.reply.outcome for reply in replies] == ["done"] * 12
    assert all(0 < reply.seconds < 60 for reply in replies)
    for n in range(12):
        assert seen_in(tmp_path, n) == [[2 * n + 1], [2 * n + 2]]
    stored = read_stored((tmp_path / "cl" / "clip-0.json").read_bytes())
    assert stored.counts == ConversationCounts(asks=2, prompt_tokens=200)
    assert any(event.entity == "camera" for event in stored.events)
    assert names(tmp_path) - {"log.jsonl", "plan.json"} == {f"clip-{n}.json" for n in range(12)}


def test_a_server_of_every_fault_leaves_no_clip_with_anothers_words(
    chat_server: Any, clips: list[tuple[Path, MadeClip]], tmp_path: Path
) -> None:
    faults = ["429", "ok", "500", "garbage", "half", "ok", "drop", "hang", "cut", "503", "huge", "ok", "400", "deep"]
    server = chat_server(faults=faults)
    replies = described(clips, tmp_path, [server.url], request_seconds=2)
    failures = [(reply.reply.reason, reply.passing) for reply in replies if reply.reply.outcome != "done"]
    assert ("ask_refused", False) in failures
    assert all(reason in ASK_REASONS and passing for reason, passing in failures if reason != "ask_refused")
    again = [clip for clip, reply in zip(clips, replies, strict=True) if reply.passing]
    assert all(reply.reply.outcome == "done" for reply in described(again, tmp_path, [server.url]))
    done = [n for n in range(12) if (tmp_path / "cl" / f"clip-{n}.json").exists()]
    assert len(done) == 11
    for n in done:
        assert seen_in(tmp_path, n) == [[2 * n + 1], [2 * n + 2]]


def test_what_passes_is_told_apart_from_what_stands(
    chat_server: Any, clips: list[tuple[Path, MadeClip]], tmp_path: Path
) -> None:
    async def rejected(*_: Any) -> ConversationResult:
        raise ConversationError("answer_refused", "It will not say.", ConversationCounts(asks=3))

    (busy,) = described(clips[:1], tmp_path, [chat_server(faults=["500"] * 20).url])
    (never,) = described(clips[:1], tmp_path, [chat_server().url], rejected)
    assert (busy.reply.reason, busy.passing) == ("server_error", True)
    assert (never.reply.reason, never.passing, never.counts.asks) == ("answer_refused", False, 3)
    assert not (tmp_path / "cl" / "clip-0.json").exists()


def test_a_fault_of_ours_costs_one_clip(chat_server: Any, clips: list[tuple[Path, MadeClip]], tmp_path: Path) -> None:
    async def broken(clip: SampledClip, *rest: Any) -> ConversationResult:
        if clip.key == "clip-1":
            raise KeyError("a fault of ours")
        return await per_shot(clip, *rest)

    replies = described(clips[:3], tmp_path, [chat_server().url], broken)
    assert [reply.reply.outcome for reply in replies] == ["done", "crashed", "done"]
    assert (replies[1].reply.reason, replies[1].passing) == ("exception", True)
    assert "a fault of ours" in replies[1].reply.detail


def test_a_clip_that_is_no_film_is_its_own_failure(
    chat_server: Any, clips: list[tuple[Path, MadeClip]], tmp_path: Path
) -> None:
    (tmp_path / "bad.mp4").write_bytes(b"#EXTM3U\nhttp://127.0.0.1/x")
    replies = described([(tmp_path / "bad.mp4", clips[0][1]), clips[1]], tmp_path, [chat_server().url])
    assert [reply.reply.outcome for reply in replies] == ["failed", "done"]
    assert not replies[0].passing


def test_what_a_child_hands_over_is_not_trusted(
    chat_server: Any, clips: list[tuple[Path, MadeClip]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child that was taken over may hand over the pictures of another clip; the file names its clip."""
    real = SandboxCrew.run

    async def swapping(crew: SandboxCrew, name: str, arguments: dict[str, Any], *limits: Any) -> Any:
        path, made = clips[9]
        swapped = {"clip": str(path), "made": made.model_dump(mode="json")}
        return await real(crew, name, arguments | swapped, *limits)

    monkeypatch.setattr(SandboxCrew, "run", swapping)
    (reply,) = described(clips[:1], tmp_path, [chat_server().url])
    assert "the pictures are not those of clip clip-0" in reply.reply.detail
    assert not (tmp_path / "cl" / "clip-0.json").exists()


class SleepingModel:
    """Answers after 200 ms, and notes how many questions it has at once from when on."""

    model = Model(role="captioner", id="test/model", revision="", license="")

    def __init__(self) -> None:
        self.inside = 0
        self.noted: list[dict[str, float | str]] = []

    async def ask(self, ask: Ask) -> Answer:
        self._note("came", 1)
        await asyncio.sleep(0.2)
        self._note("left", -1)
        return Answer(ask.id, "", "stop", 0, 0)

    async def close(self) -> None:
        return None

    def _note(self, what: str, change: int) -> None:
        self.inside += change
        self.noted.append({"what": what, "at": time.monotonic(), "in_flight": self.inside})


def test_questions_in_flight_stay_as_many_as_allowed_from_clip_to_clip(
    clips: list[tuple[Path, MadeClip]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty clips of 48 questions in three rounds; what a child made of one stands for all, so that decoding keeps ahead."""
    path, made = clips[0]
    real = SandboxCrew.run
    prepared: dict[str, bytes] = {}

    async def quick(crew: SandboxCrew, name: str, arguments: dict[str, Any], *limits: Any) -> Any:
        if not prepared:
            reply = await real(crew, name, arguments, *limits)
            prepared.update({part: Path(arguments[part]).read_bytes() for part in ("sampled", "measured")})
            return reply
        await asyncio.sleep(0.02)
        for part, data in prepared.items():
            Path(arguments[part]).write_bytes(data)
        return SandboxReply("done")

    async def rounds(
        clip: SampledClip, measured: ClipAnnotation, backends: RoleBackends, settings: ConversationSettings
    ) -> ConversationResult:
        for _ in range(3):
            await asyncio.gather(*(backends.clip.ask(Ask(clip.key, "", (), "", 8, 0.0, 0)) for _ in range(16)))
        return ConversationResult(annotation=measured, counts=ConversationCounts())

    async def run(model: SleepingModel) -> None:
        captions = CaptionSettings.model_validate({"backend": "server", "models": {"clip": {"id": "test/model"}}})
        work = DeskWork(captions=captions, serving=CaptionServingSettings(), in_flight=64, workers=1)
        desk = CaptionDesk(work, ModelBackends(model, model), rounds)
        first = await desk.caption(task(made, path, tmp_path / "first"))
        assert first.reply.outcome == "done"
        model.noted.clear()
        replies = await asyncio.gather(*(desk.caption(task(made, path, tmp_path / str(n))) for n in range(20)))
        assert all(reply.reply.outcome == "done" for reply in replies)
        await desk.close()

    monkeypatch.setattr(SandboxCrew, "run", quick)
    model = SleepingModel()
    asyncio.run(run(model))
    found = busy(model.noted, 64)
    assert found.asked == 960
    assert max(int(event["in_flight"]) for event in model.noted) == 64
    assert found.mean >= 60


def test_memory_for_pictures_is_bounded(
    chat_server: Any, clips: list[tuple[Path, MadeClip]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With room for one clip, the second is not decoded before the first is described."""
    inside, most = 0, 0
    real = SandboxCrew.run

    async def counting(*arguments: Any) -> Any:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        return await real(*arguments)

    async def leaving(*arguments: Any) -> ConversationResult:
        nonlocal inside
        result = await per_shot(*arguments)
        inside -= 1
        return result

    monkeypatch.setattr(SandboxCrew, "run", counting)
    monkeypatch.setattr("pipeline.caption_desk.most_bytes", lambda made, settings: 10 << 20)
    monkeypatch.setattr("captioning.asking.memory_room.Share.shrink", lambda share, size: share._room.give_back(0))
    monkeypatch.setattr("captioning.asking.memory_room.Share.end", lambda share: share._room.give_back(share._size))
    described(clips[:6], tmp_path, [chat_server().url], leaving, ahead_mb=16)
    assert most == 1
    inside = most = 0
    described(clips[:6], tmp_path / "b", [chat_server().url], leaving, ahead_mb=32)
    assert most == 3


def test_what_was_said_once_stays_with_its_counts_and_is_not_asked_again(
    chat_server: Any, clips: list[tuple[Path, MadeClip]], tmp_path: Path
) -> None:
    server = chat_server()
    described(clips[:1], tmp_path, [server.url])
    before, asked = (tmp_path / "cl" / "clip-0.json").read_bytes(), len(server.came())
    (tmp_path / "cl" / "clip-0.json").write_bytes(before + b" ")
    (reply,) = described(clips[:1], tmp_path, [server.url])
    assert (tmp_path / "cl" / "clip-0.json").read_bytes() == before + b" "
    assert (reply.reply.outcome, reply.counts) == ("done", ConversationCounts(asks=2, prompt_tokens=200))
    assert len(server.came()) == asked


def test_a_clip_whose_server_is_lost_keeps_the_counts_of_what_was_answered(
    chat_server: Any, clips: list[tuple[Path, MadeClip]], tmp_path: Path
) -> None:
    server = chat_server(faults=["ok", "ok", *["500"] * 50])
    (reply,) = described(clips[:1], tmp_path, [server.url], converse)
    assert (reply.reply.reason, reply.counts.asks, reply.counts.pictures) == ("server_error", 2, 12)


def test_a_clip_over_which_we_fail_keeps_the_counts_of_what_was_answered(
    chat_server: Any, clips: list[tuple[Path, MadeClip]], tmp_path: Path
) -> None:
    async def broken(*arguments: Any) -> ConversationResult:
        await per_shot(*arguments)
        raise KeyError("a fault of ours")

    (reply,) = described(clips[:1], tmp_path, [chat_server().url], broken)
    assert (reply.reply.outcome, reply.counts.asks, reply.counts.prompt_tokens) == ("crashed", 2, 200)
    assert reply.counts.pictures > 0
