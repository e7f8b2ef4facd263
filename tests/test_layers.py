"""Layers hold parameters, give them out by name, and take others without changing."""

import json
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib import Tape, Trace, gradient, value_and_grad
from nnlib.functional import relu, sigmoid, tanh
from nnlib.initializers import normal, zeros
from nnlib.layers import Linear, Sequential, mlp, parameter_count
from nnlib.losses import cross_entropy, half_squared_error

FILE = Path(__file__).parent / "golden" / "layers_and_optimizers.json"
GOLDEN = json.loads(FILE.read_text())


def rng(seed=0):
    return np.random.default_rng(seed)


def test_linear_is_its_formula():
    layer = Linear.init(3, 4, rng=rng())
    x = rng(1).normal(size=(5, 3))
    np.testing.assert_array_equal(layer(x), x @ layer.W + layer.b)
    assert not layer.b.any() and layer.W.shape == (3, 4)
    assert repr(layer) == "Linear(3, 4)"


def test_linear_takes_any_initializer():
    assert (
        abs(Linear.init(200, 200, rng=rng(), weights=normal(0.5)).W.std() - 0.5) < 0.01
    )


def test_names_of_parameters():
    model = Sequential(Linear.init(2, 3, rng=rng()), relu, Linear.init(3, 1, rng=rng()))
    assert list(model.parameters()) == ["0.W", "0.b", "2.W", "2.b"]
    outer = Sequential(tanh, model)
    assert list(outer.parameters()) == ["1.0.W", "1.0.b", "1.2.W", "1.2.b"]
    assert (
        repr(outer) == "Sequential(tanh, Sequential(Linear(2, 3), relu, Linear(3, 1)))"
    )


@given(st.lists(st.integers(1, 6), min_size=2, max_size=5), st.integers(0, 99))
def test_parameters_there_and_back(widths, seed):
    model = mlp(widths, rng=rng(seed), activation=sigmoid)
    values = model.parameters()
    again = model.with_parameters(dict(reversed(values.items())))
    for name, value in again.parameters().items():
        assert value is values[name]
    X = rng(seed).normal(size=(3, widths[0]))
    np.testing.assert_array_equal(model(X), again(X))
    expected = sum(n * (before + 1) for before, n in pairwise(widths))
    assert parameter_count(model) == expected


def test_new_values_leave_the_old_layer_alone():
    old = mlp((2, 2), rng=rng())
    before = old.parameters()["0.W"].copy()
    new = old.with_parameters({"0.W": np.zeros((2, 2)), "0.b": np.ones(2)})
    np.testing.assert_array_equal(old.parameters()["0.W"], before)
    assert new(np.ones((1, 2))).tolist() == [[1, 1]]


def test_mlp_by_hand():
    model = mlp((2, 3, 1), rng=rng(), activation=tanh)
    W1, b1, W2, b2 = model.parameters().values()
    X = rng(1).normal(size=(4, 2))
    np.testing.assert_array_equal(model(X), np.tanh(X @ W1 + b1) @ W2 + b2)


@pytest.mark.parametrize("fused", [False, True])
def test_a_model_with_tensors_records(fused):
    model, X, t = mlp((3, 4, 2), rng=rng()), rng(1).normal(size=(5, 3)), [0, 1, 1, 0, 1]
    tape = Tape(fused=fused)
    W = tape.inputs(model.parameters())
    L = cross_entropy(model.with_parameters(W)(X), t)
    grads = gradient(L, W)
    evaluate = value_and_grad(
        lambda p, X, t: cross_entropy(model.with_parameters(p)(X), t)
    )
    loss, plain = evaluate(model.parameters(), X, t)
    np.testing.assert_allclose(L.value, loss, rtol=1e-14)
    for name, g in grads.items():
        np.testing.assert_allclose(g.value, plain[name], rtol=1e-12, atol=1e-15)


def test_an_activation_joins_the_scope_of_its_layer():
    tape, model = Tape(), mlp((2, 2, 2), rng=rng())
    model.with_parameters(tape.inputs(model.parameters()))(np.ones((1, 2)))
    places = [(s.op, s.place.scope) for s in tape.steps if s.inputs]
    one, two = ("layer 1",), ("layer 2",)
    assert places == [
        ("matmul", one),
        ("add", one),
        ("maximum", one),
        ("matmul", two),
        ("add", two),
    ]
    assert Trace.from_tape(tape, title="mlp").replay()


def test_layers_share_weights_if_told_so():
    layer = Linear.init(2, 2, rng=rng())

    def loss(p, X):
        shared = layer.with_parameters(p)
        return half_squared_error(shared(shared(X)), np.zeros((1, 2)))

    L, grads = value_and_grad(loss)(layer.parameters(), np.ones((1, 2)))
    assert np.isfinite(L) and grads["W"].shape == (2, 2)


def test_float32_parameters_give_float32():
    model = mlp((3, 4, 2), rng=rng())
    single = {name: w.astype(np.float32) for name, w in model.parameters().items()}
    assert (
        model.with_parameters(single)(np.ones((2, 3), np.float32)).dtype == np.float32
    )


WRONG = [
    ({"0.W": 0}, "Sequential: parameter 0.b is missing; there are 0.W, 0.b"),
    (
        {"0.W": 0, "0.b": 0, "1.W": 0},
        "Sequential: parameter 1.W is unknown; there are 0.W, 0.b",
    ),
    ({}, "Sequential: parameter 0.W is missing; there are 0.W, 0.b"),
    (
        dict.fromkeys("ab", 0),
        "Sequential: parameter 0.W is missing; there are 0.W, 0.b",
    ),
]


@pytest.mark.parametrize("values, sentence", WRONG)
def test_wrong_names_are_refused(values, sentence):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        mlp((2, 2), rng=rng()).with_parameters(values)
    inner = {name.removeprefix("0."): v for name, v in values.items()}
    with pytest.raises(ValueError, match=r"^Linear: parameter"):
        Linear.init(2, 2, rng=rng()).with_parameters(inner)


@pytest.mark.parametrize("widths", [(), (3,), (3, 0), (0, 3), (2, -1, 2)])
def test_widths_that_make_no_network(widths):
    shown = re.escape(str(widths))
    with pytest.raises(
        ValueError, match=f"mlp: widths {shown} are not two counts or more"
    ):
        mlp(widths, rng=rng())


def test_a_model_says_which_shapes_do_not_fit():
    with pytest.raises(ValueError, match=r"linear: x has 5 features, shape \(2, 5\)"):
        mlp((3, 4), rng=rng())(np.zeros((2, 5)))


def test_equal_first_weights_stay_equal():
    golden = GOLDEN["symmetry_breaking"]
    x, t = np.array([golden["x"]]), golden["t"]

    def gradients(W1, W2):
        tape = Tape()
        W = tape.inputs({"W1": np.transpose(W1), "W2": np.transpose(W2)})
        L = half_squared_error(tanh(x @ W["W1"]) @ W["W2"], np.array([[t]]))
        return {name: g.value.T for name, g in gradient(L, W).items()}

    half = golden["results"]["all_equal_0.5"]
    found = gradients(np.full((3, 2), 0.5), np.full((1, 3), 0.5))
    np.testing.assert_allclose(found["W1"], half["dW1"], rtol=1e-12)
    np.testing.assert_allclose(found["W2"], half["dW2"], rtol=1e-12)
    nothing = gradients(zeros((3, 2)), zeros((1, 3)))
    assert not nothing["W1"].any() and not nothing["W2"].any()
