"""Optimisers: golden traces, one rule for arrays and tensors, and recorded training."""

import json
import math
import re
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib import Tape, Trace, gradient
from nnlib.functional import linear, sigmoid
from nnlib.losses import half_squared_error
from nnlib.optimizers import (
    SGD,
    AdaGrad,
    Adam,
    AdamW,
    Momentum,
    RMSProp,
    Scheduled,
    clip_by_norm,
    clip_by_value,
    init,
    record,
    smaller,
    step,
    warm_up,
)

FILE = Path(__file__).parent / "golden" / "layers_and_optimizers.json"
GOLDEN = json.loads(FILE.read_text())
TRACES = GOLDEN["optimisers"]["outputs"]
GRADIENTS = GOLDEN["optimisers"]["inputs"]["gradients"]
RULES = {
    "sgd": SGD(0.1),
    "momentum_0.9_pytorch_form": Momentum(0.1),
    "momentum_0.9_ema_form": Momentum(0.1, average=True),
    "adagrad": AdaGrad(0.1),
    "adam_eps1e-08": Adam(0.1),
    "adam_eps0.01": Adam(0.1, eps=0.01),
    "adamw_wd0.1": AdamW(0.1, decay=0.1),
    **{
        f"rmsprop_eps_{place}_beta{beta}_eps{name}": RMSProp(0.1, beta, eps, inside)
        for place, inside in (("outside", False), ("inside", True))
        for beta in (0.9, 0.99)
        for name, eps in (("1e-08", 1e-8), ("0.01", 0.01))
    },
}
EXTRAS = {
    "scheduled": Scheduled(Adam(), warm_up(64, steps=3)),
    "adam without momentum": Adam(0.1, beta1=0.0),
    "scheduled sgd": Scheduled(SGD(0.0), warm_up(64, steps=3)),
}
every_rule = pytest.mark.parametrize(
    "rule", (RULES | EXTRAS).values(), ids=RULES | EXTRAS
)


def run(rule, gradients, w=0.5):
    """The weights after each step, and the last state."""
    w = np.array([w])
    state, trace = rule.init(w), []
    for t, g in enumerate(gradients, 1):
        w, state = rule.update(w, np.array([g]), state, t)
        trace.append(w[0])
    return trace, state


@pytest.mark.parametrize("name", RULES)
def test_golden_traces(name):
    trace, state = run(RULES[name], GRADIENTS)
    np.testing.assert_allclose(trace, TRACES[name]["w"], rtol=1e-12, atol=1e-13)
    if "rmsprop_eps_outside" in name:
        assert math.isclose(state["s"][0], TRACES[name]["v"][-1], rel_tol=1e-12)
    if name.startswith("adam_"):
        last = TRACES[name]["trace"][-1]
        assert math.isclose(state["m"][0], last["m"], rel_tol=1e-12)
        assert math.isclose(state["v"][0], last["v"], rel_tol=1e-12)


@pytest.mark.parametrize(
    "name, rule",
    [("adam_plus_L2_wd0.1", Adam(0.1)), ("sgd_plus_L2_wd0.1", SGD(0.1))],
)
def test_decay_in_the_gradient_is_another_rule(name, rule):
    w = np.array([0.5])
    state, trace = rule.init(w), []
    for t, g in enumerate(GRADIENTS, 1):
        w, state = rule.update(w, g + 0.1 * w, state, t)
        trace.append(w[0])
    np.testing.assert_allclose(trace, TRACES[name]["w"], rtol=1e-12)


def test_adam_and_rescaled_gradients():
    golden = TRACES["adam_rescaling"]
    pairs = [
        (0.0, 1.0, "eps0"),
        (0.0, 1e3, "g_times_1000_eps0"),
        (0.01, 1.0, "eps_1e_2"),
        (0.01, 1e-3, "g_times_1e_minus_3_eps_1e_2"),
    ]
    for eps, scale, key in pairs:
        trace, _ = run(Adam(0.1, eps=eps), [scale * g for g in GRADIENTS])
        np.testing.assert_allclose(trace, golden[key], rtol=1e-12)


@pytest.mark.parametrize(
    "lr", GOLDEN["optimisers"]["gd_on_half_w_squared_after_20_steps"]
)
def test_gradient_descent_on_a_parabola(lr):
    w, rule = np.array(1.0), SGD(float(lr))
    for t in range(1, 21):
        w, _ = rule.update(w, w, {}, t)
    expected = GOLDEN["optimisers"]["gd_on_half_w_squared_after_20_steps"][lr]
    assert math.isclose(abs(w), expected, rel_tol=1e-12, abs_tol=1e-15)


@every_rule
def test_arrays_are_updated_element_by_element(rule):
    rng = np.random.default_rng(0)
    w, gs = rng.normal(size=(2, 3)), rng.normal(size=(5, 2, 3))
    traces = [run(rule, gs[:, i, j], w[i, j])[0][-1] for i in (0, 1) for j in (0, 1, 2)]
    state = rule.init(w)
    for t, g in enumerate(gs, 1):
        w, state = rule.update(w, g, state, t)
    np.testing.assert_allclose(w.ravel(), traces, rtol=1e-14)


@every_rule
def test_an_update_is_pure_and_keeps_float32(rule):
    w, g = np.ones(3, np.float32), np.array([1, -2, 0.5], np.float32)
    state = rule.init(w)
    kept = {key: value.copy() for key, value in state.items()}
    new, carried = rule.update(w, g, state, 1)
    assert w.tolist() == [1, 1, 1] and g.tolist() == [1, -2, 0.5]
    assert new.dtype == np.float32 and state.keys() == kept.keys() == carried.keys()
    for key, value in kept.items():
        np.testing.assert_array_equal(state[key], value)
        assert carried[key].dtype == np.float32


@every_rule
def test_rules_are_frozen_and_documented(rule):
    with pytest.raises(FrozenInstanceError):
        rule.lr = 1.0
    assert "Chapter:" in type(rule).__doc__


# ---- dicts of parameters ----


@every_rule
def test_step_updates_each_parameter(rule):
    params = {"W": np.ones((2, 2)), "b": np.zeros(2)}
    grads = {"W": np.full((2, 2), 0.5), "b": np.ones(2)}
    state = init(rule, params)
    new, carried = step(rule, params, grads, state, 1)
    for name in params:
        alone, _ = rule.update(params[name], grads[name], rule.init(params[name]), 1)
        np.testing.assert_array_equal(new[name], alone)
    assert carried.keys() == params.keys() == new.keys()


# ---- schedules ----


def test_warm_up_rises_and_falls():
    lr = warm_up(512, steps=4000)
    rates = [lr(t) for t in (1, 2, 2000, 4000, 8000, 16000)]
    assert math.isclose(rates[0], 512**-0.5 * 4000**-1.5)
    assert math.isclose(rates[1], 2 * rates[0]) and math.isclose(rates[2], rates[3] / 2)
    assert max(rates) == rates[3] == 512**-0.5 * 4000**-0.5
    assert math.isclose(rates[5], rates[3] / 2)
    assert type(rates[0]) is float


def test_a_schedule_replaces_the_rate_of_each_step():
    trace, _ = run(Scheduled(SGD(9.0), lambda t: 0.1 / t), [1.0, 1.0, 1.0], 1.0)
    np.testing.assert_allclose(trace, [0.9, 0.85, 0.85 - 0.1 / 3])


# ---- clipping ----


@pytest.mark.parametrize("threshold", [1, 5, 10])
def test_clip_by_norm_golden(threshold):
    grads = {"g": np.array(GOLDEN["gradient_clipping"]["inputs"]["g"])}
    golden = GOLDEN["gradient_clipping"]["outputs"][f"threshold_{threshold}"]
    clipped = clip_by_norm(grads, threshold)["g"]
    np.testing.assert_allclose(clipped, golden["clipped"], rtol=1e-14)
    np.testing.assert_allclose(clipped, golden["torch_clip_grad_norm_"], rtol=1e-6)


def test_clip_by_norm_leaves_small_gradients_alone():
    assert clip_by_norm({"g": np.array([0.03, 0.04])}, 1)["g"].tolist() == [0.03, 0.04]
    assert clip_by_norm({"g": np.zeros(2)}, 1)["g"].tolist() == [0, 0]


def test_clip_by_norm_needs_gradients():
    with pytest.raises(ValueError, match="clip_by_norm: there are no gradients"):
        clip_by_norm({}, 1.0)


def test_clip_by_norm_measures_all_parameters_together():
    clipped = clip_by_norm({"W": np.array([[3.0]]), "b": np.array([4.0])}, 1)
    assert math.isclose(clipped["W"][0, 0], 0.6) and math.isclose(clipped["b"][0], 0.8)


def test_clip_by_value_golden():
    clipped = clip_by_value({"g": np.array([3.0, -4.0, 0.5])}, 1)["g"]
    assert clipped.tolist() == [1, -1, 0.5]


@pytest.mark.parametrize("clip", [clip_by_norm, clip_by_value])
def test_clipping_of_tensors_and_types(clip):
    g = np.array([[3.0, -4.0]])
    tensor = Tape().input("g", g)
    recorded = clip({"g": tensor}, 0.5)["g"].value
    np.testing.assert_array_equal(recorded, clip({"g": g}, 0.5)["g"])
    assert clip({"g": g.astype(np.float32)}, 0.5)["g"].dtype == np.float32
    moved = clip({"g": tensor}, tensor.tape.input("tau", 0.5))["g"].value
    np.testing.assert_array_equal(moved, recorded)


@pytest.mark.parametrize("clip", [clip_by_norm, clip_by_value])
@pytest.mark.parametrize("limit", [0, -1.0, float("nan")])
def test_clipping_refuses_a_limit_of_nothing(clip, limit):
    sentence = f"{clip.__name__}: limit is {limit}, but must be above 0"
    with pytest.raises(ValueError, match=sentence):
        clip({"g": np.ones(2)}, limit)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_smaller_is_the_minimum(x, y):
    tape = Tape()
    recorded = smaller(tape.input("x", x), tape.input("y", y))
    assert smaller(x, y) == min(x, y) == recorded.value
    assert smaller(np.array([x]), y).tolist() == [min(x, y)]


# ---- recorded steps ----

START = {"W": [[0.3], [-0.2]], "b": [0.1]}
X, Y = [[1.0, 2.0], [0.5, -1.0]], [[1.0], [0.0]]


def loss_of(p, x, y):
    return half_squared_error(sigmoid(linear(x, p["W"], p["b"])), y)


def recorded_step(rule, **options):
    tape = Tape()
    x, y = tape.input("x", X), tape.input("y", Y)
    params = tape.inputs(START)
    L = loss_of(params, x, y).named("L")
    new = record(rule, params, gradient(L, params), **options)
    return Trace.from_tape(tape, title="one step", loss=L), new


def train_by_replay(trace, steps):
    """Feed the updates back to the inputs, as the page does."""
    names = [step["name"] for step in trace.steps]
    values, losses = {}, []
    for _ in range(steps):
        found = trace.replay(values)
        losses.append(float(found["L"]))
        values = {names[int(i)]: found[names[new]] for i, new in trace.updates.items()}
    return losses, values


def train_in_numpy(rule, steps):
    params = {name: np.array(w) for name, w in START.items()}
    state, losses = init(rule, params), []
    for t in range(1, steps + 1):
        tape = Tape()
        w = tape.inputs(params)
        L = loss_of(w, np.array(X), np.array(Y))
        grads = {name: g.value for name, g in gradient(L, w).items()}
        losses.append(float(L.value))
        params, state = step(rule, params, grads, state, t)
    return losses, params


@every_rule
def test_replaying_a_recorded_step_is_training(rule):
    trace, new = recorded_step(rule)
    assert list(new) == ["W", "b"]
    losses, values = train_by_replay(Trace.from_json(json.dumps(trace.to_json())), 12)
    expected, params = train_in_numpy(rule, 12)
    np.testing.assert_allclose(losses, expected, rtol=1e-12)
    for name, w in params.items():
        np.testing.assert_allclose(values[name], w, rtol=1e-11)
    assert losses[-1] < losses[0]


@every_rule
def test_everything_carried_over_is_an_input_of_the_trace(rule):
    trace, _ = recorded_step(rule)
    state = rule.init(np.zeros(1))
    expected = {"W", "b"} | {f"{key}_{name}" for key in state for name in START}
    expected |= {"t"} if rule.counts else set()
    assert {trace.steps[int(i)]["name"] for i in trace.updates} == expected
    for i, new in trace.updates.items():
        assert trace.steps[new]["name"] == f"{trace.steps[int(i)]['name']}_new"
        assert trace.steps[new]["phase"] == "update"


def test_a_recorded_step_continues_from_a_state():
    rule = Adam(0.1)
    _, values = train_by_replay(recorded_step(rule)[0], 3)
    state = {
        name: {key: values[f"{key}_{name}"] for key in ("m", "v")} for name in START
    }
    trace, _ = recorded_step(rule, state=state, t=3)
    found = trace.replay({"W": values["W"], "b": values["b"]})
    expected, params = train_in_numpy(rule, 4)
    assert math.isclose(found["L"], expected[3], rel_tol=1e-12)
    np.testing.assert_allclose(found["W_new"], params["W"], rtol=1e-12)
    assert found["t_new"] == 4


def test_a_learning_rate_may_be_an_input():
    tape = Tape()
    eta, w = tape.input("eta", 0.1), tape.input("w", [1.0, 2.0], labels=["w1", "w2"])
    L = half_squared_error(w, np.zeros(2))
    record(SGD(eta), {"w": w}, gradient(L, {"w": w}))
    trace = Trace.from_tape(tape, title="rate", loss=L)
    assert trace.replay()["w_new"].tolist() == [0.9, 1.8]
    assert trace.replay({"eta": 0.5})["w_new"].tolist() == [0.5, 1.0]
    last = trace.steps[-1]
    assert last["labels"] == ["w1_new", "w2_new"]
    assert last["symbol"] == r"{w}^{\text{new}}"


def test_sgd_reads_as_in_the_book():
    trace, _ = recorded_step(SGD(0.1))
    latex = next(s["latex"] for s in trace.steps if s["name"] == "W_new")
    assert latex == r"W - 0.1 \frac{\partial L}{\partial W}"


def test_powers_of_t_read_as_powers():
    trace, _ = recorded_step(Adam(0.1))
    symbols = {s["symbol"] for s in trace.steps}
    assert {r"0.9^{{t}^{\text{new}}}", r"0.999^{{t}^{\text{new}}}"} <= symbols


def test_only_an_input_can_be_fed_back():
    tape = Tape()
    w = tape.input("w", 1.0) * 2
    sentence = "record: w is the result of mul, not an input"
    with pytest.raises(ValueError, match=sentence):
        record(SGD(0.1), {"w": w}, {"w": w})


def test_an_input_called_as_the_count_of_steps_is_refused():
    tape = Tape()
    w = {"w": tape.input("w", [1.0, 2.0])}
    grads = gradient(half_squared_error(w["w"], tape.input("t", np.zeros(2))), w)
    sentence = "record: t is the count of steps here, so the input t needs another name"
    with pytest.raises(ValueError, match=sentence):
        record(Adam(), w, grads)
    assert record(SGD(0.1), w, grads)["w"].name == "w_new"


def test_a_parameter_without_gradient_is_named():
    w = Tape().input("w", 1.0)
    with pytest.raises(ValueError, match=re.escape("record: w has no gradient")):
        record(SGD(0.1), {"w": w}, {})
