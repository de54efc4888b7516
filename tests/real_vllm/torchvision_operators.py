"""Lets PyPI's torchvision, which is built for CUDA's torch, be imported beside the torch for processors.

Its import asks for two operators of a library that does not load there; they are declared, without code, just before. A ``.pth``
file of the environment that ``make test-vllm`` makes imports this module whenever Python starts.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

_SIGNATURE = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


class _BeforeTorchvision(MetaPathFinder):
    """Finds nothing itself."""

    library: object = None

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == "torchvision":
            sys.meta_path.remove(self)
            import torch

            library = torch.library.Library("torchvision", "DEF")
            for operator in ("nms", "qnms"):
                library.define(operator + _SIGNATURE)
            type(self).library = library

        return None


sys.meta_path.insert(0, _BeforeTorchvision())
