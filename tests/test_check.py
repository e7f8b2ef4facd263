"""The validator: each sentence, each op's shape rule, and hostile traces by the hundred."""

# One row, one malformed trace, however long.
# ruff: noqa: E501

import json
import random
import time
import tracemalloc

import numpy as np
import pytest
from hostile import mutated
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from models import example_trace
from op_table import CASES, trace_of

from nnlib import Trace
from nnlib.check import MOST_STEPS, check
from nnlib.signatures import MOST_ELEMENTS, RULES
from nnlib.tape import PRIMITIVES


def one_sentence(error):
    text = str(error)
    assert text and "\n" not in text and len(text) <= 200 and text.isprintable(), text
    text = text.replace("...", "")
    assert ". " not in text and not text.endswith("."), text


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_shape_rules_agree_with_the_kernels(case):
    trace_of(case).check()


def test_every_primitive_has_a_shape_rule():
    assert set(RULES) == set(PRIMITIVES)


def leaf(shape, value, name="x"):
    return {"op": "input", "name": name, "shape": shape, "value": value}


def small(*steps, **fields):
    numbered = [{"id": i, "name": f"s{i}", **step} for i, step in enumerate(steps)]
    return {"version": 1, "title": "t", "steps": numbered, "outputs": {}, **fields}


x = leaf([2, 3], [0] * 6)
add = {"op": "add", "inputs": [0, 0], "shape": [2, 3]}
WRONG = [
    ([], "trace is not an object"),
    (small(x, version=2), "trace is not of version 1"),
    (small(x, version=True), "trace is not of version 1"),
    (small(x, title=3), "trace has no title"),
    ({"version": 1, "title": "t"}, "trace has no steps"),
    (small(), "trace has no steps"),
    ({**small(x), "outputs": None}, "trace has no outputs"),
    (small({**x, "name": ""}), "trace: step 0 has no name"),
    (small({**x, "symbol": None}), "trace: step 0: symbol is not text"),
    (small({**x, "scope": "a"}), "trace: step 0: scope is not a list of names"),
    ({**small(x), "steps": [7]}, "trace: step 0 is not an object"),
    (small({**x, "id": 5}), "trace: step 0 has another id"),
    (small(x, x), "trace: step 1: the name x is taken"),
    (small({**x, "op": "cos"}), "trace: step 0: unknown op"),
    (small({**x, "shape": [2, 2]}), "trace: step 0 needs 4 values"),
    (small({**x, "value": [0, 1, 2, 3, 4, "five"]}), "trace: step 0 holds something that is no number"),
    (small({**x, "shape": []}), "trace: step 0 needs 1 values"),
    (small({**x, "value": [0, 1, 2, 3, 4, True]}), "trace: step 0 holds something that is no number"),
    (small({**x, "labels": ["a"]}), "trace: step 0: labels do not match"),
    (small({**x, "labels": list("aabcde")}), "trace: step 0: a label is taken"),
    (small(x, {**add, "inputs": [0, 1]}), "trace: step 1 (add) uses step 1, which comes later"),
    (small(x, {**add, "inputs": [0]}), "trace: step 1 (add) has 1 inputs"),
    (small(x, {**add, "inputs": [0, -1]}), "trace: step 1 (add): an input is not a step"),
    (small(x, {**add, "shape": [3, 2]}), "trace: step 1 (add) gives shape (2, 3), not (3, 2)"),
    (small(x, {**add, "value": [1]}), "trace: step 1: only inputs and constants hold values"),
    (small(x, {**add, "params": {"axis": 0}}), "trace: step 1 (add): unknown param axis"),
    (small(x, {**add, "phase": "sideways"}), "trace: step 1: unknown phase"),
    (small({**x, "phase": "update"}, add), "trace: step 1: forward comes after update"),
    (small(x, {**add, "of": 0}), "trace: step 1: of does not lead from a backward to a forward step"),
    (small(x, {**add, "gradient": 0}), "trace: step 1: gradient is not a backward step of the same shape"),
    (small(x, {**add, "contributions": [0, 0]}), "trace: step 1: contributions are not backward steps, one for each input"),
    (small(x, {"op": "max", "inputs": [0], "params": {"axis": 2}, "shape": [2]}), "trace: step 1 (max): axis is not an axis of the input"),
    (small(x, {"op": "max", "inputs": [0], "params": {"axis": -1}, "shape": [2]}), "trace: step 1 (max): axis is not an axis of the input"),
    (small(x, {"op": "power", "inputs": [0], "params": {"exponent": float("nan")}, "shape": [2, 3]}), "trace: step 1 (power): exponent is not a number"),
    (small(leaf([0, 2], []), {"op": "max", "inputs": [0], "params": {"axis": 0}, "shape": [2]}), "trace: step 1 (max) does not fit shapes (0, 2): axis 0 has no elements to choose from"),
    (small(x, outputs={"loss": 1}), "trace names a loss that is not a step"),
    (small(x, outputs={"gradients": {"x": 9}}), "trace names a gradient that is not a step"),
    (small(x, updates={"4": 0}), "trace updates step 4 with something that does not fit"),
    (small(x, updates={0: 0}), "trace updates step 0 with something that does not fit"),
    (small(leaf([MOST_ELEMENTS + 1], [])), "trace: step 0: shape is not a list of counts"),
    (small(leaf([1500, 1500], [])), f"trace: step 0: more than {MOST_ELEMENTS} elements"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "sentence"), WRONG, ids=[s for _, s in WRONG])
def test_sentence(data, sentence):
    with pytest.raises(ValueError) as caught:
        Trace.from_json(data)
    assert str(caught.value) == sentence
    one_sentence(caught.value)


def bad_json():
    nested = "[" * 100_000 + "]" * 100_000
    return [
        "", "{", "null", "3", "[]", nested, '{"version":' + nested + "}", b"\xff\xfe", "NaN", '{"a":Infinity}',
        '{"version":1,"title":"t","steps":[{"id":0,"op":"input","name":"x","shape":[],"value":[NaN]}]}',
        '{"version":1,"title":"t","steps":[{"id":0,"op":"input","name":"x","shape":[],"value":[1e999]}]}',
        '{"version":1,"title":"t","steps":[{"id":0,"op":"input","name":"x","shape":[],"value":[1' + "0" * 400 + "]}]}",
        '{"version":1,"title":"t","steps":[{"id":0,"op":"input","name":"x","shape":[],"value":[1' + "0" * 5000 + "]}]}",
    ]  # fmt: skip


@pytest.mark.parametrize("text", bad_json(), ids=lambda text: repr(text[:24]))
def test_text_that_is_no_trace(text):
    with pytest.raises(ValueError) as caught:
        Trace.from_json(text)
    one_sentence(caught.value)


def test_a_sentence_stays_short_whatever_the_shapes():
    big = leaf([1] * 15 + [2], [0, 0])
    joined = {
        "op": "concat",
        "inputs": [0, 1] * 2000,
        "params": {"axis": 0},
        "shape": [2],
    }
    for data in (
        small(big, {**add, "shape": [1] * 15 + [3]}),
        small(big, leaf([3], [0] * 3, "y"), joined),
        small({**x, "name": "n\n" * 300}, {**x, "name": "n\n" * 300}),
        small(x, {**add, "params": {"k\n" * 300: 1}}),
        small(x, updates={"u\n" * 300: 0}),
    ):
        with pytest.raises(ValueError) as caught:
            Trace.from_json(data)
        one_sentence(caught.value)


def survives(data):
    """Refused with one sentence, or accepted and replayed (or one sentence about an index)."""
    try:
        trace = Trace.from_json(data)
    except ValueError as error:
        one_sentence(error)
        return False
    try:
        values = trace.replay()
    except ValueError as error:
        one_sentence(error)
        assert "index" in str(error)
        return True
    for step, value in zip(trace.steps, values.values(), strict=True):
        assert list(value.shape) == step["shape"] and value.dtype == np.float64
    assert Trace.from_json(trace.to_json()).to_json() == trace.to_json()
    return True


@settings(max_examples=600, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_hostile_traces(rng):
    data = mutated(rng)
    survives(data)
    survives(json.dumps(data))


def test_the_hostile_corpus_is_not_all_of_one_kind():
    rng = random.Random(1)
    accepted = sum(survives(mutated(rng)) for _ in range(300))
    assert 20 < accepted < 280


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=200)
@given(json_values)
def test_any_json_is_refused_in_one_sentence(data):
    assert not survives(data if not isinstance(data, (str, bytes)) else [data])


def test_declared_sizes_allocate_nothing():
    claims = [
        small(leaf([], [0]), {"op": "broadcast_to", "inputs": [0], "params": {"shape": [2000, 2000]}, "shape": [2000, 2000]}),
        small(leaf([], [0]), *[
            {"op": "broadcast_to", "inputs": [0], "params": {"shape": [1000, 1000]}, "shape": [1000, 1000]} for _ in range(9)
        ]),
        small(leaf([1], [0]), {"op": "pad", "inputs": [0], "params": {"axis": 0, "before": 10**6, "after": 10**6}, "shape": [2 * 10**6 + 1]}),
        small(leaf([1], [0]), {"op": "pad", "inputs": [0], "params": {"axis": 0, "before": 10**12, "after": 0}, "shape": [10**12 + 1]}),
    ]  # fmt: skip
    tracemalloc.start()
    for data in claims:
        with pytest.raises(ValueError):
            Trace.from_json(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10**6


def test_the_longest_trace_is_checked_in_a_second():
    steps = [
        {"op": "neg", "inputs": [i - 1], "shape": []} for i in range(1, MOST_STEPS)
    ]
    data = small(leaf([], [1.0]), *steps)
    start = time.process_time()
    check(data)
    assert time.process_time() - start < 1
    with pytest.raises(ValueError, match="more than 20000 steps"):
        check(small(leaf([], [1.0]), *steps, steps[0]))


def test_a_valid_trace_is_left_as_it_was():
    data = example_trace().to_json()
    before = json.dumps(data)
    Trace.from_json(data).replay({"w1": 3.0})
    assert json.dumps(data) == before
