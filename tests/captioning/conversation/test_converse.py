from __future__ import annotations

import asyncio
import random
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from captioning.asks import Answer, Ask, AskError
from captioning.conversation.converse import conversation_fingerprint, converse
from captioning.conversation.prompt_file import prompt, prompt_names
from captioning.conversation.result import (
    ConversationCounts,
    ConversationError,
    ConversationResult,
    FaultCount,
    UnansweredError,
)
from captioning.conversation.roles import RoleBackends
from captioning.conversation.settings import ConversationSettings
from captioning.faults.rules import REASONS
from captioning.frames.sampled_clip import SampledClip
from captioning.frames.sampling_settings import SamplingSettings
from tests.captioning.conversation.scripted_backend import (
    MEASURED_MODEL,
    Say,
    ScriptedBackend,
    fits,
    honest,
    measured_of,
    pictures_of,
    question_of,
    sampled_clip,
)
from tests.captioning.conversation.whole_record import check_annotation

SETTINGS = ConversationSettings()
TWO_SHOTS = sampled_clip("aa-0-0-108", [("the street", 48), ("the kitchen", 60)])


def talked(
    clip: SampledClip = TWO_SHOTS, say: Say = lambda _, a: a, settings: ConversationSettings = SETTINGS
) -> tuple[ConversationResult, ScriptedBackend]:
    backend = ScriptedBackend(say)
    result = asyncio.run(converse(clip, measured_of(clip), RoleBackends.all_by(backend), settings))
    check_annotation(clip, result.annotation)
    return result, backend


def instead(question: str, answer: Any, attempts: int = 10) -> Say:
    """``answer`` to the first ``attempts`` of one question, honest answers otherwise."""
    return lambda ask, truth: answer if ask.id.split("/")[1] == question and attempt_of(ask) <= attempts else truth


def attempt_of(ask: Ask) -> int:
    return int(ask.id.rsplit("-", 1)[1])


def faults(counts: ConversationCounts) -> dict[str, int]:
    return {f"{row.fault} {row.outcome}": row.count for row in counts.faults}


def test_a_clip_gets_words_for_itself_and_for_every_shot() -> None:
    result, _ = talked()
    captions = {(c.shot, c.kind): (c.text, c.origin) for c in result.annotation.captions}
    assert captions[0, "shot"] == ("Here stands the thing of the street.", "scripted")
    assert captions[1, "shot"] == ("Here stands the thing of the kitchen.", "scripted")
    assert captions[-1, "summary"] == ("The story of the kitchen and the street.", "scripted")
    assert captions[1, "framing"] == ("close-up", "scripted")
    kinds = ["shot", "subject", "action", "setting", "light", "mood", "framing", "angle"]
    assert [c.kind for c in result.annotation.captions if c.shot == 1] == kinds
    assert result.counts.faults == ()


def test_entities_act_over_intervals_and_span_a_cut_only_in_the_same_words() -> None:
    def say(ask: Ask, truth: dict[str, Any]) -> Any:
        if question_of(ask) == "events":
            truth["scene_pier"]["events"][0]["prompt"] = "{scene_pier} lies in the sun."
        return truth

    annotation = talked(say=say)[0].annotation
    assert [(e.id, e.kind) for e in annotation.entities] == [
        ("camera", "camera"),
        ("transition", "transition"),
        ("woman_red", "subject"),
        ("scene_pier", "scene"),
    ]
    said = [(e.entity, e.frames, e.prompt) for e in annotation.events if e.entity not in ("camera", "transition")]
    assert said == [
        ("woman_red", (0, 48), "{woman_red} stands in the street."),
        ("scene_pier", (0, 108), "{scene_pier} lies in the sun."),
        ("woman_red", (48, 108), "{woman_red} stands in the kitchen."),
    ]
    description = next(e.description for e in annotation.entities if e.id == "woman_red")
    assert description == "{woman_red} is a woman in red of the kitchen and the street."


def test_an_entity_that_is_not_visible_in_a_shot_has_no_event_there() -> None:
    clip = sampled_clip("three", [("a", 48), ("b", 48), ("c", 48)])

    def say(ask: Ask, truth: dict[str, Any]) -> Any:
        if question_of(ask) == "events":
            truth["woman_red"]["events"][0]["prompt"] = "{woman_red} sings."
            truth["woman_red"]["visible"] = ask.id.split("/")[1] != "events-1"
        return truth

    result = talked(clip, say)[0]
    assert [e.frames for e in result.annotation.events if e.entity == "woman_red"] == [(0, 48), (96, 144)]
    assert faults(result.counts) == {"not_visible left_out": 1}


def test_an_entity_that_is_never_seen_is_left_out() -> None:
    def say(ask: Ask, truth: dict[str, Any]) -> Any:
        if question_of(ask) == "events":
            truth["woman_red"] = {"visible": False, "events": []}
        return truth

    result = talked(say=say)[0]
    assert [e.id for e in result.annotation.entities] == ["camera", "transition", "scene_pier"]
    assert faults(result.counts) == {"idle_entity left_out": 1}


def test_captions_do_not_say_how_the_camera_moves() -> None:
    talk = "A man runs. The camera pans right to follow him."
    result = talked(say=lambda ask, a: {**a, "caption": talk} if "caption" in a else a)[0]
    assert {c.text for c in result.annotation.captions if c.kind in ("shot", "summary")} == {"A man runs."}
    assert faults(result.counts) == {"camera_talk repaired": 3}


def test_events_are_in_the_order_of_time() -> None:
    frames = [event.frames for event in talked()[0].annotation.events]
    assert frames == sorted(frames)


def test_words_for_another_number_of_moves_are_dropped() -> None:
    result = talked(say=lambda ask, a: {**a, "camera": []} if "camera" in a else a)[0]
    prompts = {event.prompt for event in result.annotation.events if event.entity == "camera"}
    assert prompts == {"{camera} pans left slowly in a close-up from a low angle."}
    assert faults(result.counts) == {"unusable_words repaired": 2}


def test_the_measured_camera_keeps_its_borders_and_its_words() -> None:
    annotation = talked()[0].annotation
    camera = [(e.frames, e.prompt, e.origin) for e in annotation.events if e.entity == "camera"]
    measured_words = "{camera} pans left slowly in a close-up from a low angle, past"
    assert camera == [
        ((0, 48), f"{measured_words} the street.", "measured+scripted"),
        ((48, 108), f"{measured_words} the kitchen.", "measured+scripted"),
    ]
    (cut,) = (e for e in annotation.events if e.entity == "transition")
    assert (cut.frames, cut.prompt) == ((48, 48), "{transition} is a hard cut from part 0 to the next.")
    assert cut.origin == "measured+scripted"
    measured = measured_of(TWO_SHOTS)
    assert (annotation.scores, annotation.tags) == (measured.scores, measured.tags)


@pytest.mark.parametrize("style", ["panning right with him", "held still", "zooming in", "tilting up", "pulling back"])
def test_a_move_that_was_not_measured_is_not_worded(style: str) -> None:
    def say(ask: Ask, truth: dict[str, Any]) -> Any:
        return {**truth, "camera": [style]} if question_of(ask) == "shot" else truth

    result = talked(say=say)[0]
    camera = {e.prompt for e in result.annotation.events if e.entity == "camera"}
    assert camera == {"{camera} pans left slowly in a close-up from a low angle."}
    assert faults(result.counts) == {"contradicts_measurement repaired": 2}


def test_a_hard_cut_is_never_called_a_dissolve() -> None:
    result = talked(say=lambda ask, a: {**a, "cuts": ["from a to b in a slow dissolve"]} if "story" in ask.id else a)[0]
    (cut,) = (e for e in result.annotation.events if e.entity == "transition")
    assert (cut.prompt, cut.origin) == ("{transition} is a hard cut", "measured")
    assert faults(result.counts) == {"contradicts_measurement repaired": 1}


@hypothesis_settings(max_examples=40)
@given(st.data())
def test_answers_follow_their_clip_and_shot_in_whatever_order_they_come(data: st.DataObject) -> None:
    """Several clips at once over one backend, clips and their shots in any order: no word of one shot's pictures in another's
    captions or events."""
    counts = data.draw(st.lists(st.integers(1, 4), min_size=2, max_size=3))
    order = data.draw(st.permutations(range(len(counts))))
    places = {c: data.draw(st.permutations(range(counts[c]))) for c in order}
    backend = ScriptedBackend(shuffle=random.Random(data.draw(st.integers(0, 1000))))
    clips = [sampled_clip(f"clip-{c}", [(f"clip {c} place {p}", 24 + p) for p in places[c]]) for c in order]

    async def all_at_once() -> list[ConversationResult]:
        return await asyncio.gather(
            *(converse(clip, measured_of(clip), RoleBackends.all_by(backend), SETTINGS) for clip in clips)
        )

    for number, clip, result in zip(order, clips, asyncio.run(all_at_once()), strict=True):
        check_annotation(clip, result.annotation)
        for caption in result.annotation.captions:
            told = re.findall(r"clip \d+ place \d+", caption.text)
            if caption.shot >= 0 and caption.kind not in ("framing", "angle"):
                assert told == [f"clip {number} place {places[number][caption.shot]}"]
            elif caption.shot < 0:
                assert sorted(told) == [f"clip {number} place {p}" for p in range(counts[number])]
        for event in result.annotation.events:
            if event.entity != "transition":
                (shot,) = (s.index for s in clip.shots if s.frames[0] <= event.frames[0] < s.frames[1])
                assert event.prompt.endswith(f" clip {number} place {places[number][shot]}.")


def test_what_is_asked_of_one_shot_shows_no_other() -> None:
    _, backend = talked()
    for ask in backend.asks:
        if question_of(ask) in ("shot", "events"):
            assert len({picture.rsplit(" ", 1)[0] for picture in pictures_of(ask)}) == 1


def test_shots_are_asked_about_at_once() -> None:
    clip = sampled_clip("many", [(f"place {i}", 24) for i in range(12)])
    assert talked(clip)[1].most_in_flight >= 12


@pytest.mark.parametrize("shots", [1, 4, 40, 64])
def test_no_question_grows_with_the_clip(shots: int) -> None:
    sampling = SamplingSettings(pictures_per_shot=3, pictures_per_clip=10)
    clip = sampled_clip("long", [(f"place {i}, which has a name that is long enough", 24) for i in range(shots)])
    _, backend = talked(clip, settings=ConversationSettings(sampling=sampling, on_reject="measured"))
    assert max(len(pictures_of(ask)) for ask in backend.asks) <= 10
    words = [sum(len(part) for part in ask.parts if isinstance(part, str)) for ask in backend.asks]
    assert max(words) < 14_000


def test_an_answer_to_another_question_is_never_used() -> None:
    """The fault that other tools shipped: a caption written to the wrong clip."""

    def say(ask: Ask, truth: dict[str, Any]) -> Any:
        if question_of(ask) == "shot" and attempt_of(ask) == 1:
            return Answer("other-clip/shot-0/attempt-1", '{"caption": "Of another clip."}', "stop", 0, 0)
        return truth

    result = talked(say=say)[0]
    assert faults(result.counts) == {"wrong_id retried": 2}
    assert "another clip" not in str(result.annotation)


def test_a_fault_is_named_when_the_question_is_put_again() -> None:
    refused = {**honest_shot(), "caption": "I'm sorry, I cannot describe this."}
    result, backend = talked(say=instead("shot-0", refused, attempts=1))
    first, second = (ask for ask in backend.asks if "/shot-0/" in ask.id)
    assert second.parts[: len(first.parts)] == first.parts
    assert "caption: It is a refusal" in str(second.parts[-1])
    assert "sorry" not in str(second.parts[-1])
    assert (first.temperature, second.temperature) == (0.0, 0.4)
    assert faults(result.counts) == {"refused retried": 1}
    assert result.counts.retries == 1


def honest_shot() -> dict[str, Any]:
    clip = sampled_clip("x", [("the street", 48)])
    return honest(talked(clip)[1].asks[0])


@pytest.mark.parametrize("question", ["shot-1", "story", "cast", "events-0"])
def test_a_clip_whose_answers_cannot_be_used_fails_with_the_reason(question: str) -> None:
    with pytest.raises(ConversationError, match=question) as failure:
        talked(say=instead(question, "no JSON at all"))
    assert failure.value.reason == "answer_not_json" in REASONS
    assert FaultCount(fault="not_json", outcome="retried", count=2) in failure.value.counts.faults
    assert FaultCount(fault="not_json", outcome="rejected", count=1) in failure.value.counts.faults


def test_measured_words_stand_in_where_that_is_wanted() -> None:
    settings = ConversationSettings(on_reject="measured", attempts=2)
    result, backend = talked(say=lambda *_: "{", settings=settings)
    measured = measured_of(TWO_SHOTS)
    assert result.annotation.captions == measured.captions
    assert sorted(result.annotation.events, key=str) == sorted(measured.events, key=str)
    assert result.counts.measured == 4
    assert len(backend.asks) == result.counts.asks == 8


def test_attempts_are_bounded() -> None:
    backend = ScriptedBackend(lambda *_: "")
    with pytest.raises(ConversationError):
        asyncio.run(
            converse(
                sampled_clip("x", [("a", 24)]),
                measured_of(sampled_clip("x", [("a", 24)])),
                RoleBackends.all_by(backend),
                ConversationSettings(attempts=5),
            )
        )
    assert len(backend.asks) == 5


def test_a_backend_that_fails_ends_the_conversation_with_its_own_error() -> None:
    def say(ask: Ask, truth: dict[str, Any]) -> Any:
        if "events-1" in ask.id:
            raise AskError("server_down", "Nobody answers.", passing=True)
        return truth

    with pytest.raises(AskError, match="server_down") as failure:
        talked(say=say)
    assert failure.value.passing


def test_a_backend_that_fails_in_the_middle_leaves_the_counts_of_what_was_answered() -> None:
    def say(ask: Ask, truth: dict[str, Any]) -> Any:
        if "story" in ask.id:
            raise AskError("server_down", "Nobody answers.", passing=True)
        if "shot-0/attempt-1" in ask.id:
            return truth | {"caption": "I cannot help with that."}
        return truth

    with pytest.raises(UnansweredError) as failure:
        talked(say=say)
    counts = failure.value.counts
    assert counts.retries == 1 and counts.pictures > counts.asks > counts.retries
    assert [(f.fault, f.outcome, f.count) for f in counts.faults] == [("refused", "retried", 1)]


def test_without_entities_only_captions_are_asked_for() -> None:
    result, backend = talked(settings=ConversationSettings(entities=False))
    assert {question_of(ask) for ask in backend.asks} == {"shot", "story"}
    assert [e.id for e in result.annotation.entities] == ["camera", "transition"]


def test_a_clip_of_too_many_shots_is_refused_before_anything_is_asked() -> None:
    with pytest.raises(ConversationError, match="has 65 shots") as failure:
        talked(sampled_clip("x", [("a", 12)] * 65))
    assert failure.value.reason == "too_many_shots" in REASONS
    assert failure.value.counts.asks == 0


def test_every_model_and_prompt_is_named() -> None:
    shot, clip, entities = (ScriptedBackend(name=name) for name in ("next", "video", "qwen"))
    backends = RoleBackends(shot, clip, entities)
    annotation = asyncio.run(converse(TWO_SHOTS, measured_of(TWO_SHOTS), backends, SETTINGS)).annotation
    models = [(m.role, m.id) for m in annotation.models]
    assert models[:4] == [("captioner", name) for name in ("measured", "next", "video", "qwen")]
    assert annotation.models[0] == MEASURED_MODEL
    prompts = [m for m in annotation.models if m.role == "prompt"]
    assert [m.id.split("/")[0] for m in prompts] == ["shot", story_asked(clip), "cast", "events"]
    assert all(m.revision == prompt(m.id.split("/")[0]).sha256 for m in prompts)
    assert {c.origin for c in annotation.captions if c.shot >= 0} == {"next"}
    assert {c.origin for c in annotation.captions if c.shot == -1} == {"video"}
    assert {e.origin for e in annotation.events} == {"measured+next", "measured+video", "qwen"}


def story_asked(backend: ScriptedBackend) -> str:
    (ask,) = (ask for ask in backend.asks if "/story/" in ask.id)
    forms = {"no list": "story-prose", "shot by shot": "story-numbered", "Do not speak of shots": "story-events"}
    (name,) = (name for words, name in forms.items() if words in str(ask.parts[-1]))
    return name


def test_the_fingerprint_names_every_prompt() -> None:
    for name in prompt_names():
        assert prompt(name).sha256 in conversation_fingerprint()


def test_clips_get_all_forms_of_story() -> None:
    asked = set()
    for key in "abcdefghij":
        _, backend = talked(sampled_clip(key, [("a", 24), ("b", 24)]))
        asked.add(story_asked(backend))
    assert asked == {"story-prose", "story-numbered", "story-events"}


def test_an_honest_answer_fits_its_schema() -> None:
    _, backend = talked()
    assert all(fits(ask, honest(ask)) for ask in backend.asks)


def test_pictures_and_tokens_are_counted() -> None:
    counts = talked()[0].counts
    assert (counts.asks, counts.retries, counts.pictures) == (6, 0, 6 + 6 + 6 + 6)
    assert (counts.prompt_tokens, counts.answer_tokens) == (60, 30)


def test_the_same_answers_make_the_same_annotation() -> None:
    assert talked()[0] == talked()[0]


def test_every_ask_has_a_seed_of_its_own_that_the_setting_moves() -> None:
    """With one seed for all, a model that draws its words says the same of everything that it cannot tell apart."""
    seeds = [{ask.id: ask.seed for ask in talked(settings=ConversationSettings(seed=n))[1].asks} for n in (0, 0, 1)]
    assert seeds[0] == seeds[1]
    assert len({*seeds[0].values(), *seeds[2].values()}) == 2 * len(seeds[0])
