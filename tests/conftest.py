"""What all tests share."""

from __future__ import annotations

import os
import sys

import pytest
from hypothesis import settings

settings.register_profile("shotloom", deadline=None, derandomize=True)
settings.load_profile("shotloom")

_ENDED = pytest.StashKey[int]()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.stash[_ENDED] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Arrow's thread pools abort about one process in thirty while Python is taken down (26.0 and 25.0, Linux): a run that passed
    would end as if it had crashed. Everything is printed by now."""
    if "pyarrow" in sys.modules and _ENDED in config.stash:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(config.stash[_ENDED])
