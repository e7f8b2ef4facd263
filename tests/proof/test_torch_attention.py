"""PyTorch itself against attention and the Transformer: values and all gradients."""

import json

import freeze_attention
import numpy as np
import pytest
import torch
import torch_attention
from attention_cases import cases
from hypothesis import given, settings
from hypothesis import strategies as st
from test_attention import attentions
from test_convolution import value_and_gradients
from torch.nn import functional as F

from nnlib.attention import multi_head_attention, scaled_dot_product_attention
from nnlib.functional import gelu_tanh, layer_norm
from nnlib.scores import additive_scores

pytestmark = pytest.mark.proof
close = {"rtol": 1e-10, "atol": 1e-10}
sizes = st.integers(1, 4)


def agree(function, theirs, *arrays):
    """Compare with PyTorch on an ordinary and on a training tape."""
    tensors = [torch.tensor(a, requires_grad=True) for a in arrays]
    expected = theirs(*tensors)
    dy = np.random.default_rng(5).normal(size=tuple(expected.shape))
    expected.backward(torch.tensor(dy))
    for fused in (False, True):
        y, grads = value_and_gradients(function, *arrays, dy=dy, fused=fused)
        np.testing.assert_allclose(y, expected.detach().numpy(), **close)
        for g, tensor in zip(grads, tensors, strict=True):
            np.testing.assert_allclose(g, tensor.grad.numpy(), **close)


@settings(max_examples=60)
@given(attentions())
def test_scaled_dot_product_attention(case):
    arrays, mask, heads = case
    shown = None if mask is None else torch.tensor(np.atleast_2d(mask) != 0)
    agree(
        lambda *x: scaled_dot_product_attention(*x, mask),
        lambda *x: F.scaled_dot_product_attention(*x, attn_mask=shown),
        *arrays,
    )

    def split(x):
        *batch, T, d = x.shape
        return x.reshape(*batch, T, heads, d // heads).transpose(-2, -3)

    def theirs(*x):
        own = shown if shown is None or shown.ndim < 3 else shown.unsqueeze(-3)
        O = F.scaled_dot_product_attention(*map(split, x), attn_mask=own)
        return O.transpose(-2, -3).flatten(-2)

    agree(lambda *x: multi_head_attention(*x, mask, heads=heads), theirs, *arrays)


@settings(max_examples=30)
@given(*[sizes] * 6, st.integers(0, 99))
def test_additive_scores(N, T, S, d_q, d_k, D, seed):
    rng = np.random.default_rng(seed)
    shapes = (N, T, d_q), (N, S, d_k), (d_q, D), (d_k, D), (D,)
    arrays = [rng.normal(size=s) for s in shapes]

    def theirs(Q, K, W, U, v):
        return torch.tanh((Q @ W)[:, :, None] + (K @ U)[:, None]) @ v

    agree(additive_scores, theirs, *arrays)


@pytest.mark.parametrize("shape", [(1, 1), (3, 1), (2, 3, 4), (2, 1, 2, 5)])
def test_layer_norm_and_gelu(shape):
    rng, d = np.random.default_rng(0), shape[-1]
    arrays = [rng.normal(size=s) for s in (shape, (d,), (d,))]
    for eps in (1e-5, 0.1):
        agree(
            lambda *x, eps=eps: layer_norm(*x, eps=eps),
            lambda *x, eps=eps: F.layer_norm(x[0], (d,), *x[1:], eps=eps),
            *arrays,
        )
    agree(gelu_tanh, lambda z: F.gelu(z, approximate="tanh"), 3 * arrays[0])


@settings(max_examples=12)
@given(*[sizes] * 3, *[st.integers(1, 3)] * 2, *[sizes] * 2, st.integers(0, 99))
def test_layers_of_any_sizes(N, T, S, heads, width, d_ff, V, seed):
    d = heads * width
    sized = cases(N, T, S, d, heads, d_ff, V, seed)
    for name, case in sized.items():
        y, grads = torch_attention.value_and_gradients(case)
        for fused in (False, True):
            own, own_grads = case.value_and_gradients(fused=fused)
            np.testing.assert_allclose(own, y, err_msg=name, **close)
            assert own_grads.keys() == grads.keys()
            for n, g in own_grads.items():
                np.testing.assert_allclose(g, grads[n], err_msg=f"{name} {n}", **close)


def test_the_frozen_values_are_what_pytorch_says_now():
    fresh = freeze_attention.build()
    stored = json.loads(freeze_attention.FILE.read_text())
    assert fresh.keys() == stored.keys() and fresh["torch"] == stored["torch"]
    assert fresh["cases"].keys() == stored["cases"].keys()
    for name, row in fresh["cases"].items():
        old = stored["cases"][name]
        np.testing.assert_allclose(row["y"], old["y"], rtol=1e-12, atol=1e-13)
        assert row["gradients"].keys() == old["gradients"].keys()
        for n, g in row["gradients"].items():
            np.testing.assert_allclose(g, old["gradients"][n], rtol=1e-11, atol=1e-13)
