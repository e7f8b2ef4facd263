"""The primitives in PyTorch's words, and a trace computed by PyTorch alone."""

import torch
from torch.nn import functional as F

from nnlib.trace import decode

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
    "log1p": torch.log1p,
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


def values_of(trace):
    """Every step up to the loss (every forward step, if there is none) as a tensor.

    The inputs that have a gradient in the trace require one here.
    """
    last = trace.outputs.get("loss")
    steps = trace.steps if last is None else trace.steps[: last + 1]
    tensors = []
    for step in steps:
        if last is None and step["phase"] != "forward":
            break
        tensors.append(_compute(step, tensors, trace))
    return tensors


def _compute(step, tensors, trace):
    if step["op"] in ("input", "constant"):
        wanted = step["name"] in trace.outputs["gradients"]
        array = decode(step["value"], step["shape"])
        return torch.tensor(array, dtype=torch.float64, requires_grad=wanted)
    inputs = [tensors[i] for i in step["inputs"]]
    if step["op"] == "maximum" and _is_zero(trace.steps[step["inputs"][1]]):
        # PyTorch splits the gradient of a tie of torch.maximum, but not of relu.
        return torch.relu(inputs[0]).expand(step["shape"])
    return OPS[step["op"]](*inputs, **step["params"])


def _is_zero(step):
    return step["op"] == "constant" and not any(map(float, step["value"]))


def gradients_of(trace):
    """PyTorch's values of the steps, and its gradients as arrays by their names."""
    tensors, names = values_of(trace), list(trace.outputs["gradients"])
    values = [t.detach().numpy() for t in tensors]
    if not names:
        return values, {}
    ids = {step["name"]: step["id"] for step in trace.steps}
    wanted, loss = [tensors[ids[n]] for n in names], tensors[trace.outputs["loss"]]
    found = torch.autograd.grad(
        loss.sum(), wanted, allow_unused=True, materialize_grads=True
    )
    return values, {n: g.numpy() for n, g in zip(names, found, strict=True)}
