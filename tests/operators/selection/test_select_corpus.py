from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.selection import CorpusSelection, TopCutOff
from operators.filter import FilterSettings
from operators.select import SelectSettings, select_corpus, select_film

LIMITS = {"duration": {"min": 3, "max": 10}, "shots": {"min": 2, "max": 2}}
PLAIN = SelectSettings.model_validate(
    {"shots": {"min_frames": 5}, "stitch": {"band": {"min": 0.5, "max": 0.95}}, "filter": LIMITS}
)


def top(share, **more):
    return FilterSettings.model_validate(LIMITS | {"top": {"score": "contrast", "share": share}} | more)


@pytest.fixture(scope="session")
def film_of(build_film, piece):
    """One film with one candidate per value of contrast, each candidate two shots of 2 s."""

    def build(name, values):
        pieces = []
        for number, value in enumerate(values):
            look = 250 * (number % 2)
            scores = {"contrast": value} if value is not None else {}
            pieces += [piece(20, look=look, scores=scores), piece(20, look=abs(look - 20), scores=scores)]
        film = build_film(pieces, sha256=f"{name:02x}" * 32)
        alike = lambda one, other: 1 - abs(one[0] - other[0]) / 255  # noqa: E731
        selection = select_film(film.scan, film.accepted, film.pts, alike, PLAIN)
        assert len(selection.candidates) == len(values)
        return selection

    return build


def verdicts(corpus):
    return {row.plan.key: row.verdict for film in corpus.films for row in film.candidates}


def kept(corpus):
    return {key for key, verdict in verdicts(corpus).items() if verdict.outcome == "kept"}


def test_the_top_share_is_taken_over_the_whole_corpus(film_of):
    corpus = select_corpus([film_of(1, [0.9, 0.1, 0.2]), film_of(2, [0.8, 0.3])], top(0.4))
    assert len(kept(corpus)) == 2
    assert (corpus.cut_off.value, corpus.cut_off.considered, corpus.cut_off.kept) == (0.8, 5, 2)
    gone = [verdict for verdict in verdicts(corpus).values() if verdict.outcome == "dropped"]
    assert {(verdict.reason, verdict.limit) for verdict in gone} == {("top:contrast", 0.8)}
    assert sorted(verdict.value for verdict in gone) == [0.1, 0.2, 0.3]


def test_only_what_passed_everything_else_counts(film_of):
    limits = top(0.5, scores=[{"name": "contrast", "max": 0.85}])
    corpus = select_corpus([film_of(1, [0.9, 0.1, 0.2]), film_of(2, [0.8, 0.3])], limits)
    assert (corpus.cut_off.considered, corpus.cut_off.kept, corpus.cut_off.value) == (4, 2, 0.3)


def test_a_candidate_that_failed_before_keeps_its_reason(film_of):
    corpus = select_corpus([film_of(1, [0.9, None, 0.2, 0.1])], top(0.5, scores=[{"name": "contrast", "max": 0.85}]))
    reasons = [verdict.reason for verdict in verdicts(corpus).values()]
    assert reasons == ["score_max:contrast", "score_missing:contrast", "", "top:contrast"]


def test_a_share_is_counted_exactly_and_rounded_up(film_of):
    film = film_of(1, [number / 100 for number in range(25)])
    assert len(kept(select_corpus([film], top(0.28)))) == 7
    assert len(kept(select_corpus([film], top(0.281)))) == 8


def test_equal_values_are_ranked_by_key(film_of):
    corpus = select_corpus([film_of(2, [0.5, 0.5]), film_of(1, [0.5, 0.5])], top(0.5))
    assert kept(corpus) == set(sorted(verdicts(corpus))[:2])


def test_a_frozen_cut_off_changes_nothing_for_films_that_were_there(film_of):
    old = [film_of(1, [0.9, 0.1, 0.2]), film_of(2, [0.8, 0.3])]
    before = select_corpus(old, top(0.4))
    frozen = TopCutOff.model_validate_json(before.cut_off.model_dump_json())
    added = film_of(3, [0.95, 0.8, 0.79])
    after = select_corpus([*old, added], top(0.4), frozen)
    assert {key: verdicts(after)[key] for key in verdicts(before)} == verdicts(before)
    assert [row.verdict.outcome for row in after.films[2].candidates] == ["kept", "dropped", "dropped"]
    assert after.cut_off == frozen
    assert kept(select_corpus([*old, added], top(0.4))) != kept(after)


def test_a_cut_off_of_other_settings_is_refused(film_of):
    frozen = select_corpus([film_of(1, [0.9, 0.1])], top(0.5)).cut_off
    with pytest.raises(ValueError, match="ask otherwise"):
        select_corpus([film_of(1, [0.9, 0.1])], top(0.4), frozen)
    with pytest.raises(ValueError, match="ask otherwise"):
        select_corpus([film_of(1, [0.9, 0.1])], PLAIN.filter, frozen)


def test_a_film_given_twice_is_refused(film_of):
    with pytest.raises(ValueError, match="given twice"):
        select_corpus([film_of(1, [0.9]), film_of(1, [0.9])], PLAIN.filter)


def test_nothing_that_passed_means_no_cut_off(film_of):
    corpus = select_corpus([film_of(1, [None, None])], top(0.4))
    assert corpus.cut_off is None
    assert {verdict.reason for verdict in verdicts(corpus).values()} == {"score_missing:contrast"}
    assert select_corpus([], top(0.4)) == CorpusSelection(films=(), cut_off=None)


def test_judging_again_with_other_limits_forgets_the_first_verdict(film_of):
    film = film_of(1, [0.9, 0.1])
    strict = select_corpus([film], top(0.5))
    assert kept(select_corpus(strict.films, PLAIN.filter)) == kept(select_corpus([film], PLAIN.filter))


@settings(deadline=None)
@given(
    values=st.lists(st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.4]), min_size=1, max_size=3), min_size=1, max_size=5),
    share=st.sampled_from([0.1, 0.25, 0.3, 0.4, 0.5, 1.0]),
    data=st.data(),
)
def test_the_order_of_films_does_not_matter_and_the_share_is_exact(film_of, values, share, data):
    films = [film_of(number, contrast) for number, contrast in enumerate(values)]
    corpus = select_corpus(films, top(share))
    assert select_corpus(data.draw(st.permutations(films)), top(share)) == corpus
    total = sum(len(contrast) for contrast in values)
    assert len(kept(corpus)) == ceil(Fraction(str(share)) * total)
    assert select_corpus(films, top(share), corpus.cut_off) == corpus
    scores = {row.plan.key: row.scores["contrast"] for film in corpus.films for row in film.candidates}
    worst = min(scores[key] for key in kept(corpus))
    assert all(scores[key] <= worst for key in scores.keys() - kept(corpus))
