"""Writes docs/caption-rules.md from the table of faults: ``python -m captioning.faults.page``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from captioning.faults.rules import (
    ANSWER_RULES,
    CAMERA_RULES,
    ENTITY_RULES,
    EVENT_RULES,
    QUESTION_RULES,
    TAG_RULES,
    TEXT_RULES,
    FaultRule,
)

PAGE = Path(__file__).resolve().parents[2] / "docs" / "caption-rules.md"
_HEAD = """# How a model is held to its captions

What a vision-language model says of a clip is not trusted: not its form, not its times, not its words on the camera. This page
says what is asked, and for every fault of an answer the one rule that is followed. The tables are written from the code by
`python -m captioning.faults.page`.

## What is asked

| question | about | pictures shown | depends on | gives |
|---|---|---|---|---|
| `shot-N` | one shot | the shot's | nothing | caption, subject, action, setting, framing, angle, light, mood; words on moves |
| `story` | the clip | all shots', `pictures_per_clip` | the shots' captions | the clip's caption; words on each cut |
| `cast` | the clip | all shots', `pictures_per_clip` | the shots' captions | subjects and places, each once |
| `events-N` | one shot | the shot's | the cast | of each entity whether it is visible, and its events |
| `tags-N-PILLAR` | one shot | the shot's | nothing | tags of that pillar's nodes ([taxonomy.md](taxonomy.md)); none by default |

Questions that do not depend on each other are in flight at once: all shots; then the story beside the cast; then the events of all
shots. Without a fault, a clip of n shots is asked 2n + 2 questions, n + 1 without entities, and n more for each pillar of `tags`.

A picture is scaled to whole patches of 28x28 pixels, at most `picture_tokens` of them, which is what Qwen2.5-VL counts: a 16:9
picture of 256 tokens is 588x336 pixels and costs 252. So a clip of four shots shows 4 x 6 + 16 + 16 + 4 x 6 = 80 pictures by
default, at most 20,480 tokens; no single question shows more than 16. Pictures are the middles of equal parts of a shot, away from
its edges, and the same every time.

* **The pictures of one shot cannot reach the caption of another**: a question about a shot is built from one `SampledShot`, which
  refuses any frame outside its range, and an answer that comes back under another question's id is not looked at.
* **Identity is decided over the clip**, in one question with pictures of all shots: the same name, or the same description word for
  word, is the same entity. With `captions.references`, subjects under two names are found by their boxes and pictures too and
  become one: [reference-images.md](reference-images.md). Faces are not compared by any other means.
* **Words never decide time.** Events are asked shot by shot. Stated seconds are rounded to frames and cut off at the shot's edges;
  a start not later than the first picture that was shown becomes the shot's start, an end not earlier than the last one its end,
  since nothing was seen between it and the edge. An event spans a cut only if the entity is visible on both sides and is said to do
  the same in the same words; all others end at the cut.
* **`{camera}` and `{transition}` are measured.** Their words stand first and whole; a model adds the shot's size and angle, how a
  move is made, what a cut goes from and to. The event's origin is then `measured+MODEL`. What can be told from the picture's motion
  is a family: a push in counts as a zoom in, a track to the left as a pan to the left.
* **The clip's caption comes in three forms**, chosen by the clip's key: a continuous story that words its cuts, numbered shots, and
  events alone. Users of models trained on one form report that cuts appear for that form only. `story_forms` names those used.
* **Prompts** are files in `captioning/prompts/`, each with a version; the record's `models` have their sha256 under the role
  `prompt`. Another byte in one of them annotates all clips anew. No text of the film's own metadata goes into a prompt. What
  a model said of the shots goes into later questions as notes: checked, shortened, and named as notes.

## What is done about a fault

* **repair**: the answer is changed as stated, and used.
* **leave out**: the item of the answer is dropped at once.
* **retry**: the question is put again, with the fault named and another seed, up to `attempts` times. If the last attempt has it
  too, the item of the list that has it is left out, and so is a description of a shot other than its caption. Where nothing of use
  is left, the answer is rejected: the clip fails with the reason `answer_` and the fault, or, with `on_reject: measured`, measured
  words stand in: for a shot its measured caption, for the clip its measured summary, for the cast no entities, for the events of a
  shot none.

How often each happened is counted as `repaired`, `left_out`, `retried` and `rejected`. Texts are first brought into Unicode's form
NFKC, in which look-alike letters and braces are plain ones, and onto one line; that is not counted.
"""
_PARTS: tuple[tuple[str, str, tuple[FaultRule, ...]], ...] = (
    ("The answer as a whole", "", ANSWER_RULES),
    (
        "Every text",
        "Refusals, loops, language and broken ends are found by **heuristics**: phrases, repetition, script and small words, marks "
        "and last words. They are made for English; `language: any` turns off the check of language, not the others. What "
        "stands in quotation marks is no refusal.\n\n",
        TEXT_RULES,
    ),
    ("Entities", "", ENTITY_RULES),
    ("Events", "", EVENT_RULES),
    (
        "Words on the camera and on cuts",
        "What words claim about the camera is found by a **heuristic** over lists of words, in English.\n\n",
        CAMERA_RULES,
    ),
    (
        "Tags",
        "A push in cannot be told from a zoom in by the picture's motion, so it is excluded only where nothing grows. Where "
        "nothing was measured, nothing is excluded.\n\n",
        TAG_RULES,
    ),
    (
        "Questions about a prompt",
        "`shotloom questions` asks about a prompt, not about a clip, and holds the answers to the same rules "
        "([questions.md](questions.md)).\n\n",
        QUESTION_RULES,
    ),
)


def rules_page() -> str:
    return _HEAD + "".join(
        f"\n### {title}\n\n{words}| fault | what it is | rule | |\n|---|---|---|---|\n{_rows(rules)}"
        for title, words, rules in _PARTS
    )


def _rows(rules: Iterable[FaultRule]) -> str:
    return "".join(f"| `{r.kind}` | {r.meaning} | {r.rule} | {_remedy(r)} |\n" for r in rules)


def _remedy(rule: FaultRule) -> str:
    return f'the model is told: "{rule.remedy}"' if rule.rule == "retry" else rule.remedy


if __name__ == "__main__":
    PAGE.write_text(rules_page(), encoding="utf-8")
