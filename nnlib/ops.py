r"""The primitives: kernel, LaTeX and vector-Jacobian rules of each stand together.

A rule is written with primitives, so the backward pass is itself a list of steps. In a
rule ``g`` is :math:`\partial L/\partial y`, ``y`` the output, then come the inputs.

Adjoint pairs, each the other's rule: sum and broadcast_to, narrow and pad, take and
scatter_add, unfold and fold; transpose, reshape and matmul are their own.

Reference: Griewank and Walther, Evaluating Derivatives (2008). Chapter: 06.
"""

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nnlib.tape import primitive

# ---- arithmetic, element by element; broadcasting is undone in autodiff.py ----


@primitive("{x:1} + {y:1}", binds=1)
def add(x, y):
    """x + y, element by element; shapes broadcast."""
    return np.add(x, y)


add.vjp(lambda g, z, x, y: g, lambda g, z, x, y: g)


@primitive("{x:1} - {y:1.5}", binds=1)
def sub(x, y):
    """x - y, element by element; shapes broadcast."""
    return np.subtract(x, y)


sub.vjp(lambda g, z, x, y: g, lambda g, z, x, y: -g)


def _times(x, y):
    """2 x, a dot before a digit or beside a scalar, the element-wise sign else."""
    right = f"{y:1.5}"
    if x.number and not right[0].isdigit():
        return f"{x:2} {right}"
    sign = r"\cdot" if 0 in (x.ndim, y.ndim) else r"\odot"
    return f"{x:2} {sign} {right}"


@primitive(_times, binds=2)
def mul(x, y):
    """x y, element by element; shapes broadcast."""
    return np.multiply(x, y)


mul.vjp(lambda g, z, x, y: g * y, lambda g, z, x, y: g * x)


@primitive(r"\frac{{{x}}}{{{y}}}", binds=3)
def div(x, y):
    """x / y, element by element; shapes broadcast. x / 0 is infinite, 0 / 0 is NaN."""
    return np.divide(x, y)


div.vjp(lambda g, z, x, y: g / y, lambda g, z, x, y: -(g * z) / y)


@primitive("-{x:1.5}", binds=1)
def neg(x):
    """-x."""
    return np.negative(x)


neg.vjp(lambda g, y, x: -g)


@primitive("{x:4}^{{{exponent}}}", binds=3)
def power(x, *, exponent):
    """x to a constant power, ``exponent`` a number."""
    special = POWERS.get(exponent)
    return special(x) if special else np.power(x, exponent)


# np.power is slow and rounds differently where a product or a root says the same.
POWERS = {
    2: np.square,
    -1: lambda x: 1 / x,
    0.5: np.sqrt,
    -0.5: lambda x: 1 / np.sqrt(x),
}


def _power_rule(g, y, x, *, exponent):
    if exponent == 0:
        return None  # x^0 is 1 everywhere; 0 x^-1 would be NaN at 0
    return g * (2 * x if exponent == 2 else exponent * power(x, exponent=exponent - 1))


power.vjp(_power_rule)


@primitive(r"\max({x}, {y})")
def maximum(x, y):
    """The larger of x and y, element by element; a NaN on either side is kept."""
    return np.maximum(x, y)


# At a tie the second argument gets the gradient, so relu'(0) = 0 as in PyTorch.
maximum.vjp(
    lambda g, z, x, y: g * greater(x, y),
    lambda g, z, x, y: g * (1 - greater(x, y)),
)


@primitive(r"[{x:1} > {y:1}]")
def greater(x, y):
    """1 where x > y, 0 elsewhere: a mask, which has no gradient."""
    return np.greater(x, y).astype(np.result_type(x, y))


greater.vjp(None, None)

# ---- functions of one variable ----


@primitive(r"e^{{{x}}}", binds=3)
def exp(x):
    """e to the power of x; infinite above 709.78 in float64."""
    return np.exp(x)


exp.vjp(lambda g, y, x: g * y)


@primitive(r"\log({x})")
def log(x):
    """The natural logarithm; -inf at 0, NaN below."""
    return np.log(x)


log.vjp(lambda g, y, x: g / x)


@primitive(r"\log(1 + {x:1.5})")
def log1p(x):
    """log(1 + x), exact where 1 + x would round x away."""
    return np.log1p(x)


log1p.vjp(lambda g, y, x: g / (1 + x))


@primitive(r"\tanh({x})")
def tanh(x):
    """The hyperbolic tangent, between -1 and 1."""
    return np.tanh(x)


tanh.vjp(lambda g, y, x: g * (1 - y**2))


@primitive(r"\sigma({x})")
def sigmoid(x):
    """1 / (1 + e^-x), for either sign without overflow."""
    e = np.exp(-np.abs(x))  # never above 1, so no overflow on either side
    return np.where(np.greater_equal(x, 0), 1.0, e) / (1 + e)


sigmoid.vjp(lambda g, y, x: g * (y * (1 - y)))


@primitive(r"\operatorname{{erf}}({x})")
def erf(x):
    """The error function, (2 / sqrt(pi)) times the integral of e^(-t^2) from 0 to x."""
    x = np.asarray(x)
    values = [math.erf(v) for v in x.ravel().tolist()]
    dtype = np.result_type(x, np.float16)  # a float, never narrower than x
    return np.array(values, dtype=dtype).reshape(x.shape)


erf.vjp(lambda g, y, x: g * (2 / math.sqrt(math.pi) * exp(-(x**2))))

# ---- reductions ----


def _below(operator, x, axes):
    """An operator over all elements, or with the axes it runs over written below."""
    if x.ndim == len(axes):
        return rf"{operator} {x:1.5}"
    words = {0: "rows", x.ndim - 1: "columns"} if x.ndim == 2 else {}
    names = ", ".join(words.get(a % x.ndim, f"axis {a}") for a in axes)
    return rf"{operator}_{{\text{{{names}}}}} {x:1.5}"


def _keep(x, axes):
    """The shape of ``x`` with the reduced axes kept as 1."""
    axes = [a % x.ndim for a in axes]
    return tuple(1 if a in axes else n for a, n in enumerate(x.shape))


@primitive(lambda x, axes, **_: _below(r"\sum", x, axes), binds=1.5)
def sum(x, *, axes, keepdims=False):
    """The sum over ``axes``, a tuple; with ``keepdims`` they stay, of length 1."""
    if not isinstance(axes, tuple):
        raise ValueError(f"axes is {axes}, not a tuple")
    return np.sum(x, axis=axes, keepdims=keepdims)


def _sum_rule(g, y, x, *, axes, keepdims=False):
    if not keepdims and g.ndim:
        g = reshape(g, shape=_keep(x, axes))
    return broadcast_to(g, shape=x.shape)


sum.vjp(_sum_rule)


@primitive(lambda x, axis, **_: _below(r"\max", x, (axis,)), binds=1.5)
def max(x, *, axis, keepdims=False):
    """The largest element along ``axis``; with ``keepdims`` it stays, of length 1."""
    return np.max(x, axis=axis, keepdims=keepdims)


def _max_rule(g, y, x, *, axis, keepdims=False):
    if not keepdims:
        g = reshape(g, shape=_keep(x, (axis,)))
    return g * first_max(x, axis=axis)


max.vjp(_max_rule)


@primitive(r"\operatorname{{first\,max}}({x})")
def first_max(x, *, axis):
    """1 at the first largest element along ``axis``, 0 elsewhere: a mask."""
    # Exactly one winner, as in PyTorch; `x == max(x)` would pay a tie twice.
    winner = np.expand_dims(np.argmax(x, axis=axis), axis)
    mask = np.zeros_like(x)
    np.put_along_axis(mask, winner, 1, axis)
    return mask


first_max.vjp(None)

# ---- moving numbers: no arithmetic, and the rule moves them back ----


@primitive("{x}")
def reshape(x, *, shape):
    """The same numbers in row-major order in another ``shape``."""
    return np.reshape(x, shape)


reshape.vjp(lambda g, y, x, shape: reshape(g, shape=x.shape))


def _transposed(x, axes):
    swap = (*range(len(axes) - 2), len(axes) - 1, len(axes) - 2)
    if tuple(axes) == swap:
        again = x.binds == 3 and x.endswith(r"^{\top}")
        back = type(x)(x.removesuffix(r"^{\top}"))
        return back if again else rf"{x:4}^{{\top}}"
    return rf"\operatorname{{permute}}({x})"


@primitive(_transposed, binds=3)
def transpose(x, *, axes):
    """The axes in the order that ``axes`` gives."""
    return np.transpose(x, axes)


def _transpose_rule(g, y, x, *, axes):
    back = tuple(np.argsort([a % x.ndim for a in axes]).tolist())
    return transpose(g, axes=back)


transpose.vjp(_transpose_rule)


@primitive("{x}")
def broadcast_to(x, *, shape):
    """x repeated along missing axes and axes of length 1 up to ``shape``."""
    return np.broadcast_to(x, shape)


# Nothing to add: autodiff.py sums every gradient over the axes that were repeated.
broadcast_to.vjp(lambda g, y, x, shape: g)


@primitive(lambda *xs, axis: "[" + r",\; ".join(map(str, xs)) + "]")
def concat(*xs, axis):
    """Arrays one after the other along ``axis``."""
    return np.concatenate(xs, axis=axis)


def _concat_rule(argument):
    def rule(g, y, *xs, axis):
        start = int(np.sum([x.shape[axis] for x in xs[:argument]]))
        return narrow(g, axis=axis, start=start, length=xs[argument].shape[axis])

    return rule


concat.rule = _concat_rule


def _range(x, start, length, **_):
    """x with a range below it; what ends in something below is a group of its own."""
    text = format(x, "4")
    text = f"{{{text}}}" if text == x and "_" in text else text
    return f"{text}_{{{start}:{start}+{length}}}"


@primitive(_range, binds=3)
def narrow(x, *, axis, start, length):
    """``length`` elements along ``axis``, from ``start`` on."""
    size = np.shape(x)[axis]
    if not 0 <= start <= start + length <= size:
        end = start + length
        raise ValueError(f"axis {axis} has {size} elements, not {start} ... {end}")
    return x[(slice(None),) * (axis % np.ndim(x)) + (slice(start, start + length),)]


def _narrow_rule(g, y, x, *, axis, start, length):
    return pad(g, axis=axis, before=start, after=x.shape[axis] - start - length)


narrow.vjp(_narrow_rule)


@primitive(r"\operatorname{{pad}}({x})")
def pad(x, *, axis, before, after):
    """``before`` and ``after`` zeros added along ``axis``."""
    widths = [(0, 0)] * np.ndim(x)
    widths[axis] = (before, after)
    return np.pad(x, widths)


def _pad_rule(g, y, x, *, axis, before, after):
    return narrow(g, axis=axis, start=before, length=x.shape[axis])


pad.vjp(_pad_rule)

# ---- products of matrices; leading axes broadcast ----


@primitive(r"{x:2}\,{W:2}", binds=2)
def matmul(x, W):
    """x W: x (..., N, D_in), W (..., D_in, D_out), result (..., N, D_out)."""
    y = np.matmul(x, W)
    if np.asarray(x).ndim < 2 or np.asarray(W).ndim < 2:
        raise ValueError("both need rows and columns; write one example as one row")
    return y


matmul.vjp(lambda g, y, x, W: g @ W.T, lambda g, y, x, W: x.T @ g)

# ---- gather and scatter along the first axis; indices carry no gradient ----


def _row_ids(indices, rows):
    """Indices as whole numbers; one outside the rows is refused, not wrapped round."""
    ids = np.asarray(indices)
    if ids.size and not (ids.min() >= 0 and ids.max() < rows):
        worst = ids.max() if ids.max() >= rows else ids.min()
        raise ValueError(f"index {worst:g} is outside the {rows} rows 0 ... {rows - 1}")
    whole = ids.astype(int)
    if np.any(whole != ids):
        raise ValueError("an index is not a whole number")
    return whole


@primitive(r"{x:4}[{indices}]", binds=3)
def take(x, indices):
    """The rows of x (R, ...) that ``indices``, of any shape, name."""
    return np.asarray(x)[_row_ids(indices, len(x))]


take.vjp(lambda g, y, x, indices: scatter_add(g, indices, length=len(x)), None)


@primitive(r"\operatorname{{scatter}}({x}, {indices})")
def scatter_add(x, indices, *, length):
    """Zeros (``length``, ...) to which each row of x is added at its index."""
    ids = _row_ids(indices, length)
    total = np.zeros((length, *np.shape(x)[ids.ndim :]), dtype=np.result_type(x))
    np.add.at(total, ids, x)
    return total


scatter_add.vjp(lambda g, y, x, indices, length: take(g, indices), None)

# ---- delicate in floating point, or with a one-line rule that the book derives ----


@primitive(r"\operatorname{{softmax}}({x})")
def softmax(x, *, axis):
    """e^x / sum(e^x) along ``axis``: positive numbers that add up to 1."""
    # Shifting by the maximum changes nothing on paper and keeps exp below 1.
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def _softmax_rule(g, y, x, *, axis):
    axis = axis % x.ndim
    return y * (g - sum(g * y, axes=(axis,), keepdims=True))


softmax.vjp(_softmax_rule)


@primitive(lambda x, axis, **_: _below(r"\operatorname{lse}", x, (axis,)), binds=1.5)
def logsumexp(x, *, axis, keepdims=False):
    """log(sum(e^x)) along ``axis``, for logits of any size."""
    top = np.max(x, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, np.zeros_like(top))
    with np.errstate(divide="ignore"):  # a row of -inf honestly gives log 0 = -inf
        y = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top
    return y if keepdims else np.squeeze(y, axis)


def _logsumexp_rule(g, y, x, *, axis, keepdims=False):
    if not keepdims:
        g = reshape(g, shape=_keep(x, (axis,)))
    return g * softmax(x, axis=axis)


logsumexp.vjp(_logsumexp_rule)

# ---- patches of images: (N, C, H, W) <-> (N, C, K_h, K_w, H_out, W_out) ----


def _reach(kernel, dilation):
    """Pixels that a dilated kernel spans: (K - 1) dilation + 1 along each axis."""
    return tuple((k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True))


@primitive(r"\operatorname{{unfold}}({x})")
def unfold(x, *, kernel, stride, dilation):
    """Every patch under a ``kernel`` (K_h, K_w) that slides over x (N, C, H, W)."""
    windows = sliding_window_view(x, _reach(kernel, dilation), axis=(2, 3))
    (sh, sw), (dh, dw) = stride, dilation
    patches = windows[:, :, ::sh, ::sw, ::dh, ::dw]
    return np.ascontiguousarray(np.transpose(patches, (0, 1, 4, 5, 2, 3)))


def _unfold_rule(g, y, x, *, kernel, stride, dilation):
    return fold(g, size=x.shape[2:], stride=stride, dilation=dilation)


unfold.vjp(_unfold_rule)


@primitive(r"\operatorname{{fold}}({x})")
def fold(x, *, size, stride, dilation):
    """The patches of unfold added up where they came from, on an image of ``size``."""
    N, C, kh, kw, oh, ow = np.shape(x)
    image = np.zeros((N, C, *size), dtype=np.result_type(x))
    (sh, sw), (dh, dw) = stride, dilation
    for i in range(kh):
        for j in range(kw):
            rows = slice(i * dh, i * dh + sh * (oh - 1) + 1, sh)
            columns = slice(j * dw, j * dw + sw * (ow - 1) + 1, sw)
            image[:, :, rows, columns] += x[:, :, i, j]
    return image


def _fold_rule(g, y, x, *, size, stride, dilation):
    return unfold(g, kernel=x.shape[2:4], stride=stride, dilation=dilation)


fold.vjp(_fold_rule)
