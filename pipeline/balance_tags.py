"""The file of clips' tags that ``filter.balance`` may go by, checked before anything is built."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow as pa

from captioning.taxonomy.nodes import UnknownNodeError, taxonomy
from formats.clip_tags import ClipTagError, read_clip_tags
from pipeline.config import Config
from pipeline.config_file import ConfigError


def check_balance_tags(config: Config) -> None:
    """Raises ``ConfigError`` for a node that there is not, or a file that cannot be read."""
    nodes = config.filter.balanced_nodes
    if not nodes:
        return
    for node in nodes:
        try:
            taxonomy().node(node)
        except UnknownNodeError as error:
            raise ConfigError(f"filter.balance: {error}") from None
    balance_tags(config)


def balance_tags(config: Config) -> pa.Table:
    """As ``formats/clip_tags.py`` has it, of the nodes that are balanced by. Raises ``ConfigError``."""
    try:
        return read_clip_tags(Path(config.filter.tags), config.filter.balanced_nodes)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError(
            f"filter.tags: {config.filter.tags}: {reason}; `shotloom coverage --tags` writes it"
        ) from None
    except ClipTagError as error:
        raise ConfigError(f"filter.tags: {error}") from None


def balance_tags_hash(config: Config) -> str:
    """Of the file's bytes."""
    with Path(config.filter.tags).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
