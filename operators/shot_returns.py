"""Shot and reverse shot: A, B, and A again are one scene, though A and B look unlike.

Rule 3 of stitching, ours; nothing is published on it. Linking compares neighbours only, so the commonest way of cutting two
people who talk would fall apart into single shots. Where the picture comes back to what it showed before the last shot, both
borders of the shot between are links after all, if they were refused as too unlike and nothing but that was wrong.

Two limits. What comes back must be the same set-up, so ``min`` is far above the band's least. And each border must
still share something (``least``): title cards on one ground return too, and what lies between them is another scene each time.
"""

from __future__ import annotations

from collections.abc import Sequence

from formats.film_scan import FilmScan
from formats.ledger import KEPT
from formats.selection import LinkRow, ShotRow
from operators.border_features import BorderFeatures
from operators.stitch import Similarity, likeness_of
from operators.stitch_settings import ReturnSettings


def link_returns(
    scan: FilmScan,
    shots: Sequence[ShotRow],
    links: Sequence[LinkRow],
    similarity: Similarity,
    settings: ReturnSettings,
) -> tuple[LinkRow, ...]:
    """``links`` with those kept that a returning shot proves; ``returned`` is how alike the two A are, the best where a border
    has two such proofs. ``shots`` and ``links`` as ``operators/stitch.py`` made them, neighbours at neighbouring places."""
    if not settings.link:
        return tuple(links)
    features = BorderFeatures.of_film(scan)
    alike_at_least, shared_at_least = settings.of(scan.embedder)
    proofs: dict[int, float] = {}
    for first in range(len(links) - 1):
        pair = links[first], links[first + 1]
        if not _only_unlike(pair, shared_at_least):
            continue
        alike = likeness_of(
            features.last_within(shots[first].run), features.first_within(shots[first + 2].run), similarity
        )
        if alike is not None and alike >= alike_at_least:
            for border in (first, first + 1):
                proofs[border] = max(alike, proofs.get(border, alike))
    return tuple(
        link.model_copy(update={"returned": proofs[at]} | ({} if _is_link(link) else {"verdict": KEPT}))
        if at in proofs
        else link
        for at, link in enumerate(links)
    )


def _only_unlike(pair: tuple[LinkRow, LinkRow], least: float) -> bool:
    """One of the borders at least was refused, and neither for anything but being unlike, within reason."""
    refused = [link for link in pair if not _is_link(link)]
    return bool(refused) and all(
        link.verdict.reason == "too_unlike" and link.similarity is not None and link.similarity >= least
        for link in refused
    )


def _is_link(link: LinkRow) -> bool:
    return link.verdict.outcome == "kept"
