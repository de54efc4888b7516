"""Prompts: files under ``captioning/prompts/`` with a version, known in every record by the sha256 of their bytes.

A file is ``version: N``, then ``--- system`` and ``--- question`` on lines of their own, each followed by its words.
``$name`` is filled in.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from string import Template

from captioning.conversation.settings import Language
from captioning.faults.prompt_echo import word_runs
from formats.clip_record import Model

_LANGUAGES: dict[Language, str] = {"en": "English", "any": "the language that you know best"}
_FORM = re.compile(r"version: ([1-9][0-9]*)\n+--- system\n(.+?)\n--- question\n(.+)", re.DOTALL)


@dataclass(frozen=True)
class Prompt:
    """``system`` and ``question`` as in the file, with ``$names`` to be filled in the question."""

    name: str
    version: int
    sha256: str
    system: str
    question: str

    def system_in(self, language: Language) -> str:
        """The system's words, with the language that is asked for."""
        return Template(self.system).substitute(language=_LANGUAGES[language])

    def filled(self, words: dict[str, str]) -> str:
        """The question. Raises ``KeyError`` if a name has no words."""
        return Template(self.question).substitute(words)

    @property
    def word_runs(self) -> frozenset[tuple[str, ...]]:
        """Of the fixed words, against which an answer is compared for an echo."""
        return _word_runs(self.name)

    @property
    def model(self) -> Model:
        """Its entry among the models that shaped a clip."""
        return Model(role="prompt", id=f"{self.name}/{self.version}", revision=self.sha256, license="Apache-2.0")


@cache
def prompt(name: str) -> Prompt:
    """The prompt of ``captioning/prompts/NAME.md``. Raises ``ValueError`` if it is not of the form."""
    data = (resources.files("captioning") / "prompts" / f"{name}.md").read_bytes()
    return read_prompt(name, data)


def read_prompt(name: str, data: bytes) -> Prompt:
    """``data`` as a prompt. Raises ``ValueError`` if it is not of the form."""
    match = _FORM.fullmatch(data.decode())
    if match is None:
        raise ValueError(f"prompt {name} is not 'version: N', '--- system', '--- question'")
    return Prompt(name, int(match[1]), hashlib.sha256(data).hexdigest(), match[2].strip(), match[3].strip())


def prompt_names() -> tuple[str, ...]:
    """Of every prompt file, sorted."""
    folder = resources.files("captioning") / "prompts"
    return tuple(sorted(entry.name.removesuffix(".md") for entry in folder.iterdir() if entry.name.endswith(".md")))


@cache
def _word_runs(name: str) -> frozenset[tuple[str, ...]]:
    fixed = re.split(r"\$\{?\w+\}?", prompt(name).question)
    return word_runs(prompt(name).system).union(*(word_runs(part) for part in fixed))
