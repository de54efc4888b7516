"""The card of an exported model: what it was made from, how it is loaded, and whose the films were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import yaml

from formats.manifest import ManifestRow
from formats.markdown_text import link, one_line, plain, table
from training.data.corpora import open_corpora
from training.data.plan_identity import PlanIdentity
from training.settings import TrainingSettings
from training.trainer.base_model import BaseModelIdentity
from training.trainer.checkpoint import CheckpointFacts

_MOST_SOURCES = 500


@dataclass(frozen=True)
class TrainedOn:
    """``rows``: the clips of a corpus' split train that fit a size, as they are now. ``same``: whether those of the split are what
    they were in training."""

    name: str
    rows: tuple[ManifestRow, ...]
    same: bool


@dataclass(frozen=True)
class ExportFacts:
    """``loading``: how it is loaded, in Markdown. ``average``: whether it is the moving average of what was learnt."""

    title: str
    checkpoint: CheckpointFacts
    average: bool
    loading: str
    settings: TrainingSettings
    corpora: tuple[TrainedOn, ...]


def trained_on(settings: TrainingSettings, identity: PlanIdentity) -> tuple[TrainedOn, ...]:
    """``identity``: of the checkpoint. Raises as ``open_corpora`` for a corpus that is not where it was."""
    data = settings.data
    marks = {name: mark for name, _, mark in identity.corpora}
    return tuple(
        TrainedOn(
            corpus.name,
            tuple(corpus.rows[key] for key, _ in corpus.table.assigned),
            corpus.fingerprint == marks.get(corpus.name),
        )
        for corpus in open_corpora(data.corpora, "train", data.sizes, data.windows)
    )


def render_model_card(facts: ExportFacts) -> str:
    """The README as text. Names, attributions and links are escaped: strangers wrote them."""
    header = {
        "base_model": one_line(facts.settings.model.source),
        "pipeline_tag": "text-to-video",
        "tags": ["text-to-video", "multi-shot", "shotloom"],
    }
    sections = [
        f"# {plain(facts.title)}",
        _what(facts),
        "## Loading\n\n" + facts.loading,
        "## Films and licences\n\n" + "\n\n".join(_licences(facts.corpora)),
        "## How it was trained\n\n" + _training(facts.settings),
    ]
    written = yaml.safe_dump(header, sort_keys=False, allow_unicode=True, width=10_000)
    return f"---\n{written}---\n\n" + "\n\n".join(sections) + "\n"


def _what(facts: ExportFacts) -> str:
    model = facts.settings.model
    how = "adapters on" if facts.settings.tune.how == "lora" else "all weights of"
    revision = f"revision {plain(model.revision)}, " if model.revision else ""
    average = ", the moving average of the steps" if facts.average else ""
    return (
        f"Fine-tuned from {plain(model.source)} ({revision}{_base(facts.checkpoint.base)}): "
        f"{how} its transformer, {facts.checkpoint.step} steps{average}. The licence of "
        "that model applies too. In a pipeline that knows neither shot masks nor times of events, it runs without them; "
        "`shotloom sample` knows both."
    )


def _base(base: BaseModelIdentity) -> str:
    """A commit of the hub has 40 digits; a digest of a folder's files has fewer."""
    kind = "commit" if len(base.transformer) == 40 else "digest of its transformer's files"
    return f"{kind} {plain(base.transformer)}"


def _licences(corpora: Sequence[TrainedOn]) -> Iterator[str]:
    yield "As given by whoever supplied the films; nobody verified them."
    changed = [plain(corpus.name) for corpus in corpora if not corpus.same]
    if changed:
        yield (
            f"**Changed since training: {', '.join(changed)}.** What follows is how it was when this card was "
            "written; the films that were trained on may have been others."
        )
    clips: Counter[tuple[str, str]] = Counter()
    sources: dict[tuple[str, str], set[str]] = {}
    for corpus in corpora:
        for row in corpus.rows:
            key = corpus.name, row.source_license
            clips[key] += 1
            sources.setdefault(key, set()).add(row.source_sha256)
    rows = [
        (plain(name), plain(given) or "not given", f"{len(sources[name, given])}", f"{count}")
        for (name, given), count in sorted(clips.items())
    ]
    yield table(("corpus", "licence", "films", "clips"), rows)
    films = sorted(
        {
            (row.source_attribution, row.source_url, row.source_license)
            for corpus in corpora
            for row in corpus.rows
            if row.source_attribution or row.source_url
        }
    )
    if films:
        shown = [(plain(who), link(url), plain(given)) for who, url, given in films[:_MOST_SOURCES]]
        yield table(("attribution", "url", "licence"), shown)
    if len(films) > _MOST_SOURCES:
        yield f"and {len(films) - _MOST_SOURCES} more, named in the corpora's `manifest.parquet`."


def _training(settings: TrainingSettings) -> str:
    sizes = ", ".join(str(bucket) for bucket in settings.data.sizes.buckets)
    layers = settings.attention.masked_layers
    rows = [
        ("sizes (frames x height x width)", sizes),
        ("frames a second", f"{settings.data.windows.fps}"),
        ("layers with shot masks", "none" if layers is None else f"{layers[0]} to {layers[1]}"),
        ("text", settings.data.text.plan),
        ("times of events", settings.attention.time),
        ("what learns", f"adapters of rank {settings.tune.rank}" if settings.tune.how == "lora" else "all weights"),
        ("learning rate", f"{settings.optimizer.rate:g}"),
        ("micro-batches a step", f"{settings.run.group}"),
        ("shift of the noise", f"{settings.noise.shift:g}"),
        ("seed", f"{settings.run.seed}"),
    ]
    return table(("setting", "value"), [(name, plain(value)) for name, value in rows])
