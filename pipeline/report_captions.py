"""The report's part on what models were asked: totals and faults as tallies, tokens per clip as a histogram."""

from __future__ import annotations

from pipeline.caption_books import caption_books
from pipeline.corpus_folder import CorpusFolder
from pipeline.report.model import Histogram, Tally
from pipeline.report_histogram import histogram


def caption_tallies(folder: CorpusFolder) -> tuple[Tally, ...]:
    """None where no model was asked."""
    books = caption_books(folder)
    if books is None:
        return ()
    asked = (
        ("clips", books.clips),
        ("questions", books.asks),
        ("of them asked again", books.retries),
        ("pictures sent", books.pictures),
        ("tokens in", books.prompt_tokens),
        ("tokens out", books.answer_tokens),
        ("measured words instead", books.measured),
    )
    faults = tuple(
        (f"{fault}: {outcome.replace('_', ' ')}", number)
        for fault, outcomes in books.faults.items()
        for outcome, number in outcomes.items()
    )
    return (Tally("Asked of models", asked), Tally("Faults of answers, and what was done", faults))


def token_histogram(folder: CorpusFolder) -> Histogram | None:
    """Tokens per clip that a model was asked about, in and out."""
    tokens = [row.prompt_tokens + row.answer_tokens for row in folder.annotations.rows() if row.asks]
    return histogram("Tokens per clip, asked and answered", "tokens", tokens, ()) if tokens else None
