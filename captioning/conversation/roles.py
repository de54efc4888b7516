"""Which model answers which questions about a clip."""

from __future__ import annotations

from dataclasses import dataclass

from captioning.asks import AskBackend


@dataclass(frozen=True)
class RoleBackends:
    """``shot`` is asked about one shot at a time, ``clip`` for the caption of the whole, ``entities`` for who and where, and
    for events and tags. The same backend may have several roles.
    """

    shot: AskBackend
    clip: AskBackend
    entities: AskBackend

    @classmethod
    def all_by(cls, backend: AskBackend) -> RoleBackends:
        return cls(backend, backend, backend)
