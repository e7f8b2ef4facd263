"""Hand derivation = tape = finite differences; PyTorch joins in tests/proof."""

import inspect

import numpy as np
import pytest
from closed_form_table import ROWS

from nnlib import (
    Tape,
    check_gradient,
    closed_form,
    closed_form_attention,
    closed_form_convolution,
    closed_form_recurrent,
    gradient,
    ops,
)

FAMILIES = (
    closed_form,
    closed_form_attention,
    closed_form_convolution,
    closed_form_recurrent,
)
every_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
close = {"rtol": 1e-12, "atol": 1e-13}


def upstream(y, seed=7):
    """A random dL/dy, so that a gradient that ignores it is caught."""
    return np.random.default_rng(seed).normal(size=np.shape(y)).astype(y.dtype)


def recorded(row, tape, dy):
    """Record L = sum(dy * y), so that dL/dy is dy; return y and the gradients."""
    inputs = [tape.input(f"x{i}", x) for i, x in enumerate(row.inputs)]
    y = row.call(*inputs)
    L = ops.sum(y * dy, axes=tuple(range(y.ndim)))
    return y, gradient(L, inputs)


@every_row
def test_values_and_gradients_of_the_tape(row):
    y, backprop = row.derived()
    dy = upstream(y)
    grads = backprop(dy)
    recorded_y, expected = recorded(row, Tape(), dy)
    np.testing.assert_allclose(y, recorded_y.value, **close)
    for g, e in zip(grads, expected, strict=False):
        np.testing.assert_allclose(g, e.value, **close)


@every_row
def test_one_gradient_for_each_input_and_none_for_targets(row):
    y, backprop = row.derived()
    grads = backprop(upstream(y))
    assert len(grads) == len(row.inputs) + len(row.fixed)
    assert [np.shape(g) for g in grads[: len(row.inputs)]] == [
        x.shape for x in row.inputs
    ]
    assert all(g is None for g in grads[len(row.inputs) :])


@every_row
def test_a_training_tape_takes_the_hand_derivation(row):
    tape = Tape(fused=True)
    y, backprop = row.derived()
    dy = upstream(y)
    fused, grads = recorded(row, tape, dy)
    assert fused.op == f"fused {row.function.__name__}"
    for g, e in zip(grads, backprop(dy), strict=False):
        np.testing.assert_array_equal(g.value, e)


@every_row
def test_finite_differences(row):
    def loss(x):
        y = row.call(*x.values())
        return ops.sum(y * upstream(y.value), axes=tuple(range(y.ndim)))

    values = {f"x{i}": x for i, x in enumerate(row.inputs)}
    rng = np.random.default_rng(3)
    assert check_gradient(loss, values, rng=rng, order=2) < 2e-6


@every_row
def test_plain_arrays_give_the_same_value(row):
    y, _ = row.derived()
    plain = row.call(*row.inputs)
    assert isinstance(plain, (np.ndarray, np.floating))
    np.testing.assert_allclose(plain, y, **close)


@every_row
def test_float32_stays_float32(row):
    single = row.cast(np.float32)
    y, backprop = single.derived()
    arrays = [y, *backprop(upstream(y)), single.call(*single.inputs)]
    for fused in (False, True):
        out, grads = recorded(single, Tape(fused=fused), upstream(y))
        arrays += [out.value, *(g.value for g in grads)]
    assert {a.dtype for a in arrays if a is not None} == {np.dtype(np.float32)}
    double, _ = row.derived()
    np.testing.assert_allclose(y, double, rtol=2e-5, atol=2e-6)


@every_row
def test_inputs_are_left_alone(row):
    before = [x.copy() for x in (*row.inputs, *row.fixed)]
    y, backprop = row.derived()
    kept = y.copy()
    dy = upstream(y)
    first = [np.copy(g) for g in backprop(dy) if g is not None]
    second = [g for g in backprop(dy) if g is not None]
    for g, again in zip(first, second, strict=True):
        np.testing.assert_array_equal(g, again)
    np.testing.assert_array_equal(y, kept)
    for x, b in zip((*row.inputs, *row.fixed), before, strict=True):
        np.testing.assert_array_equal(x, b)


def test_every_closed_form_is_in_the_table():
    public = {
        name
        for family in FAMILIES
        for name, f in inspect.getmembers(family, inspect.isfunction)
        if not name.startswith("_") and f.__module__ == family.__name__
    }
    assert public == {row.closed_form.__name__ for row in ROWS}


def test_sigmoid_keeps_small_numbers():
    z = np.array([-700.0, -40.0, 0.0, 40.0])
    a, backprop = closed_form.sigmoid(z)
    np.testing.assert_allclose(a, ops.sigmoid(z), rtol=1e-14)
    np.testing.assert_allclose(backprop(np.ones(4))[0][:2], np.exp(z[:2]), rtol=1e-14)


def test_relu_and_magnitude_at_zero():
    _, backprop = closed_form.relu(np.zeros(3))
    np.testing.assert_array_equal(backprop(np.ones(3))[0], np.zeros(3))
    _, backprop = closed_form.binary_cross_entropy(np.zeros(2), np.array([0.0, 1.0]))
    np.testing.assert_array_equal(backprop(1.0)[0], [0.25, -0.25])


@every_row
def test_what_is_left_out_changes_nothing_else(row):
    """A first layer, whose x is data, leaves dx out."""
    y, backprop = row.derived()
    if "dx" not in (backprop.__kwdefaults__ or ()):
        return
    dy = upstream(y)
    (_, *expected), (dx, *grads) = backprop(dy), backprop(dy, dx=False)
    assert dx is None
    expected = expected[: len(row.inputs) - 1]  # without those of what is fixed
    for g, e in zip(grads, expected, strict=False):
        np.testing.assert_array_equal(g, e)
    tape = Tape(fused=True)
    weights = [tape.input(f"x{i}", v) for i, v in enumerate(row.inputs[1:])]
    y = row.call(row.inputs[0], *weights)
    found = gradient(ops.sum(y * dy, axes=tuple(range(y.ndim))), weights)
    for g, e in zip(found, expected, strict=True):
        np.testing.assert_array_equal(g.value, e)


def test_a_first_layer_leaves_out_the_gradient_of_its_data():
    asked = []

    def form(x, w):
        def backprop(dy, *, dx=True):
            asked.append(dx)
            return dy * w if dx else None, dy * x

        return x * w, backprop

    tape = Tape(fused=True)
    w = tape.input("w", 2.0)
    data = tape.fuse("product", form, (np.array(3.0), w), {})
    gradient(data, [w])
    gradient(tape.fuse("product", form, (w, data), {}), [w])
    assert asked == [False, True, False]
