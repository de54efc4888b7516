"""The nodes of the SCINE taxonomy, read once from ``scine.yaml``, which says where they come from.

A node is named by its path, ``Camera -> Intrinsics -> Lens Size``, as a ``Tag`` of the clip record has it.
"""

from __future__ import annotations

import difflib
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from formats.clip_record import Tag

Pillar = Literal["Camera", "Lighting", "Setup", "Events"]
PILLARS: tuple[Pillar, ...] = ("Camera", "Lighting", "Setup", "Events")
ARROW = " -> "
PRESENT = "present"
"""The value of a tag whose node is only there or not."""

DATA = Path(__file__).parent / "scine.yaml"
_BRANCH_OF_DEPENDENTS = "Portrayed as"


class UnknownNodeError(ValueError):
    """The taxonomy has no node of this path. The text names the nearest one, where one is near."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Node(_Part):
    """One control node. ``values``: the closed list, ``OPEN`` (any short text) or ``PRESENCE`` (there or not).

    ``variants``, ``kinds_of_value`` and ``doubts`` say what else the paper writes, and where it had to be read one way; none of
    it is a value. ``depends_on``: the branch of which some other node must hold for this one to mean anything, or empty.
    """

    path: str
    means: str = Field(min_length=1)
    values: tuple[str, ...] | Literal["OPEN", "PRESENCE"]
    variants: tuple[str, ...] = ()
    kinds_of_value: tuple[str, ...] = ()
    depends_on: str = ""
    doubts: tuple[str, ...] = ()

    @property
    def pillar(self) -> Pillar:
        return next(pillar for pillar in PILLARS if pillar == self.levels[0])

    @property
    def levels(self) -> tuple[str, ...]:
        """``("Camera", "Intrinsics", "Lens Size")``"""
        return tuple(self.path.split(ARROW))

    @property
    def name(self) -> str:
        """The last level."""
        return self.levels[-1]

    @property
    def closed(self) -> tuple[str, ...]:
        """All the values that a tag of this node may have; empty for an open node."""
        if self.values == "PRESENCE":
            return (PRESENT,)
        return () if self.values == "OPEN" else self.values

    def takes(self, value: str) -> bool:
        """Whether a tag of this node may have ``value``, spelled just so."""
        return bool(value.strip()) if self.values == "OPEN" else value in self.closed


class Taxonomy(_Part):
    """All nodes, in the order of the paper. Raises ``ValueError`` (pydantic's) for data that contradicts itself."""

    source: str
    nodes: tuple[Node, ...]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        paths = [node.path for node in self.nodes]
        if len(set(paths)) != len(paths):
            raise ValueError("a path stands twice")
        for node in self.nodes:
            if node.levels[0] not in PILLARS or len(node.levels) < 2:
                raise ValueError(f"{node.path!r} is under no pillar")
            if not isinstance(node.values, str) and len(set(node.values)) != len(node.values):
                raise ValueError(f"{node.path}: a value stands twice")
            if (_BRANCH_OF_DEPENDENTS in node.levels) != bool(node.depends_on):
                raise ValueError(
                    f"{node.path}: nodes under {_BRANCH_OF_DEPENDENTS!r}, and only these, depend on a branch"
                )
        return self

    def of(self, pillar: Pillar) -> tuple[Node, ...]:
        return tuple(node for node in self.nodes if node.pillar == pillar)

    def node(self, path: str) -> Node:
        """Raises ``UnknownNodeError``."""
        found = self._by_path.get(path)
        if found is None:
            near = difflib.get_close_matches(path, self._by_path, n=1, cutoff=0.6)
            hint = f", did you mean {near[0]!r}?" if near else "; docs/taxonomy.md lists all 76"
            raise UnknownNodeError(f"there is no node {path!r}{hint}")
        return found

    def knows(self, path: str) -> bool:
        return path in self._by_path

    @cached_property
    def _by_path(self) -> dict[str, Node]:
        return {node.path: node for node in self.nodes}

    def parents(self, node: Node) -> tuple[Node, ...]:
        """The nodes of which one must hold for ``node`` to mean anything; none for a node that depends on nothing."""
        if not node.depends_on:
            return ()
        under = node.depends_on + ARROW
        return tuple(each for each in self.nodes if each.path.startswith(under) and not each.depends_on)


@lru_cache(maxsize=1)
def taxonomy() -> Taxonomy:
    """The whole taxonomy."""
    return Taxonomy.model_validate(yaml.safe_load(DATA.read_text(encoding="utf-8")))


def checked_tag(shot: int, path: str, value: str, origin: str) -> Tag:
    """A tag that the taxonomy knows. Raises ``UnknownNodeError``, and ``ValueError`` for a value that the node does not have."""
    if not taxonomy().node(path).takes(value):
        raise ValueError(f"{path} has no value {value!r}")
    return Tag(shot=shot, node=path, value=value, origin=origin)
