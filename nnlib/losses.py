r"""Losses: one number that says how wrong the outputs are.

Classification losses take logits, not probabilities: the logarithm and the exponential
meet in one formula that neither overflows nor loses the small probabilities.
"""

import numpy as np

from nnlib import closed_form, ops
from nnlib.functional import checked, magnitude, mean
from nnlib.shapes import element, numbers_of, show
from nnlib.tape import composite


def _same_shape(loss, name, other):
    """Make a check that two arguments have one shape and at least one element."""

    def check(x, y):
        x, y = np.shape(x), np.shape(y)
        if x != y:
            found = f"{name} has shape {show(x)}"
            raise ValueError(f"{loss}: {found}, but {other} has shape {show(y)}")
        if 0 in x:
            raise ValueError(f"{loss}: {name} is empty, shape {show(x)}")

    return check


@checked(_same_shape("half_squared_error", "o", "y"))
@composite(closed_form.half_squared_error)
def half_squared_error(o, y):
    r"""Half the summed squared error.

    .. math:: L = \tfrac12 \sum_i (o_i - y_i)^2

    o : outputs and y : targets, of one shape. Summed and not averaged, so that
    :math:`\partial L/\partial o = o - y`.

    Raises
    ------
    ValueError
        If the shapes differ, or there is nothing to compare.

    Reference: Rumelhart, Hinton and Williams (1986). Chapter: 05.
    """
    return 0.5 * ops.sum((o - y) ** 2, axes=tuple(range(np.ndim(o))))


@checked(_same_shape("mean_squared_error", "o", "y"))
def mean_squared_error(o, y):
    r"""The average squared error.

    .. math:: L = \frac1n \sum_{i=1}^n (o_i - y_i)^2

    o : outputs and y : targets, of one shape with n elements.

    Raises
    ------
    ValueError
        If the shapes differ, or there is nothing to compare.

    Reference: Legendre (1805). Chapter: 02, 04.
    """
    return mean((o - y) ** 2)


def _check_binary_cross_entropy(z, t):
    _same_shape("binary_cross_entropy", "z", "t")(z, t)
    t = numbers_of(t)
    if t.min() >= 0 and t.max() <= 1:
        return
    wrong = np.argwhere(~((t >= 0) & (t <= 1)))[0]
    found = f"{element('t', wrong)} is {t[tuple(wrong)]:g}"
    raise ValueError(f"binary_cross_entropy: {found}, not a number from 0 to 1")


@checked(_check_binary_cross_entropy)
@composite(closed_form.binary_cross_entropy)
def binary_cross_entropy(z, t):
    r"""Cross-entropy of yes/no questions, from logits, averaged.

    .. math:: L = \frac1n \sum_i -t_i \log \sigma(z_i) - (1 - t_i) \log(1 - \sigma(z_i))
                = \frac1n \sum_i \max(z_i, 0) - z_i t_i + \log(1 + e^{-|z_i|})

    z : logits and t : targets from 0 to 1, of one shape with n elements. Computed in
    the second form, exact at logits of 1000.

    Raises
    ------
    ValueError
        If the shapes differ, there is nothing to compare, or a target is no number
        from 0 to 1.

    Reference: Good (1952). Chapter: 04.
    """
    return mean(ops.maximum(z, 0) - z * t + ops.log1p(ops.exp(-magnitude(z))))


def _check_cross_entropy(z, t):
    z, t = np.shape(z), numbers_of(t)
    if len(z) != 2 or 0 in z:
        found = f"z has shape {show(z)}"
        raise ValueError(f"cross_entropy: {found}, but needs rows of logits (N, K)")
    if t.shape not in (z, z[:1]):
        found = f"t has shape {show(t.shape)}"
        needed = f"class numbers {show(z[:1])} or probabilities {show(z)}"
        raise ValueError(f"cross_entropy: {found}, but z needs {needed}")
    if t.ndim == 1:
        _check_classes(t, z[1])
    else:
        _check_probabilities(t)


def _check_classes(t, K):
    inside = t.min() >= 0 and t.max() < K
    if inside and (t.dtype.kind in "iu" or not np.any(t % 1)):
        return
    n = int(np.argmax((t < 0) | (t >= K) | (t != np.floor(t))))
    classes = f"one of the {K} classes 0 ... {K - 1}"
    raise ValueError(f"cross_entropy: t[{n}] = {t[n]:g} is not {classes}")


def _check_probabilities(t):
    sums = np.sum(t, axis=1)
    wrong = ~(np.abs(sums - 1) < 1e-5)
    if wrong.any():
        n = int(np.argmax(wrong))
        found = f"row {n} of t sums to {sums[n]:g}"
        raise ValueError(f"cross_entropy: {found}, but probabilities sum to 1")


@checked(_check_cross_entropy)
@composite(closed_form.softmax_cross_entropy)
def cross_entropy(z, t):
    r"""Cross-entropy of one choice among K classes, from logits, averaged over N.

    .. math:: L = -\frac1N \sum_{n,k} t_{nk} \log \operatorname{softmax}(z_n)_k
                = \frac1N \sum_n \Big(\log \sum_k e^{z_{nk}} - \sum_k t_{nk} z_{nk}\Big)

    z : logits (N, K). t : probabilities (N, K), each row summing to 1, or class numbers
    (N,), where the inner sum is the one logit :math:`z_{n t_n}`. A logit may be
    :math:`-\infty` where t holds class numbers.

    Raises
    ------
    ValueError
        If the shapes do not fit, a class number is outside 0 ... K - 1, or a row of
        probabilities does not sum to 1.

    Reference: Good (1952); Bridle (1990). Chapter: 04.
    """
    chosen = ops.sum(t * z, axes=(1,)) if np.ndim(t) == 2 else _one_of_each_row(z, t)
    return mean(ops.logsumexp(z, axis=1) - chosen)


def _one_of_each_row(z, t):
    """Return z[n, t[n]]: with the rows laid end to end, element n K + t[n]."""
    N, K = np.shape(z)
    first = K * np.arange(N, dtype=float)
    return ops.take(ops.reshape(z, shape=(N * K,)), first + t)
