"""Convolution and pooling against plain loops, golden values and error sentences."""

# One row, one sentence, however long.
# ruff: noqa: E501

import json
import math
import re
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib import Tape, Trace, check_gradient, closed_form_convolution, gradient, ops
from nnlib.convolution import (
    AvgPool2d,
    Conv2d,
    MaxPool2d,
    avg_pool2d,
    conv2d,
    flatten,
    global_avg_pool2d,
    local_response_norm,
    max_pool2d,
    output_size,
)
from nnlib.functional import relu
from nnlib.layers import Linear, Sequential, parameter_count
from nnlib.losses import cross_entropy
from nnlib.optimizers import Adam, Momentum
from nnlib.training import Trainer, fit

FILE = Path(__file__).parent / "golden" / "convolution.json"
GOLDEN = json.loads(FILE.read_text())
POOLS = {"max_pool2d": max_pool2d, "avg_pool2d": avg_pool2d}
both_tapes = pytest.mark.parametrize("fused", [False, True])


def rng(seed=0):
    return np.random.default_rng(seed)


def batch(*arrays):
    return [np.array(a)[None] for a in arrays]


def value_and_gradients(function, *arrays, dy, fused):
    """The output, and the gradients of the inputs for dL/dy = dy."""
    tape = Tape(fused=fused)
    inputs = [tape.input(f"x{i}", a) for i, a in enumerate(arrays)]
    y = function(*inputs)
    L = ops.sum(y * dy, axes=tuple(range(y.ndim)))
    return y.value, [g.value for g in gradient(L, inputs)]


def pair(size):
    return (size, size) if isinstance(size, int) else size


def loops(x, K, b, *, stride=1, padding=0, dilation=1, groups=1):
    """The definition, pixel by pixel."""
    (sh, sw), (p, q), (dh, dw) = map(pair, (stride, padding, dilation))
    x = np.pad(x, ((0, 0), (0, 0), (p, p), (q, q)))
    C_out, C, K_h, K_w = K.shape
    H = len(range(0, x.shape[2] - dh * (K_h - 1), sh))
    W = len(range(0, x.shape[3] - dw * (K_w - 1), sw))
    y = np.zeros((len(x), C_out, H, W)) + b[:, None, None]
    for o, c, i, j, r, s in product(*map(range, (C_out, C, K_h, K_w, H, W))):
        channel = o // (C_out // groups) * C + c
        pixels = x[:, channel, r * sh + i * dh, s * sw + j * dw]
        y[:, o, r, s] += K[o, c, i, j] * pixels
    return y


def pool_loops(pick, outside):
    def pooled(x, *, kernel, stride=None, padding=0):
        (f, g), (sh, sw) = pair(kernel), pair(stride or kernel)
        (p, q) = pair(padding)
        widths = ((0, 0), (0, 0), (p, p), (q, q))
        x = np.pad(x, widths, constant_values=outside)
        rows = range(0, x.shape[2] - f + 1, sh)
        columns = range(0, x.shape[3] - g + 1, sw)
        windows = [[x[:, :, r : r + f, c : c + g] for c in columns] for r in rows]
        y = [[pick(w, axis=(2, 3)) for w in row] for row in windows]
        return np.transpose(y, (2, 3, 0, 1))

    return pooled


@st.composite
def convolutions(draw):
    """Images, kernels, biases and steps that fit: odd sizes, strides above the kernel."""
    small = st.integers(1, 3)
    groups, own, out = draw(small), draw(small), draw(small)
    kernel, stride, dilation = (
        draw(st.tuples(st.integers(1, n), st.integers(1, n))) for n in (4, 5, 3)
    )
    padding = draw(st.tuples(st.integers(0, 3), st.integers(0, 3)))
    size = [
        draw(st.integers(max(1, d * (f - 1) + 1 - 2 * p), d * (f - 1) + 7))
        for f, p, d in zip(kernel, padding, dilation, strict=True)
    ]
    numbers = rng(draw(st.integers(0, 99)))
    N = draw(small)
    x = numbers.normal(size=(N, own * groups, *size))
    K, b = (
        numbers.normal(size=(out * groups, own, *kernel)),
        numbers.normal(size=out * groups),
    )
    steps = {"stride": stride, "padding": padding, "dilation": dilation}
    return (x, K, b), steps | {"groups": groups}


@st.composite
def poolings(draw):
    """Images with many ties, and windows that fit."""
    kernel, stride = (draw(st.tuples(*[st.integers(1, 4)] * 2)) for _ in range(2))
    padding = tuple(draw(st.integers(0, f // 2)) for f in kernel)
    size = [
        draw(st.integers(max(1, f - 2 * p), f + 6))
        for f, p in zip(kernel, padding, strict=True)
    ]
    shape = draw(st.integers(1, 3)), draw(st.integers(1, 3)), *size
    x = rng(draw(st.integers(0, 99))).integers(-2, 3, shape).astype(float)
    return x, {"kernel": kernel, "stride": stride, "padding": padding}


def first_maximum(x, dy, *, kernel, stride, padding):
    """The gradient of max pooling: all of dy to the first of the largest numbers."""
    (f, g), (sh, sw), (p, q) = kernel, stride, padding
    edges = ((0, 0), (0, 0), (p, p), (q, q))
    wide = np.pad(x, edges, constant_values=-np.inf)
    dx = np.zeros_like(wide)
    for n, c, r, s in np.ndindex(*dy.shape):
        window = wide[n, c, r * sh : r * sh + f, s * sw : s * sw + g]
        i, j = np.unravel_index(np.argmax(window), window.shape)
        dx[n, c, r * sh + i, s * sw + j] += dy[n, c, r, s]
    return dx[:, :, p : p + x.shape[2], q : q + x.shape[3]]


@given(convolutions())
def test_convolution_is_its_definition(case):
    arrays, steps = case
    expected = loops(*arrays, **steps)
    np.testing.assert_allclose(
        conv2d(*arrays, **steps), expected, rtol=1e-11, atol=1e-11
    )
    sizes = [
        output_size(n, f, stride=s, padding=p, dilation=d)
        for n, f, s, p, d in zip(
            arrays[0].shape[2:],
            arrays[1].shape[2:],
            *(steps[name] for name in ("stride", "padding", "dilation")),
            strict=True,
        )
    ]
    assert expected.shape[2:] == tuple(sizes)


@given(convolutions())
def test_hand_derivation_is_the_tape_for_convolution(case):
    arrays, steps = case
    dy = rng(5).normal(size=loops(*arrays, **steps).shape)
    y, grads = value_and_gradients(
        lambda *a: conv2d(*a, **steps), *arrays, dy=dy, fused=False
    )
    fused, fused_grads = value_and_gradients(
        lambda *a: conv2d(*a, **steps), *arrays, dy=dy, fused=True
    )
    for a, e in zip((fused, *fused_grads), (y, *grads), strict=True):
        np.testing.assert_allclose(a, e, rtol=1e-10, atol=1e-10)


@given(poolings())
def test_pooling_is_its_definition(case):
    x, steps = case
    largest, average = pool_loops(np.max, -np.inf), pool_loops(np.mean, 0)
    np.testing.assert_array_equal(max_pool2d(x, **steps), largest(x, **steps))
    np.testing.assert_allclose(avg_pool2d(x, **steps), average(x, **steps), atol=1e-14)


@given(poolings())
def test_the_first_maximum_takes_all_of_the_gradient(case):
    x, steps = case
    dy = rng(5).normal(size=max_pool2d(x, **steps).shape)
    expected = first_maximum(x, dy, **steps)
    for fused in (False, True):
        y, (dx,) = value_and_gradients(
            lambda x: max_pool2d(x, **steps), x, dy=dy, fused=fused
        )
        np.testing.assert_array_equal(y, max_pool2d(x, **steps))
        np.testing.assert_allclose(dx, expected, atol=1e-13)


@given(poolings())
def test_hand_derivation_is_the_tape_for_means(case):
    x, steps = case
    dy = rng(5).normal(size=avg_pool2d(x, **steps).shape)
    results = [
        value_and_gradients(lambda x: avg_pool2d(x, **steps), x, dy=dy, fused=fused)
        for fused in (False, True)
    ]
    np.testing.assert_allclose(results[1][0], results[0][0], atol=1e-13)
    np.testing.assert_allclose(results[1][1], results[0][1], atol=1e-13)


def test_blocks_of_patches_change_nothing(monkeypatch):
    """The patches of large images come in several pieces."""
    x, K, b = (
        rng().normal(size=(3, 4, 9, 8)),
        rng(1).normal(size=(6, 2, 3, 2)),
        rng(2).normal(size=6),
    )
    steps = {"groups": 2, "padding": 1, "stride": (2, 1)}
    y, backprop = closed_form_convolution.conv2d(x, K, b, **steps)
    monkeypatch.setattr(closed_form_convolution, "CHUNK", 1)
    again, in_pieces = closed_form_convolution.conv2d(x, K, b, **steps)
    np.testing.assert_allclose(again, y, rtol=1e-12, atol=1e-12)
    dy = rng(3).normal(size=y.shape)
    for g, e in zip(in_pieces(dy), backprop(dy), strict=True):
        np.testing.assert_allclose(g, e, rtol=1e-12, atol=1e-12)


# ---- golden values ----


def test_golden_stack():
    golden = GOLDEN["conv_volumes"]["stack"]
    X, K, b = np.array(golden["X"]), np.array(golden["W"]), np.array(golden["b"])
    np.testing.assert_array_equal(conv2d(X[None], K, b)[0], golden["Y"])
    maps = conv2d(X[None], K[0][:, None], np.zeros(3), groups=3)
    np.testing.assert_array_equal(maps[0], golden["per_channel_maps_filter0"])


@both_tapes
def test_golden_gradients(fused):
    stack = GOLDEN["conv_volumes"]["stack"]
    golden = GOLDEN["conv_volumes"]["stride2_pad1_backward"]
    (X,), K, b = batch(stack["X"]), np.array(stack["W"]), np.array(stack["b"])
    y, grads = value_and_gradients(
        lambda *a: conv2d(*a, stride=2, padding=1),
        *(X, K, b),
        dy=np.array(golden["upstream"]),
        fused=fused,
    )
    np.testing.assert_allclose(y[0], golden["Y"])
    for g, name in zip((grads[0][0], *grads[1:]), ("dX", "dW", "db"), strict=True):
        np.testing.assert_allclose(g, golden[name], atol=1e-12)


@both_tapes
def test_golden_single_channel(fused):
    golden = GOLDEN["conv_volumes"]["single_channel"]
    X, K, dy = (np.array(golden[n])[None, None] for n in ("X", "K", "upstream"))
    y, grads = value_and_gradients(
        conv2d, X, K, np.array([golden["b"]]), dy=dy, fused=fused
    )
    np.testing.assert_allclose(y[0, 0], golden["Y"])
    for g, name in zip(grads, ("dX", "dK", "db"), strict=True):
        np.testing.assert_allclose(np.squeeze(g), golden[name])


@both_tapes
def test_golden_pooling(fused):
    golden = GOLDEN["pooling"]
    X, dy = (np.array(golden[n])[None, None] for n in ("X", "upstream"))
    for name in ("max", "avg"):
        pool = POOLS[f"{name}_pool2d"]
        y, (dx,) = value_and_gradients(
            lambda x, pool=pool: pool(x, kernel=2), X, dy=dy, fused=fused
        )
        np.testing.assert_allclose(y[0, 0], golden[name])
        np.testing.assert_allclose(dx[0, 0], golden[f"dX_{name}"])
    assert global_avg_pool2d(X).tolist() == [[golden["global_avg"]]]
    overlapping = max_pool2d(X, kernel=3, stride=1)
    np.testing.assert_array_equal(overlapping[0, 0], golden["overlapping_3x3_s1"])


@pytest.mark.parametrize("row", GOLDEN["conv_output_sizes"]["rows"], ids=str)
def test_golden_output_sizes(row):
    assert (
        output_size(row["n"], row["f"], stride=row["s"], padding=row["p"]) == row["out"]
    )


def test_golden_dilated_and_same():
    for row in GOLDEN["conv_output_sizes"]["dilated"]:
        assert output_size(row["n"], row["f"], dilation=row["d"]) == row["out"]
    for f, p in GOLDEN["conv_output_sizes"]["same_padding"].items():
        assert output_size(32, int(f), padding=p) == 32


@pytest.mark.parametrize("padding, name", [(0, "valid_6x6_3x3"), (1, "same_padding")])
def test_golden_use_of_pixels(padding, name):
    """With ones everywhere, dx counts the windows that see a pixel."""
    x, K = np.ones((1, 1, 6, 6)), np.ones((1, 1, 3, 3))
    dy = np.ones((1, 1, 4 + 2 * padding, 4 + 2 * padding))
    _, (dx, _, _) = value_and_gradients(
        lambda *a: conv2d(*a, padding=padding), x, K, np.zeros(1), dy=dy, fused=True
    )
    expected = GOLDEN["conv_output_sizes"][f"pixel_use_counts_{name}"]
    np.testing.assert_array_equal(dx[0, 0], expected)


@pytest.mark.parametrize("name", GOLDEN["edge_filters"]["images"])
def test_golden_edge_filters(name):
    golden = GOLDEN["edge_filters"]["images"][name]
    image = np.array(golden["image"])[None, None]
    for kernel, K in GOLDEN["edge_filters"]["kernels"].items():
        K = np.array(K, dtype=float)[None, None]
        for turned, way in (
            (K, "correlation"),
            (K[..., ::-1, ::-1], "true_convolution"),
        ):
            y = conv2d(image, turned, np.zeros(1))
            np.testing.assert_allclose(y[0, 0], golden[kernel][way])


def test_golden_turned_kernel():
    golden = GOLDEN["edge_filters"]["asymmetric_example"]
    image, K = (np.array(golden[n], float)[None, None] for n in ("image", "kernel"))
    b, turned = np.zeros(1), K[..., ::-1, ::-1]
    np.testing.assert_array_equal(conv2d(image, K, b)[0, 0], golden["correlation"])
    np.testing.assert_array_equal(conv2d(image, turned, b)[0, 0], golden["convolution"])
    full = conv2d(image, turned, b, padding=1)
    np.testing.assert_array_equal(full[0, 0], golden["full_convolution"])


def test_golden_local_response_norm():
    golden = GOLDEN["local_response_norm"]
    x = np.reshape(golden["channels_at_one_pixel"], (1, 6, 1, 1))
    np.testing.assert_allclose(local_response_norm(x).ravel(), golden["paper_formula"])
    divided = local_response_norm(x, alpha=1e-4 / 5).ravel()
    np.testing.assert_allclose(divided, golden["torch_LocalResponseNorm_same_alpha"])


def test_slopes_of_the_rest():
    x = {"x": 3 * rng().normal(size=(2, 6, 3, 2))}
    for f in (
        lambda x: local_response_norm(x, n=3, k=1, alpha=0.1),
        global_avg_pool2d,
        flatten,
    ):
        error = check_gradient(
            lambda t, f=f: ops.sum(f(t["x"]) ** 2, axes=tuple(range(f(t["x"]).ndim))),
            x,
            rng=rng(1),
            order=2,
        )
        assert error < 1e-6


# ---- ties, types and memory ----


@both_tapes
def test_a_tie_after_relu_pays_once(fused):
    x = relu(np.array([[[[-1.0, -2.0, 3.0, 3.0], [-3.0, -4.0, 3.0, 3.0]]]]))
    _, (dx,) = value_and_gradients(
        lambda x: max_pool2d(x, kernel=2), x, dy=np.ones((1, 1, 1, 2)), fused=fused
    )
    np.testing.assert_array_equal(dx[0, 0], [[1, 0, 1, 0], [0, 0, 0, 0]])


@pytest.mark.parametrize("pool", POOLS.values(), ids=POOLS)
def test_whole_numbers_are_pooled_as_floats_where_there_is_padding(pool):
    x = np.arange(16).reshape(1, 1, 4, 4)
    steps = {"kernel": 3, "stride": 2, "padding": 1}
    np.testing.assert_array_equal(pool(x, **steps), pool(x.astype(float), **steps))
    tape = Tape(fused=True)
    shift = tape.input("shift", 0.0)
    fused = pool(x + shift, **steps)
    np.testing.assert_array_equal(fused.value, pool(x, **steps))


def network(seed=1):
    conv = Conv2d.init(2, 4, 3, padding=1, rng=rng(seed))
    one = Conv2d.init(4, 6, (1, 1), groups=2, rng=rng(seed))
    head = Linear.init(6 * 2 * 2, 3, rng=rng(seed))
    return Sequential(conv, relu, MaxPool2d(2), one, relu, AvgPool2d(2), flatten, head)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_memory_keeps_the_examples_innermost(dtype):
    """From layer to layer, so that nobody has to copy."""
    x = rng().normal(size=(5, 2, 8, 8)).astype(dtype)
    model = network()
    values = {n: w.astype(dtype) for n, w in model.parameters().items()}
    tape = Tape(fused=True)
    y = model.with_parameters(tape.inputs(values))(x)
    assert y.dtype == dtype
    images = [s.value for s in tape.steps if s.op.startswith("fused") and s.ndim == 4]
    assert len(images) == 6
    for image in images:
        assert image.transpose(1, 2, 3, 0).flags.c_contiguous and image.dtype == dtype
    (rows,) = (s for s in tape.steps if s.op == "reshape")
    assert np.shares_memory(rows.value, images[-1])


@pytest.mark.parametrize("optimizer", [Adam(lr=0.01), Momentum(lr=0.05)])
def test_a_network_learns(optimizer):
    """To tell a vertical from a horizontal and a missing bar."""
    X, t = 0.1 * rng().normal(size=(96, 2, 8, 8)), np.arange(96) % 3
    X[t == 0, :, 3, :] += 1
    X[t == 1, :, :, 4] += 1
    options = {"epochs": 12, "batch_size": 16, "rng": rng(2), "progress": False}
    history = fit(network(), cross_entropy, X, t, optimizer=optimizer, **options)
    assert history.losses[-1] < 0.1 * history.losses[0]


def test_training_is_the_tape():
    """The step of a training tape has the gradients of the recorded primitives."""
    X, t, model = rng().normal(size=(4, 2, 8, 8)), np.array([0, 1, 2, 1]), network()
    tape = Tape()
    W = tape.inputs(model.parameters())
    L = cross_entropy(model.with_parameters(W)(X), t)
    expected = gradient(L, W)
    loss, grads = Trainer(model, cross_entropy, Adam()).evaluate(
        model.parameters(), X, t
    )
    np.testing.assert_allclose(loss, L.value, rtol=1e-12)
    for name, g in grads.items():
        np.testing.assert_allclose(g, expected[name].value, rtol=1e-9, atol=1e-12)
    Trace.from_tape(tape, title="a small network").check()


# ---- layers ----


def test_layers_are_their_functions():
    x = rng().normal(size=(2, 4, 7, 6))
    conv = Conv2d.init(4, 6, (3, 2), stride=2, padding=1, groups=2, rng=rng())
    assert conv.K.shape == (6, 2, 3, 2) and not conv.b.any()
    expected = conv2d(x, conv.K, conv.b, stride=2, padding=1, groups=2)
    np.testing.assert_array_equal(conv(x), expected)
    steps = {"stride": (1, 2), "padding": 2, "dilation": (2, 3), "groups": 2}
    spread = Conv2d.init(4, 6, (3, 2), **steps, rng=rng())
    spread = spread.with_parameters({"K": conv.K, "b": np.arange(6.0)})
    expected = conv2d(x, conv.K, np.arange(6.0), **steps)
    np.testing.assert_array_equal(spread(x), expected)
    np.testing.assert_array_equal(
        MaxPool2d(3, 2, 1)(x), max_pool2d(x, kernel=3, stride=2, padding=1)
    )
    np.testing.assert_array_equal(AvgPool2d((2, 3))(x), avg_pool2d(x, kernel=(2, 3)))


def test_names_of_layers():
    assert list(network().parameters())[:4] == ["0.K", "0.b", "3.K", "3.b"]
    text = repr(network())
    assert text.startswith(
        "Sequential(Conv2d(2, 4, (3, 3), stride=1, padding=1, dilation=1, groups=1), "
    )
    assert "MaxPool2d(kernel=2, stride=None, padding=0), " in text and "flatten" in text
    conv = Conv2d.init(1, 1, 1, rng=rng())
    with pytest.raises(
        ValueError, match="Conv2d: parameter b is missing; there are K, b"
    ):
        conv.with_parameters({"K": conv.K})


@pytest.mark.parametrize(
    "name, counts", [("ten_filters_3x3x3", (3, 10)), ("two_filters", (3, 2))]
)
def test_golden_counts(name, counts):
    golden = GOLDEN["conv_volumes"]["counts"][name]
    assert parameter_count(Conv2d.init(*counts, 3, rng=rng())) == golden["params"]


def test_golden_groups():
    golden = GOLDEN["conv_volumes"]["grouped"]
    sizes = {1: "full_in8_out8", 2: "groups_2_in8_out8_3x3", 8: "depthwise_in8"}
    for groups, name in sizes.items():
        conv = Conv2d.init(8, 8, 3, groups=groups, rng=rng())
        assert parameter_count(conv) == golden[name]


def test_kernels_have_the_fan_of_their_patch():
    K = Conv2d.init(32, 64, 5, rng=rng()).K
    assert math.isclose(K.std(), math.sqrt(2 / (32 * 25)), rel_tol=0.02)


# ---- error sentences ----


def shapes(x, K, b, **steps):
    return lambda: conv2d(np.zeros(x), np.zeros(K), np.zeros(b), **steps)


def pooling(pool, x, **steps):
    return lambda: POOLS[pool](np.zeros(x), **steps)


IMAGE, KERNEL = (1, 3, 6, 6), (4, 3, 3, 3)
WRONG = [
    (shapes((3, 6, 6), KERNEL, 4), "conv2d: x has shape (3, 6, 6) but needs axes (N, C_in, H, W)"),
    (shapes(IMAGE, (3, 3), 3), "conv2d: K has shape (3, 3) but needs axes (C_out, C_in/groups, K_h, K_w)"),
    (shapes((1, 0, 6, 6), (4, 0, 3, 3), 4), "conv2d: there are no channels, x has shape (1, 0, 6, 6) and K (4, 0, 3, 3)"),
    (shapes(IMAGE, (0, 3, 3, 3), 0), "conv2d: there are no channels, x has shape (1, 3, 6, 6) and K (0, 3, 3, 3)"),
    (shapes((1, 2, 6, 6), KERNEL, 4), "conv2d: x has 2 channels, shape (1, 2, 6, 6), but K expects 3, shape (4, 3, 3, 3)"),
    (shapes((1, 4, 6, 6), KERNEL, 4, groups=2), "conv2d: x has 4 channels, shape (1, 4, 6, 6), but K expects 2 groups of 3, shape (4, 3, 3, 3)"),
    (shapes(IMAGE, KERNEL, 4, groups=2), "conv2d: 2 groups do not divide the 3 channels of x, shape (1, 3, 6, 6), and 4 of K, (4, 3, 3, 3)"),
    (shapes((1, 3, 6, 6), (4, 1, 3, 3), 4, groups=3), "conv2d: 3 groups do not divide the 3 channels of x, shape (1, 3, 6, 6), and 4 of K, (4, 1, 3, 3)"),
    (shapes(IMAGE, KERNEL, 4, groups=0), "conv2d: groups is 0, not a whole number from 1 on"),
    (shapes(IMAGE, KERNEL, 4, groups=1.0), "conv2d: groups is 1.0, not a whole number from 1 on"),
    (shapes(IMAGE, KERNEL, 3), "conv2d: b has shape (3,), but K gives 4 channels, shape (4, 3, 3, 3)"),
    (shapes(IMAGE, KERNEL, ()), "conv2d: b has shape (), but K gives 4 channels, shape (4, 3, 3, 3)"),
    (shapes(IMAGE, KERNEL, 4, stride=0), "conv2d: stride is 0, but needs to be a whole number from 1 on, or a pair of them"),
    (shapes(IMAGE, KERNEL, 4, stride=(1, 2, 3)), "conv2d: stride is (1, 2, 3), but needs to be a whole number from 1 on, or a pair of them"),
    (shapes(IMAGE, KERNEL, 4, stride=1.5), "conv2d: stride is 1.5, but needs to be a whole number from 1 on, or a pair of them"),
    (shapes(IMAGE, KERNEL, 4, padding=-1), "conv2d: padding is -1, but needs to be a whole number from 0 on, or a pair of them"),
    (shapes(IMAGE, KERNEL, 4, dilation=(0, 1)), "conv2d: dilation is (0, 1), but needs to be a whole number from 1 on, or a pair of them"),
    (shapes(IMAGE, (4, 3, 5, 5), 4, padding=1, dilation=2), "conv2d: a kernel of 5 with dilation 2 spans 9 pixels, but the padded image has 6 + 2*1 = 8: floor((6 + 2*1 - 2*(5 - 1) - 1)/1) + 1 = 0"),
    (shapes(IMAGE, (4, 3, 3, 7), 4, stride=2), "conv2d: a kernel of 7 spans 7 pixels, but the image has 6: floor((6 + 2*0 - 1*(7 - 1) - 1)/2) + 1 = 0"),
    (lambda: Conv2d.init(3, 4, 3, dilation=3, rng=rng())(np.zeros(IMAGE)), "conv2d: a kernel of 3 with dilation 3 spans 7 pixels, but the image has 6: floor((6 + 2*0 - 3*(3 - 1) - 1)/1) + 1 = 0"),
    (lambda: Conv2d.init(3, 4, 3, dilation=0, rng=rng())(np.zeros(IMAGE)), "conv2d: dilation is 0, but needs to be a whole number from 1 on, or a pair of them"),
    (lambda: output_size(2, 5), "output_size: a kernel of 5 spans 5 pixels, but the image has 2: floor((2 + 2*0 - 1*(5 - 1) - 1)/1) + 1 = -2"),
    (lambda: output_size(6, 3, stride=0), "output_size: stride is 0, but needs to be a whole number from 1 on"),
    (lambda: output_size(6, 3, padding=0.5), "output_size: padding is 0.5, but needs to be a whole number from 0 on"),
    (pooling("max_pool2d", IMAGE, kernel=7), "max_pool2d: a kernel of 7 spans 7 pixels, but the image has 6: floor((6 + 2*0 - 1*(7 - 1) - 1)/7) + 1 = 0"),
    (pooling("avg_pool2d", IMAGE, kernel=3, padding=2), "avg_pool2d: padding is 2, more than half of the kernel of 3"),
    (pooling("max_pool2d", IMAGE, kernel=0), "max_pool2d: kernel is 0, but needs to be a whole number from 1 on, or a pair of them"),
    (pooling("avg_pool2d", IMAGE, kernel=2, stride=0), "avg_pool2d: stride is 0, but needs to be a whole number from 1 on, or a pair of them"),
    (pooling("max_pool2d", (6, 6), kernel=2), "max_pool2d: x has shape (6, 6) but needs axes (N, C, H, W)"),
    (lambda: global_avg_pool2d(np.zeros((3, 6, 6))), "global_avg_pool2d: x has shape (3, 6, 6) but needs axes (N, C, H, W)"),
    (lambda: local_response_norm(np.zeros((3, 6))), "local_response_norm: x has shape (3, 6) but needs axes (N, C, H, W)"),
    (lambda: local_response_norm(np.zeros(IMAGE), n=4), "local_response_norm: n is 4, not an odd number from 1 on"),
]  # fmt: skip


@pytest.mark.parametrize("call, sentence", WRONG, ids=[s for _, s in WRONG])
def test_sentence(call, sentence):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        call()
