"""One entry of a cache: a tensor in a safetensors file that is named after what it was made from and says so inside. It appears
whole or not at all; two processes that write it at once write the same.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Self

import torch
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import load, save
from torch import Tensor

from formats.filesystem import CorpusStore

_VALUES = "values"
_MOST_HEADER_BYTES = 1 << 20


class EntryKey(BaseModel):
    """Everything that an entry's values follow from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def name(self, folder: str) -> str:
        digest = hashlib.sha256(self.model_dump_json().encode()).hexdigest()
        return f"{folder}/{digest[:2]}/{digest}.safetensors"


class MissingEntryError(ValueError):
    """The cache has no such entry."""


class DamagedEntryError(ValueError):
    """A file of a cache is not what was written, or is of something else; the text names file and field."""


class _Said(BaseModel):
    """What a file says of itself. ``sha256``: of the values' bytes."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    key: str
    sha256: str


class EntryFolder:
    """Entries of one kind under ``folder`` of ``store``, which is a folder of this machine."""

    def __init__(self, store: CorpusStore, folder: str) -> None:
        self._store = store
        self._folder = folder

    @classmethod
    def at(cls, root: str | Path, folder: str) -> Self:
        return cls(CorpusStore(root), folder)

    def path(self, key: EntryKey) -> Path:
        path = self._store.local_path(key.name(self._folder))
        if path is None:
            raise ValueError(f"{self._store.root}: a cache lies in a folder of this machine")
        return path

    def write(self, key: EntryKey, values: Tensor) -> None:
        values = values.detach().cpu().contiguous()
        said = {"key": key.model_dump_json(), "sha256": hashlib.sha256(_bytes_of(values)).hexdigest()}
        self._store.write_atomic(key.name(self._folder), save({_VALUES: values}, metadata=said))

    def read(self, key: EntryKey) -> Tensor:
        """Compared with its checksum. Raises ``MissingEntryError`` and ``DamagedEntryError``."""
        file = self.path(key)
        try:
            data = file.read_bytes()
        except FileNotFoundError:
            raise MissingEntryError(f"{file} is missing") from None
        try:
            values = load(data)[_VALUES]
            said = _Said.model_validate(_metadata(data))
            stored = json.loads(said.key)
        except (SafetensorError, ValidationError, ValueError, KeyError, AttributeError) as error:
            raise DamagedEntryError(f"{file} is damaged: {_first_line(error)}") from error
        _require_same(file, key.model_dump(mode="json"), stored)
        if hashlib.sha256(_bytes_of(values)).hexdigest() != said.sha256:
            raise DamagedEntryError(f"{file} is damaged: its values are not those that were written")
        return values

    def holds(self, key: EntryKey) -> bool:
        """Whether the entry is there and as long as it says; its values are not read."""
        try:
            with safe_open(self.path(key), framework="pt") as opened:
                return _VALUES in opened.keys()  # noqa: SIM118 - it is no dictionary
        except (SafetensorError, OSError):
            return False


def _bytes_of(values: Tensor) -> bytes:
    return values.contiguous().flatten().view(torch.uint8).numpy().tobytes()


def _metadata(data: bytes) -> object:
    length = int.from_bytes(data[:8], "little")
    if length > _MOST_HEADER_BYTES:
        raise ValueError("its header is longer than one can be")
    return json.loads(data[8 : 8 + length]).get("__metadata__")


def _require_same(file: Path, wanted: object, stored: object) -> None:
    if not isinstance(wanted, dict) or not isinstance(stored, dict):
        raise DamagedEntryError(f"{file} is damaged: it does not say what it is of")
    differing = [name for name in sorted(wanted.keys() | stored.keys()) if wanted.get(name) != stored.get(name)]
    if differing:
        raise DamagedEntryError(f"{file} is of something else; what differs: {', '.join(differing)}")


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:300]
