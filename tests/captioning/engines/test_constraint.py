from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st

from captioning.asks import AskError
from captioning.engines.constraint import Constraints

KINDS = st.sampled_from(
    [
        {"type": "string", "maxLength": 5},
        {"type": "integer", "minimum": -3, "maximum": 12},
        {"type": "boolean"},
        {"enum": ["a b", 'quo"te', "é"]},
        {"type": "array", "items": {"type": "number", "minimum": 0, "maximum": 5}, "maxItems": 3},
    ]
)
OBJECTS = st.dictionaries(st.sampled_from("abc"), KINDS, min_size=1).map(
    lambda parts: {"type": "object", "properties": parts, "required": sorted(parts), "additionalProperties": False}
)


@pytest.fixture(scope="module")
def tokenizer(tiny: Path) -> transformers.PreTrainedTokenizerFast:
    return transformers.AutoTokenizer.from_pretrained(tiny)


@settings(max_examples=40)
@given(schema=OBJECTS, seed=st.integers(0, 1000))
def test_whatever_is_drawn_from_what_is_allowed_keeps_the_schema(
    tokenizer: transformers.PreTrainedTokenizerFast, schema: dict[str, object], seed: int
) -> None:
    end = tokenizer.eos_token_id
    constraint = Constraints(tokenizer, len(tokenizer) + 8, [end]).of(json.dumps(schema))
    drawn, random = [], np.random.default_rng(seed)
    while (token := int(random.choice(np.flatnonzero(constraint.allowed())))) != end:
        constraint.take(token)
        drawn.append(token)
        assert len(drawn) < 2000
    jsonschema.validate(json.loads(tokenizer.decode(drawn)), schema)


def test_numbers_beyond_the_tokenizer_are_never_allowed(tokenizer: transformers.PreTrainedTokenizerFast) -> None:
    """Published vocabularies are padded to a round size."""
    allowed = Constraints(tokenizer, len(tokenizer) + 56, [tokenizer.eos_token_id]).of('{"type": "string"}').allowed()
    assert allowed.shape == (len(tokenizer) + 56,)
    assert np.flatnonzero(allowed).tolist() == [tokenizer.convert_tokens_to_ids('"')]


@pytest.mark.parametrize("schema", ['{"type":', "[]", '{"type": "nonsense"}', '{"$ref": "#/nowhere"}', '{"enum": []}'])
def test_a_schema_that_cannot_be_held_to_is_refused(
    tokenizer: transformers.PreTrainedTokenizerFast, schema: str
) -> None:
    with pytest.raises(AskError) as refused:
        Constraints(tokenizer, len(tokenizer), [tokenizer.eos_token_id]).of(schema)
    assert refused.value.reason == "schema_refused"
    assert not refused.value.passing
