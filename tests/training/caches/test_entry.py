"""Entries of caches: whole, of what they say, or refused."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.training.caches.write_for_ever import KEY, VALUES, PairKey
from training.caches.entry import DamagedEntryError, EntryFolder, MissingEntryError


@pytest.fixture
def entries(tmp_path: Path) -> EntryFolder:
    entries = EntryFolder.at(tmp_path, "texts")
    entries.write(KEY, VALUES)
    return entries


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_what_is_written_is_read_to_the_last_bit(tmp_path: Path, dtype: torch.dtype) -> None:
    entries = EntryFolder.at(tmp_path, "latents")
    values = torch.randn(4, 3, 2, 5).to(dtype)
    assert not entries.holds(KEY)
    entries.write(KEY, values.transpose(0, 3))
    assert entries.holds(KEY)
    read = entries.read(KEY)
    assert read.dtype == dtype
    assert torch.equal(read, values.transpose(0, 3))


def test_an_entry_that_is_not_there_is_missing(entries: EntryFolder) -> None:
    with pytest.raises(MissingEntryError, match="is missing"):
        entries.read(PairKey(encoder="umt5", number=2))


def test_an_entry_under_another_name_is_refused_by_the_field_that_differs(entries: EntryFolder) -> None:
    other = PairKey(encoder="another", number=1)
    entries.path(other).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(entries.path(KEY), entries.path(other))
    with pytest.raises(DamagedEntryError, match=r"of something else; what differs: encoder$"):
        entries.read(other)


@given(st.data())
def test_a_truncated_entry_is_never_read(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    entries = EntryFolder.at(tmp_path_factory.mktemp("cache"), "texts")
    entries.write(KEY, VALUES)
    file = entries.path(KEY)
    whole = file.read_bytes()
    file.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with pytest.raises(DamagedEntryError, match="is damaged"):
        entries.read(KEY)
    assert not entries.holds(KEY)


@given(st.data())
def test_a_flipped_bit_is_seen_wherever_it_is(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Blank space that fills up the header is no part of it: the values are the same."""
    entries = EntryFolder.at(tmp_path_factory.mktemp("cache"), "texts")
    entries.write(KEY, VALUES)
    file = entries.path(KEY)
    changed = bytearray(file.read_bytes())
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    file.write_bytes(bytes(changed))
    try:
        read = entries.read(KEY)
    except DamagedEntryError as error:
        assert str(file) in str(error)
    else:
        assert torch.equal(read, VALUES)


@pytest.mark.parametrize("said", [None, {}, {"key": "[]", "sha256": ""}, {"key": "{", "sha256": ""}, {"key": "1"}])
def test_a_file_that_does_not_say_what_it_is_of_is_refused(entries: EntryFolder, said: dict[str, str] | None) -> None:
    from safetensors.torch import save_file

    save_file({"values": VALUES}, entries.path(KEY), metadata=said)
    with pytest.raises(DamagedEntryError, match="damaged"):
        entries.read(KEY)


def test_a_file_with_a_hostile_header_is_refused(entries: EntryFolder) -> None:
    header = json.dumps({"values": {"dtype": "F32", "shape": [1 << 40], "data_offsets": [0, 1 << 42]}}).encode()
    for data in (len(header).to_bytes(8, "little") + header, (1 << 60).to_bytes(8, "little"), b"", b"\xff" * 100):
        entries.path(KEY).write_bytes(data)
        with pytest.raises(DamagedEntryError):
            entries.read(KEY)


def test_processes_that_write_at_once_and_one_that_is_killed_leave_it_whole(tmp_path: Path) -> None:
    entries = EntryFolder.at(tmp_path, "texts")
    other = subprocess.Popen(
        [sys.executable, "-m", "tests.training.caches.write_for_ever", str(tmp_path)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    )
    try:
        assert other.stdout is not None
        assert other.stdout.readline()
        for _ in range(100):
            entries.write(KEY, VALUES)
            assert torch.equal(entries.read(KEY), VALUES)
    finally:
        other.send_signal(signal.SIGKILL)
        other.wait()
    assert torch.equal(entries.read(KEY), VALUES)
