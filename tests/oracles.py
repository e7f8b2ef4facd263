"""What each primitive should give, written again in plain loops.

Nothing here calls the numpy function that the kernel calls: an oracle that repeats the
kernel would repeat its mistakes.
"""

import math
from decimal import Context, Decimal
from itertools import product

import numpy as np


def each(f):
    """Apply a function of numbers to every element, broadcasting."""

    def oracle(*arrays, **params):
        arrays = np.broadcast_arrays(*arrays)
        columns = [a.ravel().tolist() for a in arrays]
        values = [f(*row, **params) for row in zip(*columns, strict=True)]
        return np.array(values, dtype=float).reshape(arrays[0].shape)

    return oracle


def over(f):
    """Apply a function from a list to one number over the reduced axes."""

    def oracle(x, *, keepdims=False, axis=None, axes=None):
        axes = [a % x.ndim for a in ((axis,) if axes is None else axes)]
        groups = {}
        for index in np.ndindex(
            *(1 if a in axes else n for a, n in enumerate(x.shape))
        ):
            groups[index] = []
        for index in np.ndindex(*x.shape):
            key = tuple(0 if a in axes else i for a, i in enumerate(index))
            groups[key].append(float(x[index]))
        shape = [1 if a in axes else n for a, n in enumerate(x.shape)]
        if not keepdims:
            shape = [n for a, n in enumerate(x.shape) if a not in axes]
        return np.array([f(group) for group in groups.values()]).reshape(shape)

    return oracle


def along(f):
    """Apply a function from a list to a list along one axis."""

    def oracle(x, *, axis):
        lines = np.moveaxis(x, axis, -1)
        out = np.empty(lines.shape)
        for index in np.ndindex(*lines.shape[:-1]):
            out[index] = f(lines[index].tolist())
        return np.moveaxis(out, -1, axis)

    return oracle


def _sigmoid(x):
    return 0.5 * (1 + math.tanh(x / 2))


def _log_sum_exp(values):
    return math.log(math.fsum(math.exp(v) for v in values))


def _softmax(values):
    return [math.exp(v - _log_sum_exp(values)) for v in values]


def _first_max(values):
    return [float(i == values.index(max(values))) for i in range(len(values))]


def reshape(x, *, shape):
    out = np.empty(shape)
    for i, value in enumerate(x.ravel().tolist()):
        out.flat[i] = value
    return out


def transpose(x, *, axes):
    out = np.empty([x.shape[a] for a in axes])
    for index in np.ndindex(*x.shape):
        out[tuple(index[a] for a in axes)] = x[index]
    return out


def broadcast_to(x, *, shape):
    return x + np.zeros(shape)


def concat(*xs, axis):
    rows = [row for x in xs for row in np.moveaxis(x, axis, 0)]
    return np.moveaxis(np.array(rows), 0, axis)


def narrow(x, *, axis, start, length):
    return np.take(x, range(start, start + length), axis=axis)


def pad(x, *, axis, before, after):
    shape = list(x.shape)
    shape[axis] += before + after
    out, axis = np.zeros(shape), axis % x.ndim
    for index in np.ndindex(*x.shape):
        out[*index[:axis], index[axis] + before, *index[axis + 1 :]] = x[index]
    return out


def matmul(x, W):
    return np.sum(x[..., :, :, None] * W[..., None, :, :], axis=-2)


def take(x, indices):
    out = np.empty((*indices.shape, *x.shape[1:]))
    for index in np.ndindex(*indices.shape):
        out[index] = x[int(indices[index])]
    return out


def scatter_add(x, indices, *, length):
    out = np.zeros((length, *x.shape[indices.ndim :]))
    for index in np.ndindex(*indices.shape):
        out[int(indices[index])] = out[int(indices[index])] + x[index]
    return out


def _patches(kernel, windows, stride, dilation):
    """Pairs (place in the patches, row and column in the image)."""
    for i, j, p, q in product(*map(range, (*kernel, *windows))):
        row, column = p * stride[0] + i * dilation[0], q * stride[1] + j * dilation[1]
        yield (i, j, p, q), (row, column)


def unfold(x, *, kernel, stride, dilation):
    N, C, *size = x.shape
    windows = [
        len([p for p in range(0, n, s) if p + d * (k - 1) < n])
        for n, k, s, d in zip(size, kernel, stride, dilation, strict=True)
    ]
    out = np.empty((N, C, *kernel, *windows))
    for place, pixel in _patches(kernel, windows, stride, dilation):
        out[:, :, *place] = x[:, :, *pixel]
    return out


def fold(x, *, size, stride, dilation):
    out = np.zeros((*x.shape[:2], *size))
    for place, pixel in _patches(x.shape[2:4], x.shape[4:], stride, dilation):
        out[:, :, *pixel] = out[:, :, *pixel] + x[:, :, *place]
    return out


ORACLES = {
    "add": each(lambda x, y: x + y),
    "sub": each(lambda x, y: x - y),
    "mul": each(lambda x, y: x * y),
    "div": each(lambda x, y: x / y),
    "neg": each(lambda x: 0.0 - x),
    "power": each(lambda x, exponent: math.pow(x, exponent)),
    "maximum": each(lambda x, y: x if x > y else y),
    "greater": each(lambda x, y: 1.0 if x > y else 0.0),
    "exp": each(math.exp),
    "log": each(math.log),
    "log1p": each(lambda x: float((1 + Decimal(x)).ln(Context(prec=60)))),
    "tanh": each(lambda x: 1 - 2 / (math.exp(2 * x) + 1)),
    "sigmoid": each(_sigmoid),
    "erf": each(lambda x: 1 - math.erfc(x)),
    "sum": over(math.fsum),
    "max": over(lambda values: sorted(values)[-1]),
    "logsumexp": over(_log_sum_exp),
    "first_max": along(_first_max),
    "softmax": along(_softmax),
    "reshape": reshape,
    "transpose": transpose,
    "broadcast_to": broadcast_to,
    "concat": concat,
    "narrow": narrow,
    "pad": pad,
    "matmul": matmul,
    "take": take,
    "scatter_add": scatter_add,
    "unfold": unfold,
    "fold": fold,
}
