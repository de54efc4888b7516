"""A small packed corpus, a tiny release, and the settings of a run on them."""

from __future__ import annotations

from pathlib import Path

from formats.clip_record import ClipRecord
from tests.training.data.small_corpus import pack_counted
from tests.training.data.small_records import small_record
from training.data.buckets import Bucket, BucketSettings
from training.data.corpora import CorpusSettings
from training.data.settings import DataSettings, DropoutSettings, LatentSettings, TextSettings
from training.data.windows import WindowSettings
from training.feeding.batch_maker import ModelForm
from training.feeding.opened_data import OpenedData, open_data
from training.model.checkpoint import load_config
from training.model.sample_plan import PlanSettings

CLIPS = 6
BUCKETS = BucketSettings(
    buckets=(Bucket(frames=17, height=16, width=32, batch=2), Bucket(frames=9, height=16, width=32))
)


def clip(number: int, split: str) -> tuple[ClipRecord, str]:
    """Clip 5 is too short for the first size; no two are of one source."""
    lengths = [10, 8] if number == 5 else [20, 22 + number]
    total = sum(lengths)
    record = small_record(
        lengths,
        events=[("woman", 0, total), ("man", 4, total - 2)],
        captions=[(-1, f"Clip {number}."), (0, "The {woman} waits."), (1, f"The {{man}} comes, {number}.")],
        key=f"clip-{number}",
    )
    return record.model_copy(update={"source": record.source.model_copy(update={"sha256": f"{number:064x}"})}), split


def pack_small(folder: Path) -> Path:
    pack_counted(folder, [clip(number, "train") for number in range(CLIPS)] + [clip(9, "validation")])
    return folder


def small_settings(corpus: Path, cache: str = "", per_clip: int = 0) -> DataSettings:
    return DataSettings(
        corpora=(CorpusSettings(name="films", path=str(corpus)),),
        sizes=BUCKETS,
        windows=WindowSettings(per_clip=per_clip),
        text=TextSettings(plan="both", precision="float32"),
        latents=LatentSettings(precision="float32"),
        dropout=DropoutSettings(captions=0.3, masks=0.3),
        cache=cache,
        ahead=1,
    )


def opened(settings: DataSettings, release: Path, seed: int = 0) -> OpenedData:
    return open_data(settings, str(release), "", seed, group=2)


def form_of(release: Path) -> ModelForm:
    return ModelForm(load_config(str(release), ""), PlanSettings(masked_layers=(0, 1), time="sampled"))
