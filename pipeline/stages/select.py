"""Select: candidates of every film, near-duplicates among them, then decisions over the whole corpus. No pixels."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.corpus_folder import SourceRow
from pipeline.decided_candidates import FilmCandidateRow, candidates_with_outcome
from pipeline.stages.alike_clips import alike_clips
from pipeline.stages.decide import decide_candidates
from pipeline.stages.film_candidates import make_candidates
from pipeline.stages.near_duplicates import near_duplicates
from pipeline.stages.run import Run


def select_clips(run: Run, sources: Sequence[SourceRow]) -> list[FilmCandidateRow]:
    """The kept candidates. Tables are written anew only when films or settings changed."""
    films = [row for row in sources if row.verdict.outcome == "kept"]
    make_candidates(run, films)
    equal, equal_print = near_duplicates(run)
    alike, alike_print = alike_clips(run)
    if not decide_candidates(run, films, (equal, alike), equal_print + alike_print):
        run.reporter.say("select: nothing to do, films and settings are those of the last run")
    return candidates_with_outcome(run.folder, "kept")
