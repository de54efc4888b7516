from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from operators.runs import runs_of


@given(st.lists(st.booleans(), max_size=30))
def test_runs_are_the_marked_frames_and_no_two_touch(marked: list[bool]) -> None:
    runs = runs_of(np.array(marked, np.bool_))
    inside = [frame for start, end in runs for frame in range(start, end)]
    assert inside == [frame for frame, each in enumerate(marked) if each]
    assert all(start < end for start, end in runs)
    assert all(one[1] < other[0] for one, other in pairwise(runs))
