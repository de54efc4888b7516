"""The models of one run by what they are asked about."""

from __future__ import annotations

from dataclasses import dataclass

from captioning.asks import AskBackend


@dataclass(frozen=True)
class ModelBackends:
    """``clip`` speaks of whole clips, ``shot`` of single shots; the same object where one model does both."""

    clip: AskBackend
    shot: AskBackend

    async def close(self) -> None:
        await self.clip.close()
        if self.shot is not self.clip:
            await self.shot.close()
