"""The trace is the computation: export, JSON, replay with other numbers, updates."""

import json
import warnings

import numpy as np
import pytest
from dags import dags
from hypothesis import given, settings
from hypothesis import strategies as st
from models import example_trace, example_values, record_example, total, zoo_trace

from nnlib import Tape, Trace, gradient, ops
from nnlib.tape import PRIMITIVES
from nnlib.trace import decode, element_labels, encode

anything = st.floats(allow_nan=True, allow_infinity=True, width=64)


@given(st.lists(anything, max_size=8))
def test_encode_and_decode_are_inverse_bit_for_bit(values):
    text = json.dumps(encode(np.array(values)), allow_nan=False)
    again = decode(json.loads(text), (len(values),))
    np.testing.assert_array_equal(again, values)
    numbers = [v for v in values if v == v]
    signs = np.signbit(again[~np.isnan(again)])
    np.testing.assert_array_equal(signs, np.signbit(np.array(numbers, dtype=float)))


def test_encode_is_short():
    assert encode(np.array([1.0, -3.0, 0.5, 1e20, np.nan, np.inf, -np.inf])) == [
        1, -3, 0.5, 1e20, "nan", "inf", "-inf",
    ]  # fmt: skip
    assert encode(np.array([True, False])) == [1, 0]


def test_zoo_holds_every_primitive():
    assert {s["op"] for s in zoo_trace().steps} >= set(PRIMITIVES)


@pytest.mark.parametrize(
    "trace", [example_trace(), example_trace(rate=None), zoo_trace()]
)
def test_round_trip_through_text(trace):
    text = json.dumps(trace.to_json(), allow_nan=False)
    for again in (
        Trace.from_json(text),
        Trace.from_json(json.loads(text)),
        Trace.from_json(text.encode()),
    ):
        assert again.to_json() == trace.to_json()
        for (name, a), b in zip(
            again.replay().items(), trace.replay().values(), strict=True
        ):
            np.testing.assert_array_equal(a, b, err_msg=name)


def test_defaults_are_left_out_of_the_json():
    for step in example_trace().to_json()["steps"]:
        assert None not in step.values()
        assert step.get("phase") != "forward" and step.get("scope") != []
        assert ("value" in step) == (step["op"] in ("input", "constant"))


def same(replayed, tape):
    for step in tape.steps:
        np.testing.assert_array_equal(
            replayed[step.name], step.value, err_msg=step.name
        )


def test_replay_is_the_recording():
    tape, loss, _ = record_example(rate=0.01)
    same(Trace.from_tape(tape, title="t", loss=loss).replay(), tape)


@settings(max_examples=60)
@given(dags(), st.integers(0, 2**32 - 1))
def test_replay_with_other_inputs_is_a_fresh_recording(dag, seed):
    def record(values):
        tape = Tape()
        tensors = tape.inputs(values)
        loss = dag(tensors)
        gradient(loss, tensors)
        return tape, loss

    rng = np.random.default_rng(seed)
    other = {n: rng.uniform(-1, 1, v.shape) for n, v in dag.values.items()}
    tape, loss = record(dag.values)
    replayed = Trace.from_tape(tape, title="t", loss=loss).replay(other)
    same(replayed, record(other)[0])


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_the_example_replays_with_other_inputs(seed, fortran):
    rng = np.random.default_rng(seed)
    other = {n: rng.normal(size=v.shape) for n, v in example_values().items()}
    if fortran:
        other = {n: np.array(v, order="F") for n, v in other.items()}
    same(example_trace().replay(other), record_example(other, rate=0.01)[0])


def test_memory_order_of_an_input_changes_no_bit():
    """BLAS rounds a transposed matrix differently, so inputs are stored row by row."""
    rng = np.random.default_rng(0)
    W, x = rng.normal(size=(37, 53)), rng.normal(size=(19, 53))
    tape = Tape()
    y = (tape.input("x", x) @ tape.input("W", W.T)).named("y")
    assert tape.steps[1].value.flags["C_CONTIGUOUS"]
    np.testing.assert_array_equal(
        Trace.from_tape(tape, title="t").replay()["y"], y.value
    )


def test_replay_by_element_label():
    trace = example_trace()
    values = example_values()
    values["W1"][1, 0], values["x"][0, 2] = 0.7, -2
    expected = trace.replay(values)["L"]
    assert trace.replay({"w3": 0.7, "x3": -2})["L"] == expected
    assert trace.replay({"W1[1,0]": 0.7, "x[0,2]": -2})["L"] == expected
    assert trace.replay({"w3": 0.7, "x": values["x"]})["L"] == expected
    assert trace.replay({"b1": 0.1})["L"] == trace.replay({"b1": np.array(0.1)})["L"]


def test_replay_leaves_the_trace_alone():
    trace = example_trace()
    before = trace.to_json()
    trace.replay({"w1": 9.0, "W2": np.zeros((2, 2))})
    assert trace.to_json() == before


def test_replay_of_an_unknown_name_is_refused():
    for wrong in ("w11", "W1[3,0]", "h", "step5"):
        with pytest.raises(ValueError) as caught:
            example_trace().replay({wrong: 1.0})
        assert str(caught.value) == f"replay: no input or label is called {wrong}"


def test_replay_of_another_shape_is_refused():
    with pytest.raises(ValueError) as caught:
        example_trace().replay({"W1": np.ones((2, 2))})
    sentence = "replay: W1 has shape (3, 2), but the new value has shape (2, 2)"
    assert str(caught.value) == sentence


def test_replay_to_infinity_shows_it_without_a_warning():
    tape = Tape()
    x = tape.input("x", 1.0)
    with np.errstate(all="ignore"):
        ops.log(ops.exp(x) - ops.exp(x)).named("y")
    trace = Trace.from_tape(tape, title="t")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(trace.replay({"x": 1000.0})["y"])
        assert trace.replay({"x": 1.0})["y"] == -np.inf


def test_element_labels():
    assert element_labels("b", ()) == ["b"]
    assert element_labels("v", (2,)) == ["v[0]", "v[1]"]
    assert element_labels("W", (2, 1)) == ["W[0,0]", "W[1,0]"]
    assert element_labels("W", (0, 2)) == []


def test_updates_round_trip_and_train():
    trace = Trace.from_json(json.dumps(example_trace(0.01).to_json()))
    names = [s["name"] for s in trace.steps]
    values, losses = {}, []
    for _ in range(4):
        replayed = trace.replay(values)
        losses.append(float(replayed["L"]))
        values = {
            names[int(old)]: replayed[names[new]] for old, new in trace.updates.items()
        }
    assert sorted(values) == ["W1", "W2", "b1", "b2"]
    assert losses == sorted(losses, reverse=True) and losses[3] == pytest.approx(
        0.5908575654128125, rel=1e-12
    )


def test_links_lead_where_they_say():
    trace = example_trace()
    steps = trace.steps
    for step in steps:
        if step["gradient"] is not None:
            assert steps[step["gradient"]]["phase"] == "backward"
            assert steps[step["gradient"]]["shape"] == step["shape"]
        parts = step["contributions"] or [None] * len(step["inputs"])
        for part, source in zip(parts, step["inputs"], strict=True):
            assert part is None or steps[part]["shape"] == steps[source]["shape"]
    assert {n: steps[g]["name"] for n, g in trace.outputs["gradients"].items()} == {
        n: f"dL/d{n}" for n in ("W1", "b1", "W2", "b2")
    }


def test_numpy_params_become_plain_json():
    tape = Tape()
    x = tape.input("x", np.ones((2, 3)))
    y = ops.reshape(ops.sum(x, axes=(np.int64(0),)), shape=[np.int64(3), 1])
    ops.logsumexp(y ** np.float64(3), axis=np.int64(0), keepdims=np.True_)
    json.dumps(Trace.from_tape(tape, title="t").to_json(), allow_nan=False)


def test_two_losses_export_together():
    tape = Tape()
    x = tape.input("x", [1.0, 2.0])
    first, second = total(x * x).named("A"), total(x * 3).named("B")
    gradient(first, [x]), gradient(second, [x])
    Trace.from_tape(tape, title="two", loss=first).check()


def test_a_forward_step_after_the_backward_pass_is_refused():
    tape, loss, grads = record_example()
    grads["b1"] * 2
    with pytest.raises(ValueError, match="forward comes after backward"):
        Trace.from_tape(tape, title="late", loss=loss)


def test_sizes_of_typical_traces():
    assert len(json.dumps(example_trace().to_json(), separators=(",", ":"))) < 10_000
