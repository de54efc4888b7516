"""Which split a source belongs to. All clips of a source are in one split, so that no film is seen in training and in
test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256 as digest
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from formats.selection import SplitName
from operators.filter import exact

_PLACES = 2**64


class SplitShareSettings(BaseModel):
    """The rest is train; by default everything is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    validation: float = Field(default=0.0, ge=0, le=1, description="share of sources held out for validation")
    test: float = Field(default=0.0, ge=0, le=1, description="share of sources held out for test")

    @model_validator(mode="after")
    def _leaves_room(self) -> Self:
        if exact(self.validation) + exact(self.test) > 1:
            raise ValueError(f"validation ({self.validation:g}) and test ({self.test:g}) are more than 1 together")
        return self


def split_of(sha256: str, settings: SplitShareSettings, stated: SplitName | None = None) -> SplitName:
    """The split of the source with this sha256 (hex); ``stated``, from the list of films, wins.

    A hash of the hash places the source on [0, 1): test takes from below, validation from above. So other films never
    move a source, and a greater share for one of the two moves sources between that one and train only, as long as
    they do not meet.
    """
    if stated is not None:
        return stated
    place = int.from_bytes(digest(f"shotloom split {sha256}".encode()).digest()[:8], "big")
    if place < exact(settings.test) * _PLACES:
        return "test"
    if place >= (1 - exact(settings.validation)) * _PLACES:
        return "validation"
    return "train"


def assign_splits(
    films: Sequence[str],
    links: Iterable[tuple[str, str]],
    settings: SplitShareSettings,
    stated: Mapping[str, SplitName],
    earlier: Mapping[str, SplitName],
) -> dict[str, SplitName]:
    """The split of each of ``films`` (sha256). ``links``: pairs of films that share near-duplicates; all that hang together
    go to one split.

    A split that the list of films states wins, then one of an ``earlier`` run. The others follow the first of their group
    (by sha256) that has one so; in a group without any, the film with the least sha256 places them all. So a film that is
    added moves others only if nothing is frozen, and only if it joins their group as its least.
    """
    fixed = {film: stated.get(film) or earlier.get(film) for film in films}
    splits: dict[str, SplitName] = {}
    for group in _groups(films, links):
        common = next((split for film in group if (split := fixed[film])), None) or split_of(group[0], settings)
        splits.update({film: fixed[film] or common for film in group})
    return splits


def _groups(films: Iterable[str], links: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Union-find; each group sorted."""
    parent = {film: film for film in films}

    def root(film: str) -> str:
        while parent[film] != film:
            parent[film] = parent[parent[film]]
            film = parent[film]
        return film

    for one, other in links:
        least, greatest = sorted((root(one), root(other)))
        parent[greatest] = least
    groups: dict[str, list[str]] = {}
    for film in sorted(parent):
        groups.setdefault(root(film), []).append(film)
    return list(groups.values())
