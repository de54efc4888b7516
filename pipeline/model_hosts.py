"""One process per machine holds the learned models of a build; every worker that needs them keeps it alive.

Whoever comes first starts it, under a lock; it ends when the last worker has closed its connection, however that worker
ended. So sixteen workers share one copy of the weights, on a processor and on a GPU.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from multiprocessing.connection import Client, Connection
from pathlib import Path

_THREAD_LIMITS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_ADDRESS_LIMIT = 100


class ModelHostError(RuntimeError):
    """The models could not be loaded in their process; the text says why."""


@dataclass(frozen=True)
class _Lease:
    address: str
    connection: Connection

    def stands(self) -> bool:
        """The host says nothing after its greeting, so something to read is its end."""
        return not self.connection.poll(0)


class ModelHosts:
    """A worker's hold on the host of each set of models that it was asked for."""

    def __init__(self) -> None:
        self._leases: dict[str, _Lease] = {}

    def address_of(self, settings: str) -> str:
        """Where the models of the scan settings ``settings`` (JSON) are served, started if need be.

        Raises ``ModelHostError``.
        """
        lease = self._leases.get(settings)
        if lease is None or not lease.stands():
            lease = self._leases[settings] = _join(settings)
        return lease.address

    def close(self) -> None:
        for lease in self._leases.values():
            lease.connection.close()
        self._leases.clear()


def _join(settings: str) -> _Lease:
    address = _folder() / hashlib.sha256(f"{sys.executable} {os.getcwd()} {settings}".encode()).hexdigest()[:16]  # noqa: PTH109
    if len(str(address)) > _ADDRESS_LIMIT:
        raise ModelHostError(f"{address} is too long for a Unix socket: set TMPDIR to a shorter folder")
    with address.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        connection = _connected(address)
        if connection is None:
            _start(address, settings)
            connection = _connected(address)
    if connection is None:
        raise ModelHostError("the process that holds the models ended at once")
    return _Lease(str(address), connection)


def _folder() -> Path:
    """This user's alone."""
    folder = Path(tempfile.gettempdir()) / f"shotloom-models-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid() or folder.stat().st_mode & 0o077:
        raise ModelHostError(f"{folder} can be reached by other users: remove it, or set TMPDIR to another folder")
    return folder


def _connected(address: Path) -> Connection | None:
    try:
        connection = Client(str(address), "AF_UNIX")
        connection.recv_bytes()
    except (OSError, EOFError):
        return None
    return connection


def _start(address: Path, settings: str) -> None:
    """Waits until the models are loaded. The process outlives this worker if another one needs it."""
    kept = {name: value for name, value in os.environ.items() if name not in _THREAD_LIMITS}
    paths = os.pathsep.join(path or os.getcwd() for path in sys.path)  # noqa: PTH109
    log = address.with_suffix(".log")
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "operators.picture_models.host", str(address), settings],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=kept | {"PYTHONPATH": paths},
            start_new_session=True,
        )
    assert process.stdout is not None
    with process.stdout:
        if process.stdout.readline() != b"ready\n":
            process.wait()
            said = log.read_text("utf-8", "replace").strip().splitlines() or ["no reason given"]
            raise ModelHostError(f"the learned models could not be loaded: {said[-1]}")
