"""PyTorch itself against convolution and pooling: values and all gradients."""

import numpy as np
import pytest
from hypothesis import given
from test_convolution import convolutions, poolings, value_and_gradients

from nnlib.convolution import (
    avg_pool2d,
    conv2d,
    global_avg_pool2d,
    local_response_norm,
    max_pool2d,
)

pytestmark = pytest.mark.proof
close = {"rtol": 1e-10, "atol": 1e-10}


def agree(function, torch_function, *arrays):
    """Compare with PyTorch on an ordinary and on a training tape."""
    import torch

    tensors = [torch.tensor(a, requires_grad=True) for a in arrays]
    expected = torch_function(*tensors)
    dy = np.random.default_rng(5).normal(size=tuple(expected.shape))
    expected.backward(torch.tensor(dy))
    for fused in (False, True):
        y, grads = value_and_gradients(function, *arrays, dy=dy, fused=fused)
        np.testing.assert_allclose(y, expected.detach().numpy(), **close)
        for g, tensor in zip(grads, tensors, strict=True):
            np.testing.assert_allclose(g, tensor.grad.numpy(), **close)


@given(convolutions())
def test_conv2d(case):
    from torch.nn import functional as F

    arrays, steps = case
    agree(lambda *a: conv2d(*a, **steps), lambda *a: F.conv2d(*a, **steps), *arrays)


@given(poolings())
def test_pooling(case):
    from torch.nn import functional as F

    x, steps = case
    window = steps["kernel"], steps["stride"], steps["padding"]
    agree(lambda x: max_pool2d(x, **steps), lambda x: F.max_pool2d(x, *window), x)
    agree(lambda x: avg_pool2d(x, **steps), lambda x: F.avg_pool2d(x, *window), x)


def test_global_mean_and_local_response_norm():
    from torch.nn import functional as F

    x = 10 * np.random.default_rng(0).normal(size=(2, 7, 3, 4))
    agree(global_avg_pool2d, lambda x: F.adaptive_avg_pool2d(x, 1).flatten(1), x)
    agree(
        local_response_norm,
        lambda x: F.local_response_norm(x, 5, alpha=5 * 1e-4, beta=0.75, k=2.0),
        x,
    )
