"""Processes that train one model together, each on its own samples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
import torch.distributed
from torch import Tensor

_AT_ONCE = 32_000_000
"""Numbers that are sent together: few large messages, and little memory beside the gradients."""


@dataclass(frozen=True)
class Ranks:
    """This process is number ``rank`` of ``count``. With more than one, ``torch.distributed`` has been started."""

    rank: int = 0
    count: int = 1

    @classmethod
    def found(cls) -> Ranks:
        """As ``torch.distributed`` has it, if it was started."""
        if not torch.distributed.is_available() or not torch.distributed.is_initialized():
            return cls()
        return cls(torch.distributed.get_rank(), torch.distributed.get_world_size())

    @property
    def leads(self) -> bool:
        """Whether this one writes files and says what happens."""
        return self.rank == 0

    def add_up(self, tensors: Sequence[Tensor]) -> None:
        """In place: the sums over all processes, the same bits in each. All have tensors of the same shapes in the same order."""
        if self.count == 1:
            return
        for some in _groups(tensors):
            together = torch.cat([tensor.reshape(-1) for tensor in some])
            torch.distributed.all_reduce(together)
            for tensor, summed in zip(some, together.split([tensor.numel() for tensor in some]), strict=True):
                tensor.copy_(summed.view_as(tensor))

    def wait(self) -> None:
        """Until all are here."""
        if self.count > 1:
            torch.distributed.barrier()


def _groups(tensors: Sequence[Tensor]) -> Iterator[list[Tensor]]:
    """In order, each of one type and of at most ``_AT_ONCE`` numbers, or of one tensor."""
    group: list[Tensor] = []
    for tensor in tensors:
        held = sum(each.numel() for each in group)
        if group and (held + tensor.numel() > _AT_ONCE or tensor.dtype != group[0].dtype):
            yield group
            group = []
        group.append(tensor)
    if group:
        yield group
