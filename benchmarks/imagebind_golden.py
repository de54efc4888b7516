"""Makes the numbers that ``operators/embedders/imagebind_trunk.py`` is tested against, with ImageBind's own code.

    pip download --no-deps imagebind-packaged==0.1.2     (and unpack it)
    python -m benchmarks.imagebind_golden UNPACKED OUT.npz

The reference needs einops, ftfy and regex. Of timm and iopath its modules import three names that play no part in the
vision half; they are stood in for here: ``DropPath`` (never made, all rates are 0), ``trunc_normal_`` (the initial
positions, which are drawn anew afterwards) and ``g_pathmgr`` (reads the text vocabulary).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

from operators.embedders.imagebind_trunk import OTHER_SENSES

WIDTH, BLOCKS, HEADS, OUT = 16, 3, 2, 12
PICTURES, PICTURE_SEED = 3, 6


def reference_model(unpacked: Path) -> Any:
    """The reference's whole model with a tiny vision half and tiny other senses. Its package's ``__init__`` is passed by:
    it imports audio and video readers."""
    timm, iopath = ModuleType("timm.models.layers"), ModuleType("iopath.common.file_io")
    timm.DropPath, timm.trunc_normal_ = torch.nn.Dropout, torch.nn.init.trunc_normal_  # type: ignore[attr-defined]
    iopath.g_pathmgr = None  # type: ignore[attr-defined]
    package = ModuleType("imagebind")
    package.__path__ = [str(unpacked / "imagebind")]
    sys.modules |= {"timm.models.layers": timm, "iopath.common.file_io": iopath, "imagebind": package}
    from imagebind.models.imagebind_model import ImageBindModel

    small = {f"{sense}_{what}": 1 for sense in OTHER_SENSES for what in ("num_blocks", "num_heads")}
    widths = {f"{sense}_embed_dim": 4 for sense in OTHER_SENSES}
    vision = {"vision_embed_dim": WIDTH, "vision_num_blocks": BLOCKS, "vision_num_heads": HEADS}
    return ImageBindModel(out_embed_dim=OUT, **vision, **small, **widths).eval()


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the numbers that our ImageBind trunk is tested against.")
    parser.add_argument("unpacked", type=Path, help="folder of the unpacked imagebind-packaged wheel")
    parser.add_argument("out", type=Path, help=".npz to write")
    options = parser.parse_args()
    unpacked, out = options.unpacked, options.out
    torch.manual_seed(5)
    model = reference_model(unpacked)
    half = {name: tensor.half() for name, tensor in model.state_dict().items() if ".vision." in name}
    for tensor in half.values():
        tensor += 0.05 * torch.randn(tensor.shape).half()
    model.load_state_dict({name: tensor.float() for name, tensor in half.items()}, strict=False)
    pictures = np.random.default_rng(PICTURE_SEED).standard_normal((PICTURES, 3, 224, 224), np.float32)
    with torch.inference_mode():
        vectors = model({"vision": torch.from_numpy(pictures)})["vision"].numpy()
    others = np.array(sorted(name for name in model.state_dict() if ".vision." not in name))
    weights = {f"weight:{name}": tensor.numpy() for name, tensor in half.items()}
    np.savez_compressed(out, vectors=vectors, seed=PICTURE_SEED, others=others, **weights)
    print(f"{out}: {len(half)} vision weights, {len(others)} others by name, vectors {vectors.shape}")


if __name__ == "__main__":
    main()
