"""What a part of a model's release is: a digest of its settings and weights, without loading it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from training.model.release import CheckpointError

_READ = ("*.json", "*.safetensors", "*.model", "*.txt")
_WHOLE = 64 << 20
_BLOCKS = 1024
_BLOCK = 64 << 10


def part_digest(*folders: Path) -> str:
    """16 hex digits of the files in ``folders``: their names, sizes and bytes. Of a file above 64 MiB, 1,024 blocks of 64 KiB
    evenly spread, its first and last among them: another encoder differs everywhere, and 20 GB are not read at every start. Raises
    ``CheckpointError`` for a folder without any."""
    total = hashlib.sha256()
    for folder in folders:
        files = sorted({file for pattern in _READ for file in folder.glob(pattern)})
        if not files:
            raise CheckpointError(f"{folder} is missing, or nothing is in it")
        for file in files:
            size = file.stat().st_size
            total.update(f"{folder.name}/{file.name} {size}\n".encode())
            total.update(_digest(file, size))
    return total.hexdigest()[:16]


def _digest(file: Path, size: int) -> bytes:
    with file.open("rb") as stream:
        if size <= _WHOLE:
            return hashlib.file_digest(stream, "sha256").digest()
        digest = hashlib.sha256()
        for block in range(_BLOCKS):
            stream.seek((size - _BLOCK) * block // (_BLOCKS - 1))
            digest.update(stream.read(_BLOCK))
        return digest.digest()
