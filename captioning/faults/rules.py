"""Every fault that an answer is looked through for, and what is done about it: one rule for each kind.

``docs/caption-rules.md`` is written from this table: ``python -m captioning.faults.page``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Rule = Literal["repair", "leave out", "retry"]
"""``retry``: the question is put again with the fault named; when the attempts are used up, the item of the answer that has
the fault is left out, and where it is no item of a list the answer is rejected."""


@dataclass(frozen=True)
class FaultRule:
    """``meaning``: what is wrong. ``remedy``: what is done about it, or, of a retry, what the model is told."""

    kind: str
    rule: Rule
    meaning: str
    remedy: str


ANSWER_RULES: Final = (
    FaultRule("wrong_id", "retry", "the backend gave the answer to another question", "Answer the question."),
    FaultRule("oversize", "retry", "the answer has more than 256 KiB", "The answer was far too long."),
    FaultRule(
        "truncated",
        "retry",
        "the answer was cut off at its token limit before its JSON was complete",
        "The answer was cut off at its token limit: be much briefer.",
    ),
    FaultRule("not_json", "retry", "the answer is not JSON", "The answer was not one JSON object."),
    FaultRule(
        "wrong_shape",
        "retry",
        "the JSON is not of the schema: a field is missing, too long, of another type, or a number that is not finite",
        "The field is missing, too long or of the wrong kind.",
    ),
    FaultRule(
        "too_many", "leave out", "more items in a list than were asked for", "those past the number are left out"
    ),
    FaultRule("wrapped", "repair", "Markdown fences or words around the JSON object", "what is around it is dropped"),
)

TEXT_RULES: Final = (
    FaultRule(
        "control_characters",
        "repair",
        "control, formatting or unassigned characters, lone surrogates, more than two marks on a letter",
        "they are taken out",
    ),
    FaultRule(
        "markdown",
        "repair",
        "Markdown in the text (fences, headings, bullets, emphasis), tags of HTML, or quotation marks around all of it",
        "the marks are taken out, the words stay",
    ),
    FaultRule(
        "preamble",
        "repair",
        "the text begins by speaking of itself or of the pictures: 'Here is the caption:', 'The image shows'",
        "the beginning is taken off",
    ),
    FaultRule(
        "stray_braces",
        "repair",
        "braces that name no entity of the clip",
        "the braces go and underscores become spaces",
    ),
    FaultRule("empty", "retry", "no letter or digit is left", "It is empty."),
    FaultRule(
        "refused",
        "retry",
        "a refusal, or the model speaks of itself: 'I cannot', 'I'm sorry', 'as an AI'",
        "It is a refusal: describe only what the pictures show, without speaking of yourself.",
    ),
    FaultRule("looping", "retry", "words, phrases or sentences repeat", "It repeats itself."),
    FaultRule(
        "prompt_echo",
        "retry",
        "eight words in a row are those of the question",
        "It repeats the question: describe the pictures in your own words.",
    ),
    FaultRule(
        "language",
        "retry",
        "not in the language that was asked for (a heuristic by script and small words)",
        "It is not in the language that was asked for.",
    ),
    FaultRule(
        "cut_off_end",
        "repair",
        "it breaks off in the middle of a sentence after whole ones",
        "the broken sentence is taken off",
    ),
    FaultRule(
        "unfinished",
        "retry",
        "it breaks off in the middle of its only sentence, or of a phrase",
        "It breaks off in the middle of a sentence: be briefer.",
    ),
    FaultRule("no_full_stop", "repair", "a sentence without a mark at its end", "a full stop is put there"),
)

ENTITY_RULES: Final = (
    FaultRule(
        "bad_name",
        "repair",
        "a name that is not snake case, has no letter, is too long, or belongs to a place and not to a subject",
        "it is written in snake case of at most 40 characters; places begin with scene_, subjects do not; "
        "one without a Latin letter is thing_ and four digits that follow from it",
    ),
    FaultRule(
        "special_name",
        "leave out",
        "the model claims {camera} or {transition}, which are measured",
        "the entity is left out",
    ),
    FaultRule(
        "repeated_entity",
        "repair",
        "an entity of the same name, or of the same kind and description word for word, as one before it",
        "the two are one; the first description stays",
    ),
    FaultRule(
        "two_names",
        "repair",
        "two subjects that are one by their boxes or pictures and are not told apart by words (found only with "
        "`captions.references`, after all questions: [reference-images.md](reference-images.md))",
        "the two are one, with the events of both; the first name and description stay",
    ),
    FaultRule("no_entities", "retry", "neither a subject nor a place", "Name at least the place."),
    FaultRule("idle_entity", "leave out", "no event of the entity is left in the clip", "the entity is left out"),
)

EVENT_RULES: Final = (
    FaultRule("unknown_name", "leave out", "something is said of a name that no entity has", "it is left out"),
    FaultRule("not_visible", "leave out", "an event of an entity that is not visible in the shot", "it is left out"),
    FaultRule("reversed_time", "repair", "an event that ends before it starts", "start and end change places"),
    FaultRule("outside_shot", "repair", "an event that reaches beyond its shot's edges", "it is cut off there"),
    FaultRule("no_time", "leave out", "no frame of the shot is left of the event", "it is left out"),
    FaultRule(
        "repeated_event",
        "repair",
        "the same sentence about an entity at times that touch or overlap",
        "the two are one, over both times",
    ),
    FaultRule(
        "name_not_first",
        "repair",
        "the sentence begins with a pronoun or with the name in plain words instead of {name}",
        "{name} is put in its place",
    ),
    FaultRule(
        "name_missing", "retry", "the sentence does not begin with {name}", "It must begin with the name in braces."
    ),
    FaultRule(
        "no_event",
        "retry",
        "a visible entity has no event in the shot",
        "It is visible, so say what it does or how it appears, with times inside the shot.",
    ),
)

CAMERA_RULES: Final = (
    FaultRule(
        "camera_talk",
        "repair",
        "a caption tells how the camera moves, or a shot's caption tells of a cut: both are measured",
        "the sentence is taken out where others are left",
    ),
    FaultRule(
        "contradicts_measurement",
        "repair",
        "words on the camera or a cut name a move, direction or transition that was not measured",
        "the measured words stand alone",
    ),
    FaultRule(
        "unusable_words", "repair", "words on the camera or a cut have a fault that is not repaired", "they are dropped"
    ),
)

TAG_RULES: Final = (
    FaultRule("unknown_node", "leave out", "a path that the taxonomy's pillar does not have", "it is left out"),
    FaultRule("unknown_value", "leave out", "a value that the node does not have", "it is left out"),
    FaultRule(
        "value_spelling",
        "repair",
        "a value in other letters than the taxonomy's: case, spaces, hyphens",
        "it is written as there",
    ),
    FaultRule("orphan_tag", "leave out", "how an event is portrayed, without a tag of the event", "it is left out"),
    FaultRule(
        "contradicts_measured_tag",
        "leave out",
        "a tag that what was measured of the shot excludes: another move, a moving camera that is still, other contrast",
        "it is left out; the measured tag stands",
    ),
)

QUESTION_RULES: Final = (
    FaultRule("foreign_words", "leave out", "words that do not stand in the prompt", "they are left out"),
    FaultRule(
        "no_words",
        "retry",
        "a node of which no words stand in the prompt",
        "Copy the words from the prompt, letter for letter; leave the path out if it is not mentioned.",
    ),
    FaultRule(
        "score_out_of_range", "retry", "a score below 0 or above 1", "The score must be a number between 0 and 1."
    ),
    FaultRule("no_question", "retry", "not one question", "It must be one question, with its mark at the end."),
    FaultRule("reason_without_words", "repair", "a reason that cites none of the words", "the words are put before it"),
)

RULES: Final = {
    rule.kind: rule
    for rule in (
        *ANSWER_RULES,
        *TEXT_RULES,
        *ENTITY_RULES,
        *EVENT_RULES,
        *CAMERA_RULES,
        *TAG_RULES,
        *QUESTION_RULES,
    )
}

TOO_MANY_SHOTS: Final = "too_many_shots"

REASONS: Final = {
    TOO_MANY_SHOTS: "more shots than a model is asked about in one clip",
    **{
        f"answer_{kind}": f"no usable answer of the model in all attempts: {rule.meaning}"
        for kind, rule in RULES.items()
        if rule.rule == "retry"
    },
}
"""Reason code of a clip that failed -> what it means."""
