"""A model whose answers follow from the pictures that it is shown: each picture's bytes are its description."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import jsonschema

from captioning.asks import Answer, Ask, AskPicture
from captioning.frames.frame_choice import chosen_frames
from captioning.frames.sampled_clip import SampledClip, SampledFrame, SampledShot
from captioning.frames.sampling_settings import SamplingSettings
from captioning.protocol import ClipAnnotation
from formats.clip_record import Caption, Entity, Event, Model, Score, Tag
from formats.exact_time import seconds_at

FPS = Fraction(24)
MEASURED_MODEL = Model(role="captioner", id="measured", revision="1", license="Apache-2.0")

Say = Callable[[Ask, dict[str, Any]], Any]
"""From an ask and the honest answer to it, what is answered instead: text, or JSON to be."""


def pictures_of(ask: Ask) -> list[str]:
    return [part.jpeg.decode() for part in ask.parts if isinstance(part, AskPicture)]


def question_of(ask: Ask) -> str:
    """``shot``, ``story``, ``cast``, ``events``, ``tags``, or ``questions`` about a prompt."""
    return ask.id.split("/")[1].split("-")[0]


def honest(ask: Ask) -> dict[str, Any]:
    """A faultless answer that tells which pictures were seen, and in events names who is visible by the cast's own names."""
    seen = sorted({picture.rsplit(" ", 1)[0] for picture in pictures_of(ask)})
    told = " and ".join(seen) or "nothing"
    schema = json.loads(ask.schema)
    match question_of(ask):
        case "shot":
            return {
                "subject": f"a thing of {told}",
                "action": f"stands in {told}",
                "setting": f"the place of {told}",
                "framing": "close-up",
                "angle": "low angle",
                "light": f"light of {told}",
                "mood": f"calm of {told}",
                "caption": f"Here stands the thing of {told}.",
                "camera": [f"past {told}"] * schema["properties"]["camera"]["maxItems"],
            }
        case "story":
            count = schema["properties"]["cuts"]["maxItems"]
            return {"caption": f"The story of {told}.", "cuts": [f"from part {i} to the next" for i in range(count)]}
        case "cast":
            return {
                "subjects": [{"name": "woman_red", "description": f"a woman in red of {told}."}],
                "scenes": [{"name": "pier", "description": f"a pier of {told}."}],
            }
        case "questions":
            return {"words": [], "categories": {}}
        case "tags":
            fields = schema["properties"]
            closed = next(name for name in fields if "enum" in fields[name]["items"] and "Portrayed as" not in name)
            return {closed: fields[closed]["items"]["enum"][:1]}
        case _:
            fields = schema["properties"]
            return {name: in_shot(fields[name], f"{{{name}}} stands in {told}.") for name in fields}


def in_shot(schema: dict[str, Any], prompt: str) -> dict[str, Any]:
    seconds = schema["properties"]["events"]["items"]["properties"]["start"]
    return {"visible": True, "events": [{"start": seconds["minimum"], "end": seconds["maximum"], "prompt": prompt}]}


@dataclass
class ScriptedBackend:
    """``say``: what is answered in place of the honest answer. ``shuffle``: answers come in an order drawn from it."""

    say: Say = lambda _, answer: answer
    name: str = "scripted"
    shuffle: random.Random | None = None
    asks: list[Ask] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0

    @property
    def model(self) -> Model:
        return Model(role="captioner", id=self.name, revision="r1", license="MIT")

    async def ask(self, ask: Ask) -> Answer:
        self.asks.append(ask)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            for _ in range(self.shuffle.randrange(8) if self.shuffle else 1):
                await asyncio.sleep(0)
            answer = self.say(ask, honest(ask))
        finally:
            self.in_flight -= 1
        if isinstance(answer, Answer):
            return answer
        text = answer if isinstance(answer, str) else json.dumps(answer)
        return Answer(ask.id, text, "stop", prompt_tokens=10, answer_tokens=5)

    async def close(self) -> None:
        pass


def fits(ask: Ask, answer: object) -> bool:
    return bool(jsonschema.Draft202012Validator(json.loads(ask.schema)).is_valid(answer))


def sampled_clip(key: str, shots: list[tuple[str, int]]) -> SampledClip:
    """``shots``: what is in each, and its frames; a picture's bytes are the shot's text and the frame's number."""
    sampled: list[SampledShot] = []
    at = 0
    for index, (text, length) in enumerate(shots):
        frames = chosen_frames((at, at + length), FPS, SamplingSettings(pictures_per_shot=3))
        pictures = (
            SampledFrame(frame, seconds_at(frame, FPS), AskPicture(f"{text} {frame}".encode(), 28, 28))
            for frame in frames
        )
        sampled.append(SampledShot(index, (at, at + length), tuple(pictures)))
        at += length
    return SampledClip(key, FPS, tuple(sampled))


def measured_of(clip: SampledClip, move: str = "pans left slowly") -> ClipAnnotation:
    """As the measured captioner would write it: one move per shot, a transition per cut."""
    cuts = [shot.frames[0] for shot in clip.shots[1:]]
    transition = Entity(id="transition", kind="transition", name="{transition}", description="", reference="")
    camera = Entity(id="camera", kind="camera", name="{camera}", description="", reference="")
    return ClipAnnotation(
        captions=(
            Caption(shot=-1, kind="summary", text="Measured summary.", origin="measured"),
            *(Caption(shot=s.index, kind="shot", text=f"Measured {s.index}.", origin="measured") for s in clip.shots),
        ),
        entities=(camera, transition) if cuts else (camera,),
        events=(
            *(_event("camera", shot.frames, f"{{camera}} {move}") for shot in clip.shots),
            *(_event("transition", (cut, cut), "{transition} is a hard cut") for cut in cuts),
        ),
        scores=(Score(shot=-1, name="motion", value=0.5, model="global-motion/1"),),
        tags=(Tag(shot=0, node="Camera -> Trajectory -> Camera Movement -> 2D", value="Pan left", origin="measured"),),
        models=(MEASURED_MODEL,),
    )


def _event(entity: str, frames: tuple[int, int], prompt: str) -> Event:
    start, end = (seconds_at(frame, FPS) for frame in frames)
    return Event(entity=entity, frames=frames, start=start, end=end, prompt=prompt, origin="measured")
