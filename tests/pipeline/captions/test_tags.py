"""Tags of a model through a whole build: asked, held to what was measured, counted, covered."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from captioning.taxonomy.nodes import taxonomy


@pytest.mark.slow
def test_a_models_tags_stand_beside_the_measured_ones_in_records_books_and_coverage(
    corpus, served, chat_server
) -> None:
    more = ("captions.conversation.tags=[Camera, Events]", "captions.conversation.entities=false")
    done = corpus.build(*served(chat_server().url, more=more))
    assert done.returncode == 0, done.stderr
    records = corpus.records()
    tags = [tag for record in records for tag in record.tags]
    assert {tag.origin for tag in tags} == {"measured", "test/model"}
    assert all(taxonomy().node(tag.node).takes(tag.value) for tag in tags)
    assert {taxonomy().node(tag.node).pillar for tag in tags if tag.origin == "test/model"} == {"Camera", "Events"}
    for record in records:
        still = {tag.shot for tag in record.tags if tag.node.endswith("-> Static") and tag.origin == "measured"}
        moved = {tag.shot for tag in record.tags if tag.node.endswith("-> 2D")}
        assert still
        assert not still & moved, "the server says that every shot pans; what was measured wins"
        assert sum(model.role == "prompt" and model.id.startswith("tags/") for model in record.models) == 1
    assert "contradicts_measured_tag" in json.dumps(corpus.status())
    command = [str(Path(sys.executable).with_name("shotloom")), "coverage", str(corpus.out), "--json"]
    said = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    origins = {origin for node in said["nodes"] for origin in node["origins"]}
    assert (origins, said["foreign"]) == ({"measured", "test/model"}, [])
