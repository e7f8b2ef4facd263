r"""First weights: ``(shape, *, rng) -> array``.

A weight matrix has shape (n_in, n_out). Kernels have (C_out, C_in, K_h, K_w), where
:math:`n_{in} = C_{in} K_h K_w` and :math:`n_{out} = C_{out} K_h K_w`. Each rule keeps
the size of the signal about equal from layer to layer by fixing the **variance** of a
weight. The standard deviation that ``rng.normal`` wants is its root:
:math:`\mathcal N(0, 2/n)` names the variance, so the standard deviation is
:math:`\sqrt{2/n}`. Passing the variance for it makes the outputs of 30 ReLU layers of
256 units about :math:`10^{32}` times too small; taking :math:`\sqrt{2/n}` for the
variance makes them about :math:`10^{16}` times too large.
"""

import math

import numpy as np

from nnlib.shapes import show


def _fans(rule, shape):
    """Inputs of a neuron, and neurons that an input feeds, stride and edges aside."""
    if len(shape) not in (2, 4) or 0 in shape:
        kinds = "(n_in, n_out) or (C_out, C_in, K_h, K_w)"
        raise ValueError(f"{rule}: shape {show(shape)} is not {kinds}")
    if len(shape) == 2:
        return shape
    c_out, c_in, *kernel = shape
    return c_in * math.prod(kernel), c_out * math.prod(kernel)


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

    shape : (n_in, n_out), or that of kernels.

    Raises
    ------
    ValueError
        If ``shape`` is not that of a matrix or of kernels.

    Reference: Glorot and Bengio (2010). Chapter: 07.
    """
    n_in, n_out = _fans("xavier_normal", shape)
    return rng.normal(0.0, math.sqrt(2 / (n_in + n_out)), shape)


def xavier_uniform(shape, *, rng):
    r"""Uniform weights with the variance of :func:`xavier_normal`.

    .. math:: W_{ij} \in [-a, a), \quad a = \sqrt{\frac{6}{n_{in} + n_{out}}}, \qquad
              \operatorname{var}(W_{ij}) = \frac{a^2}{3} = \frac{2}{n_{in} + n_{out}}

    shape : (n_in, n_out), or that of kernels.

    Raises
    ------
    ValueError
        If ``shape`` is not that of a matrix or of kernels.

    Reference: Glorot and Bengio (2010). Chapter: 07.
    """
    n_in, n_out = _fans("xavier_uniform", shape)
    a = math.sqrt(6 / (n_in + n_out))
    return rng.uniform(-a, a, shape)


def kaiming_normal(shape, *, rng):
    r"""Normal weights for ReLU, which passes on half of the signal.

    .. math:: \operatorname{var}(W_{ij}) = \frac{2}{n_{in}}, \qquad
              \text{std} = \sqrt{\frac{2}{n_{in}}}

    shape : (n_in, n_out), or that of kernels.

    Raises
    ------
    ValueError
        If ``shape`` is not that of a matrix or of kernels.

    Reference: He, Zhang, Ren and Sun (2015). Chapter: 07.
    """
    n_in, _ = _fans("kaiming_normal", shape)
    return rng.normal(0.0, math.sqrt(2 / n_in), shape)


def kaiming_uniform(shape, *, rng):
    r"""Uniform weights with the variance of :func:`kaiming_normal`.

    .. math:: W_{ij} \in [-a, a), \quad a = \sqrt{\frac{6}{n_{in}}}, \qquad
              \operatorname{var}(W_{ij}) = \frac{a^2}{3} = \frac{2}{n_{in}}

    shape : (n_in, n_out), or that of kernels.

    Raises
    ------
    ValueError
        If ``shape`` is not that of a matrix or of kernels.

    Reference: He, Zhang, Ren and Sun (2015). Chapter: 07.
    """
    n_in, _ = _fans("kaiming_uniform", shape)
    a = math.sqrt(6 / n_in)
    return rng.uniform(-a, a, shape)
