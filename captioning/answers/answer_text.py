"""From an answer's text to its pydantic model: what is around the JSON is dropped, what is not JSON is a fault."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from captioning.asks import Answer
from captioning.faults.found import FaultLog, Reading

MOST_ANSWER_BYTES = 256 * 1024
_MOST_NAMED_FAULTS = 5

A = TypeVar("A", bound=BaseModel)


def read_answer(answer: Answer, shape: type[A]) -> Reading[A]:
    """The answer in ``shape``. JSON that is complete counts even if the answer was cut off after it."""
    log = FaultLog()
    if len(answer.text) > MOST_ANSWER_BYTES or len(answer.text.encode(errors="replace")) > MOST_ANSWER_BYTES:
        log.add("oversize", "answer")
        return log.reading(None)
    text = answer.text.strip()
    inner = text[text.find("{") : text.rfind("}") + 1]
    try:
        value = shape.model_validate_json(inner.encode(errors="surrogatepass"))
    except ValidationError as error:
        _note(error, answer, log)
        return log.reading(None)
    if inner != text:
        log.add("wrapped", "answer")
    return log.reading(value)


def _note(error: ValidationError, answer: Answer, log: FaultLog) -> None:
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    if any(problem["type"] == "json_invalid" for problem in problems):
        log.add("truncated" if answer.finish == "length" else "not_json", "answer")
        return
    for problem in problems[:_MOST_NAMED_FAULTS]:
        log.add("wrong_shape", _place(problem["loc"]))


def _place(loc: tuple[int | str, ...]) -> str:
    """``events[1].prompt``. Names that the model made up are not repeated."""
    place = ""
    for step in loc:
        if isinstance(step, int):
            place += f"[{step}]"
        else:
            place += f"{'.' if place else ''}{step if step.isascii() and step.isidentifier() else '?'}"
    return place[:80] or "answer"
