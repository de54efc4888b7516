"""ImageBind's vision encoder (Girdhar et al., arXiv 2305.05665), and reading it out of the official checkpoint.

A picture becomes 16x16 patches, a class token is put before them, and a plain transformer with norms in front follows. The
reference repeats a still picture to two frames for its 2x14x14 patches; summing the patch weights over time is the same.

B: pictures, L: tokens (class token first), D: width.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from operators.picture_models.weights import WeightsError

SIDE, PATCH, FRAMES = 224, 14, 2
TOKENS = (SIDE // PATCH) ** 2 + 1
NORM_EPS = 1e-6
OTHER_SENSES = ("text", "audio", "depth", "thermal", "imu")
PARTS = ("modality_preprocessors", "modality_trunks", "modality_heads", "modality_postprocessors")
NAMES = (
    ("modality_preprocessors.vision.cls_token", "class_token"),
    ("modality_preprocessors.vision.rgbt_stem.proj.1.", "patches."),
    ("modality_preprocessors.vision.pos_embedding_helper.pos_embed", "positions"),
    ("modality_trunks.vision.pre_transformer_layer.0.", "norm_in."),
    ("modality_trunks.vision.blocks.", "blocks."),
    ("modality_heads.vision.0.", "norm_out."),
    ("modality_heads.vision.2.", "projection."),
)
"""How names in the checkpoint begin, and how the same parameters begin here."""


@dataclass(frozen=True)
class TrunkShape:
    width: int
    blocks: int
    heads: int
    out: int


HUGE = TrunkShape(width=1280, blocks=32, heads=16, out=1024)
"""``imagebind_huge``."""


class Block(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.attn = nn.MultiheadAttention(width, heads, batch_first=True)
        self.norm_1, self.norm_2 = nn.LayerNorm(width, eps=NORM_EPS), nn.LayerNorm(width, eps=NORM_EPS)
        self.mlp = nn.ModuleDict({"fc1": nn.Linear(width, 4 * width), "fc2": nn.Linear(4 * width, width)})

    def forward(self, x_BLD: Tensor) -> Tensor:
        y_BLD = self.norm_1(x_BLD)
        x_BLD = x_BLD + self.attn(y_BLD, y_BLD, y_BLD, need_weights=False)[0]
        hidden = nn.functional.gelu(self.mlp["fc1"](self.norm_2(x_BLD)))
        return cast(Tensor, x_BLD + self.mlp["fc2"](hidden))


class VisionTrunk(nn.Module):
    """``(B, 3, 224, 224)`` normalised pictures -> ``(B, out)`` vectors of length 1."""

    def __init__(self, shape: TrunkShape) -> None:
        super().__init__()
        self.class_token = nn.Parameter(torch.zeros(1, 1, shape.width))
        self.positions = nn.Parameter(torch.zeros(1, TOKENS, shape.width))
        window = (FRAMES, PATCH, PATCH)
        self.patches = nn.Conv3d(3, shape.width, kernel_size=window, stride=window, bias=False)
        self.norm_in = nn.LayerNorm(shape.width, eps=NORM_EPS)
        self.blocks = nn.ModuleList(Block(shape.width, shape.heads) for _ in range(shape.blocks))
        self.norm_out = nn.LayerNorm(shape.width, eps=NORM_EPS)
        self.projection = nn.Linear(shape.width, shape.out, bias=False)

    def forward(self, pictures: Tensor) -> Tensor:
        still = self.patches.weight.sum(dim=2)
        patches_BLD = nn.functional.conv2d(pictures, still, stride=PATCH).flatten(2).transpose(1, 2)
        class_B1D = self.class_token.expand(len(pictures), -1, -1)
        x_BLD = self.norm_in(torch.cat((class_B1D, patches_BLD), dim=1) + self.positions)
        for block in self.blocks:
            x_BLD = block(x_BLD)
        return nn.functional.normalize(self.projection(self.norm_out(x_BLD)[:, 0]), dim=-1)


def load_trunk(path: Path, shape: TrunkShape = HUGE) -> VisionTrunk:
    """From the official file, or the folder that it lies in: tensors only, nothing is unpickled.

    Every vision weight must be there in its shape, and none besides but those of the other senses. Raises
    ``WeightsError``.
    """
    files = sorted(path.glob("*.pth")) if path.is_dir() else [path]
    if len(files) != 1:
        raise WeightsError(f"{path} holds {len(files)} .pth files; name the file imagebind_huge.pth itself")
    try:
        stored = torch.load(files[0], map_location="cpu", weights_only=True, mmap=True)
        weights = _vision_weights(stored)
        with torch.device("meta"):
            trunk = VisionTrunk(shape)
        trunk.load_state_dict(weights, strict=True, assign=True)
    except (OSError, RuntimeError, ValueError, AttributeError, TypeError, EOFError, pickle.UnpicklingError) as error:
        lines = str(error).splitlines() or [type(error).__name__]
        raise WeightsError(f"{path} is not ImageBind's checkpoint: {' '.join(lines[:2]).strip()}") from error
    return trunk.float().eval()


def _vision_weights(stored: dict[str, Tensor]) -> dict[str, Tensor]:
    other = tuple(f"{part}.{sense}." for part in PARTS for sense in OTHER_SENSES)
    return {_own_name(name): tensor for name, tensor in stored.items() if not name.startswith(other)}


def _own_name(name: str) -> str:
    for theirs, ours in NAMES:
        if name.startswith(theirs):
            return ours + name.removeprefix(theirs)
    return name
