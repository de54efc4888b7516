"""``shotloom inspect --as-trained``: a clip as a training run sees it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from pipeline.trained_figure import draw_trained_figure
from pipeline.trained_text import trained_facts, trained_text
from training.data.clip_frames import CorruptClipError
from training.data.corpora import CorpusSettings, SharedSourceError
from training.data.decoder import DecoderStartError
from training.feeding.opened_data import open_data
from training.feeding.seen_clip import NotSeenError, see_clip
from training.model.release import CheckpointError
from training.settings import TrainingSettings


class TrainedViewError(ValueError):
    """The clip cannot be shown as it is trained on."""


@dataclass(frozen=True)
class TrainedWish:
    """What was asked for on the command line."""

    corpus: Path
    key: str
    settings: TrainingSettings
    epoch: int
    out: Path | None


def inspect_as_trained(wish: TrainedWish, as_json: bool) -> tuple[str, Path]:
    """Returns the text and where the PNG was written. Raises ``TrainedViewError``."""
    try:
        settings = wish.settings
        corpus = _corpus(settings, wish.corpus)
        data_settings = settings.data.model_copy(update={"corpora": (corpus,)})
        data = open_data(
            data_settings, settings.model.source, settings.model.revision, settings.run.seed, settings.run.group
        )
        seen = see_clip(data, wish.key, wish.epoch, settings.attention.plan)
    except (CheckpointError, SharedSourceError, NotSeenError, CorruptClipError, DecoderStartError) as error:
        raise TrainedViewError(str(error)) from error
    picture = wish.out or Path(f"{wish.key}.trained.png")
    picture.parent.mkdir(parents=True, exist_ok=True)
    draw_trained_figure(seen).save(picture, "PNG")
    return json.dumps(trained_facts(seen), ensure_ascii=False) if as_json else trained_text(seen), picture


def _corpus(settings: TrainingSettings, folder: Path) -> CorpusSettings:
    """As the run names it, so that windows and dropouts are the run's."""
    for corpus in settings.data.corpora:
        if "://" not in corpus.path and Path(corpus.path).expanduser().resolve() == folder.resolve():
            return corpus
    named = ", ".join(corpus.path for corpus in settings.data.corpora)
    raise TrainedViewError(f"{folder} is none of the corpora of this run: {named}")
