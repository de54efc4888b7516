from __future__ import annotations

import numpy as np

from operators.candidate_network import HOPELESS, LEAST_LIKELY, WEIGHTS, candidate_cuts, opinion
from operators.network_gate import THRESHOLDS


def test_the_weights_hold_two_networks_of_two_hidden_layers() -> None:
    with np.load(WEIGHTS, allow_pickle=False) as stored:
        for of, values in (("cut", 41), ("span", 50)):
            hidden = stored[f"{of}.in.bias"].shape
            assert stored[f"{of}.mean"].shape == stored[f"{of}.deviation"].shape == (values,)
            assert stored[f"{of}.in.weight"].shape == (values, *hidden)
            assert stored[f"{of}.middle.weight"].shape == (*hidden, *hidden)
            assert stored[f"{of}.out.weight"].shape == hidden
            assert all(np.isfinite(stored[name]).all() for name in stored.files)


def test_a_value_however_large_moves_an_opinion_within_bounds() -> None:
    with np.load(WEIGHTS, allow_pickle=False) as stored:
        usual, spread = stored["cut.mean"], stored["cut.deviation"]
    far, farther = usual + 10 * spread, usual + 1e6 * spread
    assert opinion("cut", far) == opinion("cut", farther)


def test_candidates_are_likelier_than_those_beside_them_and_not_hopeless() -> None:
    likelihood = np.full(40, -9.0, np.float32)
    likelihood[[10, 11, 20, 30]] = [1.0, 0.5, LEAST_LIKELY + 0.1, LEAST_LIKELY - 0.1]
    assert candidate_cuts(likelihood) == [10, 20]


def test_no_network_makes_a_cut_of_what_was_not_worth_a_second_look() -> None:
    most = 1 / (1 + np.exp(-(HOPELESS + 2.5 * (1 - 0.3))))
    assert most < THRESHOLDS[0] / 10
