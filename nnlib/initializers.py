r"""First weights: ``(shape, *, rng) -> array``.

A weight matrix has shape (n_in, n_out). Each rule keeps the size of the signal about
equal from layer to layer by fixing the **variance** of a weight. The standard deviation
that ``rng.normal`` wants is its root: :math:`\mathcal N(0, 2/n)` names the variance, so
the standard deviation is :math:`\sqrt{2/n}`. Reading one for the other makes the
outputs of 30 layers of 256 units about :math:`10^{16}` times too large.
"""

import math

import numpy as np

from nnlib.shapes import show


def _fans(rule, shape):
    if len(shape) != 2 or 0 in shape:
        raise ValueError(f"{rule}: shape {show(shape)} is not (n_in, n_out)")
    return shape


def zeros(shape, *, rng=None):
    """All zeros: right for biases, fatal for weights, which then all stay equal.

    Chapter: 07.
    """
    return np.zeros(shape)


def normal(std):
    r"""Make an initializer that draws from :math:`\mathcal N(0, \text{std}^2)`.

    Example: ``Linear.init(64, 10, weights=normal(0.01), rng=rng)``.

    Raises
    ------
    ValueError
        If ``std`` is negative.
    """
    if not std >= 0:
        raise ValueError(f"normal: std is {std}, but must be 0 or above")

    def draw(shape, *, rng):
        return rng.normal(0.0, std, shape)

    return draw


def xavier_normal(shape, *, rng):
    r"""Normal weights for tanh, which is near the identity around 0.

    .. math:: \operatorname{var}(W_{ij}) = \frac{2}{n_{in} + n_{out}}, \qquad
              \text{std} = \sqrt{\frac{2}{n_{in} + n_{out}}}

    shape : (n_in, n_out).

    Raises
    ------
    ValueError
        If ``shape`` is not that of a matrix.

    Reference: Glorot and Bengio (2010). Chapter: 07.
    """
    n_in, n_out = _fans("xavier_normal", shape)
    return rng.normal(0.0, math.sqrt(2 / (n_in + n_out)), shape)


def xavier_uniform(shape, *, rng):
    r"""Uniform weights with the variance of :func:`xavier_normal`.

    .. math:: W_{ij} \in [-a, a), \quad a = \sqrt{\frac{6}{n_{in} + n_{out}}}, \qquad
              \operatorname{var}(W_{ij}) = \frac{a^2}{3} = \frac{2}{n_{in} + n_{out}}

    shape : (n_in, n_out).

    Raises
    ------
    ValueError
        If ``shape`` is not that of a matrix.

    Reference: Glorot and Bengio (2010). Chapter: 07.
    """
    n_in, n_out = _fans("xavier_uniform", shape)
    a = math.sqrt(6 / (n_in + n_out))
    return rng.uniform(-a, a, shape)


def kaiming_normal(shape, *, rng):
    r"""Normal weights for ReLU, which passes on half of the signal.

    .. math:: \operatorname{var}(W_{ij}) = \frac{2}{n_{in}}, \qquad
              \text{std} = \sqrt{\frac{2}{n_{in}}}

    shape : (n_in, n_out).

    Raises
    ------
    ValueError
        If ``shape`` is not that of a matrix.

    Reference: He, Zhang, Ren and Sun (2015). Chapter: 07.
    """
    n_in, _ = _fans("kaiming_normal", shape)
    return rng.normal(0.0, math.sqrt(2 / n_in), shape)


def kaiming_uniform(shape, *, rng):
    r"""Uniform weights with the variance of :func:`kaiming_normal`.

    .. math:: W_{ij} \in [-a, a), \quad a = \sqrt{\frac{6}{n_{in}}}, \qquad
              \operatorname{var}(W_{ij}) = \frac{a^2}{3} = \frac{2}{n_{in}}

    shape : (n_in, n_out).

    Raises
    ------
    ValueError
        If ``shape`` is not that of a matrix.

    Reference: He, Zhang, Ren and Sun (2015). Chapter: 07.
    """
    n_in, _ = _fans("kaiming_uniform", shape)
    a = math.sqrt(6 / n_in)
    return rng.uniform(-a, a, shape)
