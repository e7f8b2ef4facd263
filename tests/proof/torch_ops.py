"""The primitives in PyTorch's words, and what it says about a row of the op table."""

import numpy as np
import torch
from op_table import loss_weights
from torch.nn import functional as F

torch.set_num_threads(1)


def _fold(x, size, stride, dilation):
    N, C, *kernel, oh, ow = x.shape
    columns = x.reshape(N, C * kernel[0] * kernel[1], oh * ow)
    return F.fold(columns, size, kernel, dilation=dilation, stride=stride)


def _unfold(x, kernel, stride, dilation):
    columns = F.unfold(x, kernel, dilation=dilation, stride=stride)
    sizes = zip(x.shape[2:], kernel, stride, dilation, strict=True)
    windows = [(n - (k - 1) * d - 1) // s + 1 for n, k, s, d in sizes]
    return columns.reshape(*x.shape[:2], *kernel, *windows)


def _first_max(x, axis):
    return torch.zeros_like(x).scatter(axis, x.argmax(axis, keepdim=True), 1.0)


def _pad(x, axis, before, after):
    behind = x.ndim - 1 - axis % x.ndim
    return F.pad(x, [0, 0] * behind + [before, after])


def _scatter_add(x, indices, length):
    rest = x.shape[indices.ndim :]
    zeros = torch.zeros(length, *rest, dtype=x.dtype)
    return zeros.index_add(0, indices.long().reshape(-1), x.reshape(-1, *rest))


def _sum(x, axes, keepdims=False):
    return x.sum(axes, keepdim=keepdims) if axes else x * 1  # torch sums all for ()


OPS = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "div": torch.div,
    "neg": torch.neg,
    "power": lambda x, exponent: x**exponent,
    "maximum": torch.maximum,
    "greater": lambda x, y: (x > y).to(x.dtype),
    "exp": torch.exp,
    "log": torch.log,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "erf": torch.erf,
    "sum": _sum,
    "max": lambda x, axis, keepdims=False: x.max(axis, keepdim=keepdims).values,
    "logsumexp": lambda x, axis, keepdims=False: torch.logsumexp(
        x, axis, keepdim=keepdims
    ),
    "first_max": _first_max,
    "softmax": lambda x, axis: torch.softmax(x, axis),
    "reshape": lambda x, shape: x.reshape(shape),
    "transpose": lambda x, axes: x.permute(axes),
    "broadcast_to": lambda x, shape: x.expand(shape),
    "concat": lambda *xs, axis: torch.cat(xs, axis),
    "narrow": lambda x, axis, start, length: x.narrow(axis, start, length),
    "pad": _pad,
    "matmul": torch.matmul,
    "take": lambda x, indices: x[indices.long()],
    "scatter_add": _scatter_add,
    "unfold": _unfold,
    "fold": _fold,
}


def loss_of(case, tensors):
    """The loss of the op table: every element of y, squared and plain, with weights."""
    y = OPS[case.op](*tensors, **case.params)
    w, u = map(torch.as_tensor, loss_weights(tuple(y.shape)))
    return y, (y * y * w + y * u).sum()


def leaves(case):
    """The arguments of a case; those that are varied require a gradient."""
    return [
        torch.tensor(a, requires_grad=i < case.varied)
        for i, a in enumerate(case.arrays())
    ]


def first_order(case):
    """PyTorch's y and its gradients of the loss, as arrays."""
    tensors = leaves(case)
    y, loss = loss_of(case, tensors)
    varied = tensors[: case.varied]
    if not loss.requires_grad:
        return y.numpy(), [np.zeros(t.shape) for t in varied]
    grads = torch.autograd.grad(loss, varied, allow_unused=True, materialize_grads=True)
    return y.detach().numpy(), [g.numpy() for g in grads]


def second_order(case):
    """PyTorch's gradients of the sum of all first gradients, as arrays."""
    tensors = leaves(case)
    _, loss = loss_of(case, tensors)
    varied = tensors[: case.varied]
    if not loss.requires_grad:
        return [np.zeros(t.shape) for t in varied]
    options = {"allow_unused": True, "materialize_grads": True}
    grads = torch.autograd.grad(loss, varied, create_graph=True, **options)
    total = sum(g.sum() for g in grads)
    return [g.numpy() for g in torch.autograd.grad(total, varied, **options)]
