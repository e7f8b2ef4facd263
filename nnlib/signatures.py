"""What each operation takes and gives: the number of its inputs, its params, its shape.

The validator of :mod:`nnlib.check` infers every shape of a trace from this table. The
page holds the same table in ``widgets/js/engine/params.js``; a test compares them.
"""

import math
import sys
from itertools import zip_longest

MOST_ELEMENTS, MOST_AXES = 2_000_000, 16

# ---- the shape of a result, from the params and the shapes of the inputs ----


def broadcast(params, x, y=()):
    """Check that the sizes of each axis are equal or one of them is 1."""
    sizes = []
    for m, n in zip_longest(reversed(x), reversed(y), fillvalue=1):
        if m != n and 1 not in (m, n):
            raise ValueError("they do not broadcast")
        sizes.append(n if m == 1 else m)
    return tuple(reversed(sizes))


def reduced(params, x):
    """Drop the axes, or keep them with size 1; checks nothing, all axes may go."""
    axes = params["axes"]
    if params.get("keepdims"):
        return tuple(1 if a in axes else n for a, n in enumerate(x))
    return tuple(n for a, n in enumerate(x) if a not in axes)


def along(params, x):
    """Check that the axis has elements; the shape stays."""
    if x[params["axis"]] == 0:
        raise ValueError(f"axis {params['axis']} has no elements to choose from")
    return x


def chosen(params, x):
    """Check that the axis has elements to choose from, and drop it."""
    return reduced({**params, "axes": [params["axis"]]}, along(params, x))


def reshaped(params, x):
    """Check that the new shape holds as many elements."""
    if math.prod(params["shape"]) != math.prod(x):
        raise ValueError("the number of elements changes")
    return params["shape"]


def permuted(params, x):
    """Check that the new order names every axis."""
    if len(params["axes"]) != len(x):
        raise ValueError("axes is not a permutation")
    return [x[a] for a in params["axes"]]


def repeated(params, x):
    """Check that x broadcasts to the new shape and not beyond."""
    if broadcast({}, x, params["shape"]) != tuple(params["shape"]):
        raise ValueError("it does not broadcast to the new shape")
    return params["shape"]


def joined(params, *xs):
    """Check that the shapes are equal but for the axis along which they join."""
    axis = params["axis"]
    rest = {(len(x), x[:axis], x[axis + 1 :]) for x in xs}
    if len(rest) > 1:
        raise ValueError("the other axes differ")
    return (*xs[0][:axis], sum(x[axis] for x in xs), *xs[0][axis + 1 :])


def sliced(params, x):
    """Check that the slice ends within the axis."""
    axis, end = params["axis"], params["start"] + params["length"]
    if end > x[axis]:
        raise ValueError(f"axis {axis} has {x[axis]} elements, not {end}")
    return (*x[:axis], params["length"], *x[axis + 1 :])


def padded(params, x):
    """Lengthen the axis; checks nothing, any axis may grow."""
    axis = params["axis"]
    longer = params["before"] + x[axis] + params["after"]
    return (*x[:axis], longer, *x[axis + 1 :])


def multiplied(params, x, W):
    """Check that x has as many columns as W rows, and that leading axes broadcast."""
    if len(x) < 2 or len(W) < 2 or x[-1] != W[-2]:
        raise ValueError("the inner axes differ")
    return (*broadcast({}, x[:-2], W[:-2]), x[-2], W[-1])


def taken(params, x, indices):
    """Check that x has rows, one of which comes for each index."""
    if not x:
        raise ValueError("a scalar has no rows")
    return (*indices, *x[1:])


def scattered(params, x, indices):
    """Check that x has a row for each index."""
    if x[: len(indices)] != indices:
        raise ValueError("the indices do not match the rows")
    return (params["length"], *x[len(indices) :])


def _windows(size, kernel, params):
    """Check that the kernel fits, and count its places along rows and columns."""
    sizes = zip(size, kernel, params["stride"], params["dilation"], strict=True)
    windows = [(n - (k - 1) * d - 1) // s + 1 for n, k, s, d in sizes]
    if min(windows) < 1:
        raise ValueError("the kernel does not fit")
    return windows


def unfolded(params, x):
    """Check that x is an image into which the kernel fits."""
    if len(x) != 4:
        raise ValueError("an image has the axes N C H W")
    return (*x[:2], *params["kernel"], *_windows(x[2:], params["kernel"], params))


def folded(params, x):
    """Check that x holds the patches that the kernel finds in such an image."""
    if len(x) != 6 or _windows(params["size"], x[2:4], params) != list(x[4:]):
        raise ValueError("these are not the patches of such an image")
    return (*x[:2], *params["size"])


# ---- params ----

NUMBER, FLAG, COUNT, COUNTS = "a number", "true or false", "a count", "a list of counts"
AXIS, AXES = "an axis of the input", "a list of different axes of the input"
PAIR, SIZE = "two counts of at least 1", "two counts"


def whole(value):
    """Check for a whole number; True and False are none."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value):
    """Check for a finite number."""
    known = whole(value) or isinstance(value, float)
    return known and abs(value) <= sys.float_info.max


def is_count(value, below=MOST_ELEMENTS + 1):
    """Check for a whole number from 0 on and below a limit."""
    return whole(value) and 0 <= value < below


def is_counts(value):
    """Check for a list of counts, no longer than a shape may be."""
    fine = isinstance(value, list) and len(value) <= MOST_AXES
    return fine and all(map(is_count, value))


def is_texts(value):
    """Check for a list of strings."""
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def _axes(value, rank):
    """Check for a list of different axes, 0 ... rank - 1."""
    fine = isinstance(value, list) and all(is_count(a, rank) for a in value)
    return fine and len(set(value)) == len(value)


TESTS = {
    NUMBER: lambda value, rank: is_number(value),
    FLAG: lambda value, rank: isinstance(value, bool),
    COUNT: lambda value, rank: is_count(value),
    COUNTS: lambda value, rank: is_counts(value),
    AXIS: is_count,
    AXES: _axes,
    PAIR: lambda value, rank: is_counts(value) and len(value) == 2 and min(value) > 0,
    SIZE: lambda value, rank: is_counts(value) and len(value) == 2,
}

# op -> (number of inputs, shape rule, {param: its kind}); None inputs: one or more
_IMAGE = {"stride": PAIR, "dilation": PAIR}
_CHOICE = {"axis": AXIS, "keepdims": FLAG}
RULES = {
    **{op: (2, broadcast, {}) for op in ("add", "sub", "mul", "div")},
    **{op: (2, broadcast, {}) for op in ("maximum", "greater")},
    **{op: (1, broadcast, {}) for op in ("neg", "exp", "log", "log1p")},
    **{op: (1, broadcast, {}) for op in ("tanh", "sigmoid", "erf")},
    "power": (1, broadcast, {"exponent": NUMBER}),
    "sum": (1, reduced, {"axes": AXES, "keepdims": FLAG}),
    "max": (1, chosen, _CHOICE),
    "logsumexp": (1, chosen, _CHOICE),
    "first_max": (1, along, {"axis": AXIS}),
    "softmax": (1, along, {"axis": AXIS}),
    "reshape": (1, reshaped, {"shape": COUNTS}),
    "transpose": (1, permuted, {"axes": AXES}),
    "broadcast_to": (1, repeated, {"shape": COUNTS}),
    "concat": (None, joined, {"axis": AXIS}),
    "narrow": (1, sliced, {"axis": AXIS, "start": COUNT, "length": COUNT}),
    "pad": (1, padded, {"axis": AXIS, "before": COUNT, "after": COUNT}),
    "matmul": (2, multiplied, {}),
    "take": (2, taken, {}),
    "scatter_add": (2, scattered, {"length": COUNT}),
    "unfold": (1, unfolded, {"kernel": PAIR, **_IMAGE}),
    "fold": (1, folded, {"size": SIZE, **_IMAGE}),
}
