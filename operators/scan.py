"""Scan: one film, decoded once, into everything that later decisions need. The measuring is in ``film_measuring.py``.

Importing this file is cheap: torch, OpenCV and PyAV are loaded when a film is scanned.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from formats.film_scan import FilmScan
from operators.aside import written_aside
from operators.embedders.choice import EmbedderName
from operators.picture_models.protocol import Device
from operators.picture_models.weights import WeightsSettings
from operators.scores.learned.aesthetics_choice import AestheticsSettings
from operators.scores.learned.classifier_choice import ClassifierSettings
from operators.split import SplitSettings, accepted_transitions
from operators.unchanged import FileFacts

CODE_VERSION = 21


class ScanSettings(BaseModel):
    """How films are read and what measures them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    network: Literal["transnetv2", "none"] = Field(
        "transnetv2", description="the network that helps to find transitions"
    )
    network_windows: Literal["doubtful", "all"] = Field(
        "doubtful",
        description="where the network is asked: where pictures alone leave a cut in doubt, which finds the same cuts, "
        "or all over, which suits a GPU",
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="the network's arithmetic; auto is bfloat16 where the processor or GPU has it"
    )
    embedder: EmbedderName = Field(
        "layout",
        description="what describes fragments for stitching: layout (colours and gradients, no download), or a learned "
        "one: siglip2, clip, dinov2, or imagebind, whose weights are CC-BY-NC-SA 4.0: not for commercial use",
    )
    embedder_weights: WeightsSettings = WeightsSettings()
    aesthetics: AestheticsSettings = AestheticsSettings()
    classifiers: tuple[ClassifierSettings, ...] = Field(
        (), description="image classifiers whose labels are scores, each as {name, source, revision, license, labels}"
    )
    device: Device = Field("auto", description="what networks run on; auto is a GPU where there is one")
    decode_threads: int = Field(1, ge=1, le=16, description="threads of one film's decoder")
    interlaced: Literal["deinterlace", "refuse"] = Field(
        "deinterlace", description="a film with interlaced frames: each becomes a whole picture, or the film fails"
    )
    max_corrupt_share: float = Field(
        0.1, ge=0, le=1, description="a film fails as damaged if more than this share of its frames is corrupt"
    )


@dataclass(frozen=True)
class ScanFiles:
    """Where a scan writes: ``scan`` JSON, ``signals`` Parquet, ``thumbnails`` the first JPEG of them; ``embeddings``
    Parquet with a learned embedder only."""

    scan: Path
    signals: Path
    thumbnails: Path
    embeddings: Path

    @classmethod
    def named(cls, base: Path) -> ScanFiles:
        """``base`` with the endings that a corpus gives them."""
        endings = (".json", ".signals.parquet", ".jpg", ".embeddings.parquet")
        return cls(*(base.with_name(base.name + ending) for ending in endings))


def scan_code_version() -> int:
    """Changes when the same film and settings would give another scan."""
    return CODE_VERSION


def scan_film(
    path: Path,
    sha256: str,
    settings: ScanSettings,
    out: ScanFiles,
    facts: FileFacts | None = None,
    models_at: str = "",
) -> FilmScan:
    """Scans a film and writes its files, each whole or not at all, the JSON last. Equal films give equal bytes.

    ``facts``: what the file was when it was hashed. ``models_at``: the socket of a process that holds the learned models
    (``operators/picture_models/host.py``); without one they are loaded here. Raises ``FilmError`` if the film cannot be
    used, or is another by now.
    """
    from operators.embedders.embedding_file import FragmentEmbeddings, write_embeddings
    from operators.film_measuring import measure_film
    from operators.picture_models.registry import load_models
    from operators.picture_models.remote import connect_models
    from operators.signals import write_signals
    from operators.thumbnail_sheet import sheet_path, sheets

    models = connect_models(models_at) if models_at else load_models(settings)
    measured = measure_film(path, sha256, settings, models)
    if facts is not None:
        facts.check(path)
    with written_aside(out.signals) as aside:
        write_signals(measured.signals, aside)
    for number, sheet in enumerate(sheets(measured.tiles, measured.scan.thumbnail_size)):
        with written_aside(Path(sheet_path(str(out.thumbnails), number))) as aside:
            aside.write_bytes(sheet)
    for answers in measured.answers:
        if answers.of.model.role == "embedder":
            with written_aside(out.embeddings) as aside:
                write_embeddings(FragmentEmbeddings(answers.of.model, answers.values), aside)
    with written_aside(out.scan) as aside:
        aside.write_text(measured.scan.model_dump_json() + "\n")
    return measured.scan


def film_transitions(path: Path, scan: ScanSettings, split: SplitSettings) -> dict[str, Any]:
    """What ``shots --json`` says of one film, without its path: rate, time base, stream, frames, accepted transitions.

    Writes nothing. Raises ``FilmError``.
    """
    from operators.film_measuring import measure_film

    found = measure_film(path, "", scan).scan
    return {
        "fps": found.timing.fps,
        "vfr": found.timing.vfr,
        "time_base": found.probe.time_base,
        "stream": found.probe.stream,
        "frames": found.timing.frames,
        "transitions": [
            {"kind": each.kind, "frames": list(each.frames), "confidence": each.confidence}
            for each in accepted_transitions(found, split)
        ],
    }


def scan_film_task(arguments: dict[str, Any]) -> dict[str, Any]:
    """``scan_film`` for the sandbox. In: path, sha256, settings, scan, signals, thumbnails, embeddings; bytes and mtime_ns
    where the file was hashed before; models_at where a process holds the models. Out: frames, transitions, fragments."""
    files = ScanFiles(*(Path(arguments[name]) for name in ("scan", "signals", "thumbnails", "embeddings")))
    settings = ScanSettings.model_validate(arguments["settings"])
    facts = FileFacts(bytes=arguments["bytes"], mtime_ns=arguments["mtime_ns"]) if "bytes" in arguments else None
    models_at = arguments.get("models_at", "")
    scan = scan_film(Path(arguments["path"]), arguments["sha256"], settings, files, facts, models_at)
    return {
        "frames": scan.timing.frames,
        "transitions": len(scan.transitions),
        "fragments": len(scan.fragments),
        "corrupt": sum(end - start for start, end in scan.corrupt),
        "decode_errors": scan.decode_errors,
    }


def film_transitions_task(arguments: dict[str, Any]) -> dict[str, Any]:
    """``film_transitions`` for the sandbox. In: path, scan, split."""
    scan = ScanSettings.model_validate(arguments["scan"])
    return film_transitions(Path(arguments["path"]), scan, SplitSettings.model_validate(arguments["split"]))
