"""PyTorch itself against closed forms, losses, activations, optimisers and training."""

import numpy as np
import pytest
import torch_heads
import torch_sequences
from closed_form_table import ROWS
from hypothesis import given, settings
from hypothesis import strategies as st
from test_optimizers import GRADIENTS, RULES

from nnlib import Tape, functional, gradient, optimizers
from nnlib.layers import mlp
from nnlib.losses import binary_cross_entropy, cross_entropy, mean_squared_error
from nnlib.training import Trainer

pytestmark = pytest.mark.proof
close = {"rtol": 1e-10, "atol": 1e-12}
SEQUENCES = "rnn lstm gru reverse embedding".split()
HEADS = ["scaled_dot_product_attention", "multi_head_attention"]


def torch_functions():
    import torch
    from torch.nn import functional as F

    def half_squared_error(o, y):
        return 0.5 * torch.sum((o - y) ** 2)

    return {
        "linear": lambda x, W, b: x @ W + b,
        "conv2d": F.conv2d,
        "max_pool2d": lambda x, kernel, **steps: F.max_pool2d(x, kernel, **steps),
        "avg_pool2d": lambda x, kernel, **steps: F.avg_pool2d(x, kernel, **steps),
        "relu": torch.relu,
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "half_squared_error": half_squared_error,
        "binary_cross_entropy": F.binary_cross_entropy_with_logits,
        "cross_entropy": F.cross_entropy,
        "mean_squared_error": F.mse_loss,
        "leaky_relu": F.leaky_relu,
        "softplus": F.softplus,
        "silu": F.silu,
        "gelu": F.gelu,
        "gelu_tanh": lambda z: F.gelu(z, approximate="tanh"),
        "layer_norm": lambda x, *scale_shift: F.layer_norm(
            x, x.shape[-1:], *scale_shift
        ),
        "softmax": lambda z: torch.softmax(z, -1),
        "log_softmax": lambda z: torch.log_softmax(z, -1),
        **{name: getattr(torch_sequences, name) for name in SEQUENCES},
        **{name: getattr(torch_heads, name) for name in HEADS},
    }


def torch_gradients(name, inputs, fixed, dy=None, **params):
    """Value, upstream gradient and gradients as PyTorch computes them."""
    import torch

    tensors = [torch.tensor(x, requires_grad=True) for x in inputs]
    y = torch_functions()[name](*tensors, *map(torch.tensor, fixed), **params)
    if dy is None:
        dy = np.random.default_rng(5).normal(size=tuple(y.shape))
    y.backward(torch.tensor(dy))
    return y.detach().numpy(), dy, [x.grad.numpy() for x in tensors]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_closed_forms(row):
    name = row.function.__name__
    expected, dy, grads = torch_gradients(name, row.inputs, row.fixed, **row.params)
    y, backprop = row.derived()
    np.testing.assert_allclose(y, expected, **close)
    for g, e in zip(backprop(dy), grads, strict=False):
        np.testing.assert_allclose(g, e, **close)


NAMES = ["relu", "leaky_relu", "sigmoid", "tanh", "softplus", "silu", "gelu"]


@pytest.mark.parametrize("name", [*NAMES, "softmax", "log_softmax"])
def test_activations(name):
    z = np.concatenate([np.linspace(-30, 30, 121), [0.0, -0.0, 1e-9, -1e-9]])
    z = z.reshape(25, 5)
    expected, dy, (dz,) = torch_gradients(name, (z,), ())
    tape = Tape()
    x = tape.input("z", z)
    y = getattr(functional, name)(x)
    np.testing.assert_allclose(y.value, expected, rtol=1e-10, atol=1e-10)
    if name == "softplus":  # PyTorch switches to the identity above 20
        dz = dy * functional.sigmoid(z)
    (g,) = gradient(functional.mean(y * dy), [x])
    np.testing.assert_allclose(g.value * dy.size, dz, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("z", [-1000.0, -40.0, -2.0, 0.0, 2.0, 40.0, 1000.0])
@pytest.mark.parametrize("t", [0.0, 0.25, 1.0])
def test_binary_cross_entropy_at_extremes(z, t):
    one, target = np.array([z]), np.array([t])
    expected, _, (dz,) = torch_gradients("binary_cross_entropy", (one,), (target,), 1.0)
    tape = Tape()
    x = tape.input("z", one)
    L = binary_cross_entropy(x, target)
    np.testing.assert_allclose(L.value, expected, **close)
    np.testing.assert_allclose(gradient(L, [x])[0].value, dz, **close)


LOGITS = [
    [[1000.0, 1001.0, 1002.0]],
    [[0.0, -800.0, 5.0], [-1000.0, 1000.0, 0.0]],
    [[-np.inf, 0.0, 1.0], [2.0, -np.inf, 3.0]],
]


@pytest.mark.parametrize("logits", LOGITS)
def test_cross_entropy_at_extremes(logits):
    z = np.array(logits)
    t = np.full(len(z), 2)
    expected, _, (dz,) = torch_gradients("cross_entropy", (z,), (t,), 1.0)
    tape = Tape()
    x = tape.input("z", z)
    L = cross_entropy(x, t)
    np.testing.assert_allclose(L.value, expected, **close)
    np.testing.assert_allclose(gradient(L, [x])[0].value, dz, **close)


def test_mean_squared_error():
    o, y = np.random.default_rng(0).normal(size=(2, 4, 3))
    expected, _, (do, dy) = torch_gradients("mean_squared_error", (o, y), (), 1.0)
    tape = Tape()
    a, b = tape.input("o", o), tape.input("y", y)
    L = mean_squared_error(a, b)
    np.testing.assert_allclose(L.value, expected, **close)
    for g, e in zip(gradient(L, [a, b]), (do, dy), strict=True):
        np.testing.assert_allclose(g.value, e, **close)


def torch_optimizers():
    """The rules that PyTorch has too: the name of ours -> how to build theirs."""
    import torch

    make = {
        "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
        "momentum_0.9_pytorch_form": lambda p: torch.optim.SGD(p, 0.1, momentum=0.9),
        "adagrad": lambda p: torch.optim.Adagrad(p, 0.1),
        "adam_eps1e-08": lambda p: torch.optim.Adam(p, 0.1),
        "adam_eps0.01": lambda p: torch.optim.Adam(p, 0.1, eps=0.01),
        "adamw_wd0.1": lambda p: torch.optim.AdamW(p, 0.1, weight_decay=0.1),
    }
    for beta in (0.9, 0.99):
        for text, eps in (("1e-08", 1e-8), ("0.01", 0.01)):
            name = f"rmsprop_eps_outside_beta{beta}_eps{text}"
            make[name] = lambda p, b=beta, e=eps: torch.optim.RMSprop(p, 0.1, b, e)
    return make


OURS_ALONE = {name for name in RULES if "inside" in name or "ema" in name}


@pytest.mark.parametrize("name", [name for name in RULES if name not in OURS_ALONE])
def test_optimizers(name):
    import torch

    rng = np.random.default_rng(1)
    w, rule = rng.normal(size=(3, 2)), RULES[name]
    v = torch.tensor(w, requires_grad=True)
    theirs, state = torch_optimizers()[name]([v]), rule.init(w)
    for t in range(1, 31):
        g = rng.normal(size=w.shape)
        v.grad = torch.tensor(g)
        theirs.step()
        w, state = rule.update(w, g, state, t)
        np.testing.assert_allclose(w, v.detach().numpy(), rtol=1e-12, atol=1e-13)


def test_the_three_gradients_of_the_table_with_pytorch():
    import torch

    v = torch.tensor([0.5], dtype=torch.float64, requires_grad=True)
    theirs = torch.optim.Adam([v], 0.1)
    for g in GRADIENTS:
        v.grad = torch.tensor([g], dtype=torch.float64)
        theirs.step()
    assert abs(v.item() - 0.40228625394774287) < 1e-12


@settings(max_examples=30, deadline=None)
@given(norm=st.floats(0.01, 100), seed=st.integers(0, 1000))
def test_clip_by_norm(norm, seed):
    import torch

    rng = np.random.default_rng(seed)
    grads = {"W": rng.normal(size=(3, 2)), "b": rng.normal(size=2)}
    tensors = [torch.zeros(g.shape, dtype=torch.float64) for g in grads.values()]
    for tensor, g in zip(tensors, grads.values(), strict=True):
        tensor.grad = torch.tensor(g)
    torch.nn.utils.clip_grad_norm_(tensors, norm)
    clipped = optimizers.clip_by_norm(grads, norm)
    for tensor, g in zip(tensors, clipped.values(), strict=True):
        np.testing.assert_allclose(g, tensor.grad.numpy(), rtol=1e-5)


@pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-12), (np.float32, 2e-4)])
def test_twenty_steps_of_training(dtype, tolerance):
    import torch
    from torch import nn

    rng = np.random.default_rng(0)
    X, t = rng.normal(size=(32, 6)).astype(dtype), rng.integers(0, 4, 32)
    model = mlp((6, 16, 8, 4), rng=rng)
    values = {k: w.astype(dtype) for k, w in model.parameters().items()}
    trainer = Trainer(
        model.with_parameters(values), cross_entropy, optimizers.Adam(0.01)
    )
    layers = [nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 4)]
    theirs = nn.Sequential(*layers).to(torch.from_numpy(X).dtype)
    for w, p in zip(values.values(), theirs.parameters(), strict=True):
        p.data = torch.from_numpy(w.T.copy())
    optimizer = torch.optim.Adam(theirs.parameters(), 0.01)
    for _ in range(20):
        optimizer.zero_grad()
        L = nn.functional.cross_entropy(
            theirs(torch.from_numpy(X)), torch.from_numpy(t)
        )
        L.backward()
        optimizer.step()
        assert abs(trainer.step(X, t) - L.item()) < tolerance
    ours = trainer.model().parameters().values()
    for w, p in zip(ours, theirs.parameters(), strict=True):
        assert w.dtype == dtype
        np.testing.assert_allclose(w.T, p.detach().numpy(), atol=tolerance)
