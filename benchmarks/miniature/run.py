"""All rows of the table. Each trained model and each row's result is kept in the work folder as soon as it is there, so that a run
that was cut goes on where it was."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image
from safetensors.torch import load_file, save_file

from benchmarks.miniature.codec import Codec
from benchmarks.miniature.corpus import Script
from benchmarks.miniature.cuts import CutFinder, Cuts, Videos, count_score, position_f1, wanted_cuts
from benchmarks.miniature.learning import Latents, Lessons, generate, new_model, teach
from benchmarks.miniature.pictures import Looker, consistency, right_scenes
from benchmarks.miniature.prepared import Clips, Work, as_values, as_videos
from benchmarks.miniature.results import MiniatureResults, RowResult
from benchmarks.miniature.settings import MiniatureSettings
from training.model.sample_plan import MaskedAttention, PlanSettings
from training.model.wan import WanTransformer

CEILING, CHANCE = "real held-out clips (ceiling)", "real clips of other requests (chance)"
NEITHER, MASK, TUNING, BOTH = "neither", "mask only", "tuning only", "both"
VIDEO_MASK, TEXT_MASK = "mask of the video only", "mask of the text only"
UNTUNED: dict[str, MaskedAttention | None] = {NEITHER: None, VIDEO_MASK: "video", TEXT_MASK: "text", MASK: "both"}
TUNED: dict[str, MaskedAttention | None] = {TUNING: None, BOTH: "both"}
PICTURED = (CEILING, *UNTUNED, *TUNED)
_PICTURE_STEP = 2


@dataclass(frozen=True)
class Requests:
    """Held-out clips whose scripts are asked for."""

    several: Clips
    single: Clips

    @property
    def scripts(self) -> tuple[Script, ...]:
        return self.several.scripts + self.single.scripts


class Miniature:
    def __init__(self, settings: MiniatureSettings, folder: Path, say: Callable[[str], None]) -> None:
        """``say`` is told of every part that is begun. Parts of other settings lie in other folders of ``folder``."""
        folder = folder / settings.digest
        folder.mkdir(parents=True, exist_ok=True)
        self._settings = settings
        self._folder = folder
        self._say = say
        self._work = Work(folder, settings)
        self._finder = CutFinder()

    def results(self) -> MiniatureResults:
        rows = [self._kept_row(CEILING, 0, self._ceiling), self._kept_row(CHANCE, 0, self._chance)]
        rows += [self._untuned(row, masked) for row, masked in UNTUNED.items()]
        rows += [self._tuned(row, masked, seed) for seed in self._settings.seeds for row, masked in TUNED.items()]
        return MiniatureResults(
            requests=len(self._requests.several.scripts),
            single_requests=len(self._requests.single.scripts),
            rows=tuple(rows),
            processor_seconds=json.loads(self._seconds.read_text()),
        )

    def strips(self) -> Image.Image:
        """The first request as each row of ``PICTURED`` answers it, a frame in two."""
        strips = []
        for row in PICTURED:
            with Image.open(self._picture(row)) as strip:
                strips.append(np.asarray(strip))
        return Image.fromarray(np.concatenate(strips))

    def _ceiling(self) -> RowResult:
        videos = as_videos(self._codec.decode(self._codec.encode(as_values(self._requests.several.videos))))
        single = as_videos(self._codec.decode(self._codec.encode(as_values(self._requests.single.videos))))
        return self._scored(CEILING, 0, videos, single)

    def _chance(self) -> RowResult:
        """Every request is given the clip of the next one."""
        clips = Clips(np.roll(self._requests.several.videos, -1, axis=0), self._requests.several.scripts)
        return self._scored(CHANCE, 0, clips.videos, None)

    def _untuned(self, row: str, masked: MaskedAttention | None) -> RowResult:
        return self._kept_row(row, 0, lambda: self._answered(row, 0, self._base, self._plan(masked)))

    def _tuned(self, row: str, masked: MaskedAttention | None, seed: int) -> RowResult:
        plan = self._plan(masked)

        def tuned() -> WanTransformer:
            lessons = Lessons(self._settings.tuning_steps, self._settings.batch, self._settings.tuning_rate, seed, plan)
            several = self._learnt(self._train_several)
            return self._model(f"{row}, seed {seed}", lambda: self._taught(self._base(), several, lessons))

        return self._kept_row(row, seed, lambda: self._answered(row, seed, tuned, plan))

    def _base(self) -> WanTransformer:
        """Has seen single shots alone."""
        settings = self._settings
        lessons = Lessons(
            settings.base_steps, settings.batch, settings.base_rate, 100, self._plan(None), any_number=True
        )
        single = self._learnt(self._train_single)
        fresh = new_model(settings.width, settings.layers, seed=0)
        return self._model("base", lambda: self._taught(fresh, single, lessons))

    def _taught(self, model: WanTransformer, data: Latents, lessons: Lessons) -> WanTransformer:
        teach(model, data, lessons)
        return model

    def _model(self, name: str, make: Callable[[], WanTransformer]) -> WanTransformer:
        kept = self._folder / f"{_file_name(name)}.safetensors"
        if not kept.exists():
            with self._timed(f"training: {name}"):
                made = make()
            aside = kept.with_suffix(".part")
            save_file(made.state_dict(), aside)
            aside.replace(kept)
        model = new_model(self._settings.width, self._settings.layers, seed=0)
        model.load_state_dict(load_file(kept))
        return model

    def _answered(self, row: str, seed: int, model: Callable[[], WanTransformer], plan: PlanSettings) -> RowResult:
        answering = model()
        with self._timed(f"sampling: {row}, seed {seed}"):
            latents = generate(answering, self._shape, self._requests.scripts, plan, self._settings.noise_steps)
        videos = as_videos(self._codec.decode(latents))
        count = len(self._requests.several.scripts)
        return self._scored(row, seed, videos[:count], videos[count:])

    def _scored(self, row: str, seed: int, videos: Videos, single: Videos | None) -> RowResult:
        scripts = self._requests.several.scripts
        with self._timed(f"scoring: {row}, seed {seed}"):
            found, wanted = self._finder.cuts(videos), [wanted_cuts(script) for script in scripts]
            shown = [self._looker.shown(video, script) for video, script in zip(videos, scripts, strict=True)]
            alike = consistency(shown, scripts)
            false_cuts = None if single is None else _mean_cuts(self._finder.cuts(single))
        if seed == 0:
            self._keep_picture(row, videos[0])
        return RowResult(
            row=row,
            seed=seed,
            position_f1=position_f1(found, wanted),
            count_score=count_score(found, wanted),
            consistency=alike.correlation,
            pairs=alike.pairs,
            right_scenes=right_scenes(shown, scripts),
            false_cuts=false_cuts,
        )

    def _kept_row(self, row: str, seed: int, make: Callable[[], RowResult]) -> RowResult:
        kept = self._folder / f"{_file_name(f'{row}, seed {seed}')}.json"
        if not kept.exists():
            made = make()
            self._say(made.model_dump_json())
            kept.write_text(made.model_dump_json())
        return RowResult.model_validate_json(kept.read_bytes())

    def _keep_picture(self, row: str, video: Videos) -> None:
        frames = video[::_PICTURE_STEP].transpose(0, 2, 3, 1)
        Image.fromarray(np.concatenate(list(frames), axis=1)).save(self._picture(row))

    def _picture(self, row: str) -> Path:
        return self._folder / f"{_file_name(row)}.png"

    def _plan(self, masked: MaskedAttention | None) -> PlanSettings:
        if masked is None:
            return PlanSettings(masked_layers=None, time="off")
        return PlanSettings(masked_layers=self._settings.masked_layers, masked=masked, time="off")

    @cached_property
    def _train_single(self) -> Clips:
        return self._work.clips(self._settings.single, "train")

    @cached_property
    def _train_several(self) -> Clips:
        return self._work.clips(self._settings.several, "train")

    @cached_property
    def _requests(self) -> Requests:
        """Several windows of a clip are different requests: other cuts, other lengths."""
        count = self._settings.requests
        several = self._work.clips(self._settings.several, "test").first(count)
        return Requests(several, self._work.clips(self._settings.single, "test").first(count // 2))

    @cached_property
    def _codec(self) -> Codec:
        return Codec.fitted(as_values(np.concatenate([self._train_single.videos, self._train_several.videos])))

    @cached_property
    def _looker(self) -> Looker:
        learnt = self._train_several
        return Looker(learnt.videos, learnt.scripts)

    def _learnt(self, clips: Clips) -> Latents:
        return clips.encoded(self._codec)

    @property
    def _shape(self) -> Sequence[int]:
        return self._codec.encode(as_values(self._requests.single.videos[:1])).shape[1:]

    @property
    def _seconds(self) -> Path:
        return self._folder / "seconds.json"

    @contextmanager
    def _timed(self, part: str) -> Iterator[None]:
        """Of the processor, all threads together."""
        self._say(part)
        started = time.process_time()
        yield
        taken = json.loads(self._seconds.read_text()) if self._seconds.exists() else {}
        taken[part] = round(time.process_time() - started, 1)
        self._seconds.write_text(json.dumps(taken, indent=1))


def _mean_cuts(found: Sequence[Cuts]) -> float:
    return sum(map(len, found)) / len(found)


def _file_name(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name)
