"""Writes docs/taxonomy.md from the data: ``python -m captioning.taxonomy.page``."""

from __future__ import annotations

from pathlib import Path

from captioning.taxonomy.nodes import PILLARS, Node, taxonomy

PAGE = Path(__file__).resolve().parents[2] / "docs" / "taxonomy.md"
_HEAD = """# Cinematic language

Tags say in fixed words how a shot is made: what the camera does, how it is lit, what is in it, what happens. They come from the
76 control nodes of the SCINE taxonomy (*Stable Cinemetrics: Structured Taxonomy and Evaluation for Professional Video Generation*,
NeurIPS 2025, [arXiv 2509.26555](https://arxiv.org/abs/2509.26555)), figures 2 and 3 for the tree, tables 3 to 6 for the values. The
data are [`captioning/taxonomy/scine.yaml`](../captioning/taxonomy/scine.yaml); what each node means is said there in our words.
The tables below are written from the data by `python -m captioning.taxonomy.page`.

A tag in a clip's record has the number of its shot (-1: the whole clip), the path of a node, one value, and its origin. A shot may
have several values of one node. `present` is the value of a node that is only there or not. *Any* means that the paper leaves the
values open: any short text.

```json
{"shot": 0, "node": "Camera -> Trajectory -> Camera Movement -> 2D", "value": "Pan left", "origin": "measured"}
```

| origin | what it is |
|---|---|
| `measured` | the camera's movement (static, pan, tilt, zoom, roll, handheld), contrast, colour temperature and pace |
| anything else | the model that was asked, one pillar at a time; `models` in the record says which |

Contrast is the deviation of grey. The other two are **heuristics**: the light's colour temperature is estimated by shades of grey,
so that brown things under white light look like warm light (`captioning/colour_temperature.py`); pace is the mean length of a
clip's shots (`captioning/cutting_pace.py`), a tag of the whole clip. A model is asked for tags only if the conversation's setting
`tags` names pillars; a tag of its that what was measured excludes is left out and counted ([caption-rules.md](caption-rules.md)).

`shotloom coverage corpus` holds a corpus against all 76: shots and clips per value, entropy, what is missing; the report shows it
as a wall. With `--tags FILE` it also writes one value per clip and node (that of most frames; ties go to the first here), which a
later build can balance by:

```sh
shotloom coverage corpus --tags tags.parquet
shotloom build films/ --out corpus --set filter.tags=tags.parquet \\
  --set 'filter.balance=[{tag: "tags.Camera -> Trajectory -> Camera Movement -> 2D", share: 0.4}]'
```

Select comes before captioning, so it cannot know a candidate's tags on a first build: they are those of an earlier one, by key.
On a first build, `{tag: camera, share: 0.4}` balances by what scan sees the camera mostly do (still, pan, tilt, zoom, roll).
Candidates that the file does not know share one value of their own. Tags of clips that were balanced away stay in the file when it
is written again, so that repeating both commands settles.

Nodes under *Portrayed as* mean nothing without an event: they stand only where a node of the branch they depend on does.

"""


def taxonomy_page() -> str:
    nodes = taxonomy()
    parts = [_HEAD]
    for pillar in PILLARS:
        rows = nodes.of(pillar)
        parts.append(f"## {pillar}: {len(rows)} nodes\n\n| node | values | what it says |\n|---|---|---|\n")
        parts += [f"| {node.path} | {_values(node)} | {_meaning(node)} |\n" for node in rows]
        parts.append("\n")
    return "".join(parts) + _doubts(nodes.nodes)


def _values(node: Node) -> str:
    if node.values == "OPEN":
        return "*any*"
    return "`present`" if node.values == "PRESENCE" else ", ".join(node.values)


def _meaning(node: Node) -> str:
    return f"{node.means}; depends on {node.depends_on}" if node.depends_on else node.means


def _doubts(nodes: tuple[Node, ...]) -> str:
    """Where the paper is not of one mind, so that a reader of it is not surprised."""
    lines = ["## Where the paper is not of one mind\n\n", "None of these variants is a value here.\n\n"]
    lines += [f"* {node.path}: {doubt}\n" for node in nodes for doubt in node.doubts]
    lines += [
        f"* {node.path}: also labelled {', '.join(node.variants)}.\n"
        for node in nodes
        if node.variants and not node.doubts
    ]
    return "".join(lines)


if __name__ == "__main__":
    PAGE.write_text(taxonomy_page(), encoding="utf-8")
