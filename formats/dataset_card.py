"""The dataset card: a README whose front matter makes shards load as they were written, and whose text says what is in
them, whose it is and what it is not."""

from __future__ import annotations

import re

import yaml

from formats.card_facts import CardFacts, OriginFacts
from formats.hub_features import sample_features
from formats.markdown_text import link, one_line, plain, table
from formats.shard_layout import REFERENCES

_CC = re.compile(r"cc-by(-(sa|nc|nd|nc-sa|nc-nd))?-[234]\.[05]")
_LICENSE_IDS = frozenset({"apache-2.0", "mit", "cc", "cc0-1.0", "pddl", "odc-by", "odbl", "unlicense"})
_MOST_SOURCES = 500

_LOADING = """\
`CORPUS` below stands for the path of this folder; for `datasets` it may also be the name of its repository on the Hub.

With `datasets` (`pip install datasets`):

```python
from datasets import Video, load_dataset
clips = load_dataset("CORPUS", split="{split}", streaming=True).cast_column("mp4", Video(decode=False))
print(next(iter(clips))["json"]["shots"])
```

`mp4` is a `Video` column: reading it decoded needs `torchcodec`. `decode=False`, as above, gives the file's bytes.

With `webdataset` (`pip install webdataset`):

```python
import glob, webdataset
clips = webdataset.WebDataset(sorted(glob.glob("CORPUS/shards/{split}-*.tar")), shardshuffle=False).decode()
print(next(iter(clips))["json"]["shots"])
```

`manifest.parquet` has one row per clip with shard, offset and size of each member, so that any clip can be read without
opening the rest of its shard."""

_SAMPLE = """\
Each sample is `KEY.mp4` (H.264, shots back to back, hard cuts only) and `KEY.json` (schema `shotloom.clip/1`). In it:

- `shots` cover the clip without gaps; `frames` are half-open ranges of clip frames, `source_frames` of source frames.
- `joins` tell what lay between two shots in the source and was left out of the clip.
- `events` are (entity, interval, prompt); `entities` names who acts, `{camera}` and `{transition}` included.
- `captions`, `scores` and `tags` speak of one shot by its number, or of the whole clip with `-1`."""

_REFERENCES = """\
Beside them lies `KEY.zip`: an uncompressed ZIP with `ENTITY.png` for each row of the record's `references`, and `ENTITY.mask.png`
where there is a mask. It has no entries for a clip without. To read one, in either client:
`zipfile.ZipFile(io.BytesIO(clip["zip"])).read("ENTITY.png")`. Boxes were found by a detector that was given the entity's name and
description; nobody looked whether it is the right one."""

_LIMITS = """\
- Shot borders come from detectors. A clip was decoded and compared with its plan; that the plan itself is right was not
  checked by people.
- An annotation is as good as its origin, named above. `measured` means computed from pixels by a rule, not seen by a
  person.
- A score that is absent was not measured; it is not zero.
- The front matter names the fields of `shotloom.clip/1`. A field that a later version adds is in the JSON, but
  `datasets` shows it only after the card was written anew.
- Licences and attributions are as given by whoever supplied the films; nobody verified them."""


def render_card(facts: CardFacts) -> str:
    """The README as text. Same facts, same text. Names, attributions and links are escaped: strangers wrote them."""
    split = facts.splits[0].name if facts.splits else "train"
    sections = [
        f"# {plain(facts.title)}",
        _numbers(facts),
        "## Loading\n\n" + _LOADING.replace("{split}", split),
        "## What a sample is\n\n" + _sample(facts),
        "## Where annotations come from\n\n" + _origins(facts),
        "## Sources and licences\n\n" + _sources(facts),
        "## Settings\n\n" + _settings(facts),
        "## Limits\n\n" + _LIMITS,
    ]
    header = yaml.safe_dump(front_matter(facts), sort_keys=False, allow_unicode=True, width=10_000)
    return f"---\n{header}---\n\n" + "\n\n".join(sections) + "\n"


def front_matter(facts: CardFacts) -> dict[str, object]:
    """The YAML header: which files are which split, and the exact types of every field."""
    header: dict[str, object] = {
        "pretty_name": one_line(facts.title),
        "license": license_ids(facts),
        "size_categories": [_size_category(sum(split.clips for split in facts.splits))],
        "task_categories": ["text-to-video"],
        "tags": ["video", "multi-shot", "webdataset", "shotloom"],
    }
    if facts.splits:
        files = [{"split": split.name, "path": f"shards/{split.name}-*.tar"} for split in facts.splits]
        header["configs"] = [{"config_name": "default", "data_files": files}]
        header["dataset_info"] = {"config_name": "default", "features": sample_features(facts.members)}
    return header


def license_ids(facts: CardFacts) -> list[str]:
    """The Hub's ids of the sources' licences: ``unknown`` where none was given, ``other`` where the Hub has no id."""
    return sorted({_license_id(source.license) for source in facts.sources} or {"unknown"})


def _license_id(given: str) -> str:
    name = given.strip().lower().replace(" ", "-")
    if not name:
        return "unknown"
    return name if name in _LICENSE_IDS or _CC.fullmatch(name) else "other"


def _size_category(clips: int) -> str:
    bounds = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
    return next((name for bound, name in bounds if clips < bound), "1M<n<10M" if clips < 10_000_000 else "10M<n<100M")


def _sample(facts: CardFacts) -> str:
    return f"{_SAMPLE}\n\n{_REFERENCES}" if REFERENCES in facts.members else _SAMPLE


def _numbers(facts: CardFacts) -> str:
    rows = [
        (s.name, f"{s.clips}", f"{s.shots}", f"{s.seconds / 60:.1f}", f"{s.shards}", f"{s.bytes / 1e6:.1f}")
        for s in facts.splits
    ]
    numbers = (
        table(("split", "clips", "shots", "minutes", "shards", "MB"), rows) if rows else "This corpus has no clips."
    )
    return f"Multi-shot video clips cut from {len(facts.sources)} source films.\n\n{numbers}"


def _origins(facts: CardFacts) -> str:
    rows = [(row.part, plain(row.origin), _meaning(row), f"{row.count}") for row in facts.origins]
    parts = [
        table(("annotation", "origin or method", "meaning", "count"), rows) if rows else "There are no annotations."
    ]
    if facts.models:
        models = [(plain(m.role), plain(m.id), plain(m.revision), plain(m.license)) for m in facts.models]
        parts.append(table(("role", "model", "revision", "license"), models))
    return "\n\n".join(parts)


def _meaning(row: OriginFacts) -> str:
    if "heuristic" in row.origin:
        return "heuristic: a rule of thumb"
    if row.part == "reference images":
        return "cut out of the clip where the model named found something"
    if row.part == "scores":
        return "computed by the method named"
    return "computed from pixels by a rule" if row.origin == "measured" else "stated by the model or person named"


def _sources(facts: CardFacts) -> str:
    shown = facts.sources[:_MOST_SOURCES]
    rows = [
        (plain(s.uri), plain(s.license) or "not given", plain(s.attribution), link(s.url), f"{s.clips}") for s in shown
    ]
    text = table(("source", "license", "attribution", "url", "clips"), rows)
    left = len(facts.sources) - len(shown)
    return text + (f"\n\nand {left} more, all named in `manifest.parquet`." if left else "")


def _settings(facts: CardFacts) -> str:
    return table(("setting", "value"), [(plain(key), plain(value)) for key, value in facts.settings])
