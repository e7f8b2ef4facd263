"""Activations and linear layers: values, slopes, extremes, types, error sentences."""

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from nnlib import Tape, Trace, check_gradient, functional, gradient, scope
from nnlib.functional import (
    gelu,
    leaky_relu,
    linear,
    log_softmax,
    magnitude,
    mean,
    relu,
    sigmoid,
    silu,
    softmax,
    softplus,
    tanh,
)

FILE = Path(__file__).parent / "golden" / "layers_and_optimizers.json"
GOLDEN = json.loads(FILE.read_text())
ACTIVATIONS = {
    "sigmoid": sigmoid,
    "tanh": tanh,
    "relu": relu,
    "leaky_relu_0.01": leaky_relu,
    "gelu_exact": gelu,
    "silu": silu,
    "softplus": softplus,
}
every_activation = pytest.mark.parametrize("name", ACTIVATIONS)


def slope(function, z):
    """da/dz for every element of z, on an ordinary and on a training tape."""
    results = []
    for fused in (False, True):
        tape = Tape(fused=fused)
        x = tape.input("z", z)
        (dz,) = gradient(mean(function(x)) * np.size(z), [x])
        results.append(dz.value)
    np.testing.assert_allclose(*results, rtol=1e-12, atol=1e-15)
    return results[0]


@every_activation
def test_golden_values_and_slopes(name):
    x = np.array(GOLDEN["activations"]["inputs"]["x"])
    golden = GOLDEN["activations"]["outputs"][name]
    function = ACTIVATIONS[name]
    np.testing.assert_allclose(function(x), golden["value"], rtol=1e-12, atol=1e-15)
    found = slope(function, x)
    np.testing.assert_allclose(found, golden["derivative"], rtol=1e-12, atol=1e-15)


@every_activation
def test_arrays_and_tensors_agree(name):
    z = np.random.default_rng(0).normal(size=(3, 4)) * 4
    plain, recorded = ACTIVATIONS[name](z), ACTIVATIONS[name](Tape().input("z", z))
    assert type(plain) is np.ndarray
    np.testing.assert_array_equal(plain, recorded.value)


@every_activation
def test_plain_numbers_are_taken(name):
    assert np.shape(ACTIVATIONS[name](0.5)) == ()


@every_activation
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_type_follows_the_input(name, dtype):
    z = np.linspace(-3, 3, 7, dtype=dtype)
    assert ACTIVATIONS[name](z).dtype == dtype
    for fused in (False, True):
        tape = Tape(fused=fused)
        x = tape.input("z", z)
        y = ACTIVATIONS[name](x)
        assert y.dtype == dtype
        assert gradient(mean(y), [x])[0].dtype == dtype


@every_activation
@pytest.mark.parametrize("scale", [1.0, 100.0, 1e4])
def test_large_inputs_stay_finite(name, scale):
    z = scale * np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
    assert np.isfinite(ACTIVATIONS[name](z)).all()
    assert np.isfinite(slope(ACTIVATIONS[name], z)).all()


@every_activation
def test_gradient_of_both_orders(name):
    z = np.random.default_rng(2).normal(size=(2, 5))

    def loss(p):
        return mean(ACTIVATIONS[name](p["z"]) ** 2)

    rng = np.random.default_rng(0)
    assert check_gradient(loss, {"z": z}, rng=rng, order=2) < 2e-6


@every_activation
@given(st.data())
def test_any_shape_is_kept(name, data):
    shape = data.draw(array_shapes(min_dims=0, max_dims=4, max_side=4))
    z = data.draw(arrays(np.float64, shape, elements=st.floats(-50, 50)))
    for fused in (False, True):
        x = Tape(fused=fused).input("z", z)
        y = ACTIVATIONS[name](x)
        assert y.shape == gradient(mean(y), [x])[0].shape == shape
        assert np.isfinite(y.value).all()


def test_slope_of_relu_at_zero_is_zero():
    assert slope(relu, np.array([0.0, -0.0])).tolist() == [0, 0]


def test_sigmoid_saturates_where_the_book_says():
    assert sigmoid(36.7) < 1 == sigmoid(36.74)
    assert sigmoid(np.float32(16.5)) < 1 == sigmoid(np.float32(17))
    assert sigmoid(-1000.0) == 0 and sigmoid(1000.0) == 1


@given(st.floats(-20, 20))
def test_identities(z):
    assert math.isclose(tanh(z), 2 * sigmoid(2 * z) - 1, abs_tol=1e-14)
    assert math.isclose(sigmoid(-z), 1 - sigmoid(z), abs_tol=1e-15)
    assert math.isclose(softplus(z) - softplus(-z), z, abs_tol=1e-13)
    assert math.isclose(silu(z), z * sigmoid(z), rel_tol=1e-14)
    assert relu(z) - relu(-z) == z
    assert magnitude(z) == abs(z)


def test_greatest_slopes():
    z = np.linspace(-8, 8, 1601)
    assert slope(sigmoid, z).max() == 0.25
    assert slope(tanh, z).max() == 1
    larger = np.abs(z)[slope(tanh, z) > slope(sigmoid, z)].max()
    assert abs(larger - 1.663) < 0.01


@pytest.mark.parametrize("alpha", [0.0, 0.01, 0.3, 0.99])
def test_leaky_relu_of_any_slope(alpha):
    z = np.array([-2.0, -1.0, 1.0, 2.0])
    np.testing.assert_allclose(
        leaky_relu(z, slope=alpha), np.where(z > 0, z, alpha * z), rtol=1e-15
    )


@pytest.mark.parametrize("alpha", [-0.1, 1.0, 2.0])
def test_leaky_relu_refuses_other_slopes(alpha):
    sentence = f"leaky_relu: slope is {alpha}, but needs 0 <= slope < 1"
    with pytest.raises(ValueError, match=re.escape(sentence)):
        leaky_relu(np.zeros(2), slope=alpha)


# ---- softmax ----


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -3])
def test_softmax_sums_to_one(axis):
    z = np.random.default_rng(0).normal(size=(2, 3, 4)) * 5
    np.testing.assert_allclose(softmax(z, axis=axis).sum(axis), 1, rtol=1e-14)
    np.testing.assert_allclose(
        np.exp(log_softmax(z, axis=axis)), softmax(z, axis=axis), rtol=1e-13
    )


def test_softmax_golden():
    golden = GOLDEN["softmax_crossentropy"]
    for case in (golden["basic"], golden["shift_invariance"]):
        a = softmax(np.array(case["logits"]))
        np.testing.assert_allclose(a, case["probs"], rtol=1e-13)
    a = softmax(np.array(golden["overflow"]["logits"]))
    np.testing.assert_allclose(a, golden["overflow"]["stable"], rtol=1e-13)
    for temperature, probs in golden["temperature"].items():
        z = np.array(golden["basic"]["logits"]) / float(temperature)
        np.testing.assert_allclose(softmax(z), probs, rtol=1e-10)


def test_softmax_jacobian():
    golden = GOLDEN["softmax_crossentropy"]["basic"]
    for i, row in enumerate(golden["softmax_jacobian"]):
        one = np.eye(3)[i]
        found = slope(lambda z, one=one: softmax(z) * one, np.array(golden["logits"]))
        np.testing.assert_allclose(found, row, rtol=1e-12)


def test_two_classes_are_a_sigmoid():
    golden = GOLDEN["softmax_crossentropy"]["two_class"]
    z = np.array(golden["z"])
    assert abs(softmax(z)[0] - sigmoid(z[0] - z[1])) < 1e-15
    assert abs(softmax(z)[0] - golden["softmax_first"]) < 1e-15


def test_minus_infinity_is_a_class_that_cannot_be():
    z = np.array([0.0, -np.inf, 0.0])
    assert softmax(z).tolist() == [0.5, 0, 0.5]
    assert log_softmax(z)[1] == -np.inf


@pytest.mark.parametrize("function", [softmax, log_softmax])
def test_softmax_names_a_missing_axis(function):
    sentence = f"{function.__name__}: z has no axis 2: it has 2 axes"
    with pytest.raises(ValueError, match=sentence):
        function(np.zeros((2, 3)), axis=2)


# ---- mean ----


@pytest.mark.parametrize("axis", [None, 0, 1, -1, (0, 2), (1, -1)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_mean_is_that_of_numpy(axis, keepdims):
    x = np.random.default_rng(0).normal(size=(2, 3, 4))
    expected = x.mean(axis=axis, keepdims=keepdims)
    for found in (x, Tape().input("x", x)):
        found = mean(found, axis=axis, keepdims=keepdims)
        found = found if isinstance(found, (np.ndarray, np.floating)) else found.value
        assert np.shape(found) == np.shape(expected)
        np.testing.assert_allclose(found, expected, rtol=1e-13)


def test_mean_names_a_missing_axis():
    with pytest.raises(ValueError, match="mean: x has no axis 3: it has 2 axes"):
        mean(np.zeros((2, 3)), axis=3)


# ---- linear ----


@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 5))
def test_linear_is_a_loop_over_neurons(N, D_in, D_out):
    rng = np.random.default_rng(N)
    x, W = rng.normal(size=(N, D_in)), rng.normal(size=(D_in, D_out))
    b = rng.normal(size=D_out)
    z = linear(x, W, b)
    for n in range(N):
        for k in range(D_out):
            one = sum(x[n, i] * W[i, k] for i in range(D_in)) + b[k]
            assert math.isclose(z[n, k], one, rel_tol=1e-9, abs_tol=1e-12)


def test_linear_golden_layer_and_collapse():
    golden = GOLDEN["neuron_and_layers"]
    layer = golden["layer"]
    z = linear(np.array([layer["x"]]), np.transpose(layer["W"]), np.array(layer["b"]))
    np.testing.assert_allclose(z[0], layer["z"], atol=1e-15)
    np.testing.assert_allclose(sigmoid(z)[0], layer["sigmoid"], rtol=1e-13)
    c = golden["linear_collapse"]
    W1, W2 = np.transpose(c["W1"]), np.transpose(c["W2"])
    b1, b2 = np.array(c["b1"]), np.array(c["b2"])
    two = linear(linear(np.array([c["x"]]), W1, b1), W2, b2)
    np.testing.assert_allclose(two[0], c["two_layers"])
    np.testing.assert_allclose((W1 @ W2).T, c["W_equiv"])
    np.testing.assert_allclose(b1 @ W2 + b2, c["b_equiv"])


def test_xor_by_hand():
    golden = GOLDEN["neuron_and_layers"]["xor_relu"]
    X = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    h = relu(linear(X, np.transpose(golden["W1"]), np.array(golden["b1"])))
    o = linear(h, np.transpose([golden["w2"]]), np.array([golden["b2"]]))
    assert o[:, 0].tolist() == golden["outputs"]


BAD_SHAPES = [
    (
        (2, 5),
        (3, 4),
        (4,),
        "linear: x has 5 features, shape (2, 5), but W expects 3, shape (3, 4)",
    ),
    (
        (2, 3),
        (3, 4),
        (3,),
        "linear: b has 3 numbers, shape (3,), but W gives 4, shape (3, 4)",
    ),
    (
        (3,),
        (3, 4),
        (4,),
        "linear: x has shape (3,) and W has shape (3, 4), not (N, D_in) and "
        "(D_in, D_out)",
    ),
    (
        (2, 3),
        (3,),
        (3,),
        "linear: x has shape (2, 3) and W has shape (3,), not (N, D_in) and "
        "(D_in, D_out)",
    ),
]


@pytest.mark.parametrize("x, W, b, sentence", BAD_SHAPES)
@pytest.mark.parametrize("fused", [None, False, True])
def test_linear_says_what_does_not_fit(x, W, b, sentence, fused):
    x, W, b = map(np.zeros, (x, W, b))
    x = x if fused is None else Tape(fused=fused).input("x", x)
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        linear(x, W, b)


def test_a_layer_exports_and_replays():
    tape = Tape()
    x, W = tape.input("x", [[1.0, 2.0]]), tape.input("W", [[1.0], [3.0]])
    with scope("layer"):
        y = relu(linear(x, W, np.array([0.5]))).named("y")
    trace = Trace.from_tape(tape, title="layer")
    assert trace.replay({"x": [[2.0, 2.0]]})["y"] == 8.5
    assert tape.steps[-1].place.scope == ("layer",)
    assert y.value == 7.5


def test_multipath_golden():
    golden = GOLDEN["multipath_chain_rule"]
    W = [np.transpose(golden["inputs"][f"W{i}"]) for i in (1, 2, 3)]
    tape = Tape()
    w = [tape.input(f"W{i}", v) for i, v in enumerate(W, 1)]
    o = tanh(tanh(np.array([golden["inputs"]["x"]]) @ w[0]) @ w[1]) @ w[2]
    L = 0.5 * mean((o - golden["inputs"]["t"]) ** 2)
    assert math.isclose(float(L.value), golden["loss"], rel_tol=1e-12)
    for i, g in enumerate(gradient(L, w), 1):
        np.testing.assert_allclose(g.value.T, golden[f"dL_dW{i}"], rtol=1e-12)


def test_public_functions_are_documented_with_chapter():
    for function in [*ACTIVATIONS.values(), linear, softmax, log_softmax]:
        assert "Chapter:" in function.__doc__
        assert ".. math::" in function.__doc__
    assert functional.mean.__doc__
