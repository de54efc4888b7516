"""``write_report``: one page that works from disk, without a network, and lets no text in it run."""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import jinja2
from markupsafe import Markup

from pipeline.report.chart import HEIGHT, WIDTH, histogram_chart, number
from pipeline.report.coverage_wall import coverage_wall
from pipeline.report.images import Pictures
from pipeline.report.model import ReportData
from pipeline.report.page_data import page_data, script_json

_PAGE = Path(__file__).parent / "page"
_SCRIPTS = (
    "dom.js",
    "pager.js",
    "lanes.js",
    "timeline.js",
    "player.js",
    "clip_card.js",
    "clips.js",
    "dropped.js",
    "sources.js",
)


@dataclass(frozen=True)
class Fact:
    """One of the figures at the head of the page."""

    label: str
    value: str
    note: str = ""


def write_report(data: ReportData, folder: Path) -> Path:
    """Writes ``folder/index.html`` and ``folder/pictures/``; returns the page's path. Same data, same bytes.

    The page's policy allows its own script and style by hash, pictures and video of its own place, and nothing else.
    The records are a JSON block that the script reads; the script writes text nodes only. Raises ``ValueError`` for a
    histogram whose edges and counts do not fit.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pictures = Pictures(folder)
    script = "".join((_PAGE / name).read_text(encoding="utf-8") for name in _SCRIPTS)
    script = f'(() => {{\n"use strict";\n{script}}})();\n'
    style = (_PAGE / "page.css").read_text(encoding="utf-8")
    html = _template().render(
        data=data,
        facts=_facts(data),
        charts=[histogram_chart(histogram) for histogram in data.distributions],
        chart_size=(WIDTH, HEIGHT),
        wall=coverage_wall(data.coverage),
        policy=_policy(script, style),
        script=Markup(script),
        style=Markup(style),
        records=Markup(script_json(page_data(data, pictures.link))),
    )
    page = folder / "index.html"
    aside = page.with_name(f".index.{os.getpid()}.html")
    aside.write_bytes(html.encode("utf-8", errors="backslashreplace"))
    aside.replace(page)
    pictures.remove_others()
    return page


def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(_PAGE)
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["number"] = number
    environment.filters["share"] = lambda part, whole: round(100 * part / whole, 3) if whole else 0
    return environment.get_template("index.html.j2")


def _policy(script: str, style: str) -> str:
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src '{_hash(script)}'",
            f"style-src '{_hash(style)}'",
            "img-src 'self' file:",
            "media-src 'self' file:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _facts(data: ReportData) -> list[Fact]:
    read = sum(row.outcome == "kept" for row in data.sources)
    shown = len(data.clips)
    part = "" if shown == data.clips_total else f"of the {shown:,} shown here"
    seconds = sum(card.record.video.duration for card in data.clips)
    shots = sum(len(card.record.shots) for card in data.clips)
    return [
        Fact("films", f"{len(data.sources):,}", f"{read:,} read"),
        Fact("clips", f"{data.clips_total:,}", f"{data.dropped_total:,} candidates dropped"),
        Fact("running time", _clock(seconds), part),
        Fact("shots in clips", f"{shots:,}", part or (f"{shots / shown:.1f} per clip" if shown else "")),
    ]


def _clock(seconds: float) -> str:
    whole = round(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {whole % 60:02d} s" if minutes else f"{whole} s"
