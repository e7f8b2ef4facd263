r"""Layers and activations as functions, of arrays and of recorded tensors alike.

Each body is the formula of the chapter, written with primitives. Where a gradient was
derived by hand, ``composite`` ties the body to it: a training tape then takes the hand
derivation, and any other tape records the body step by step.
"""

import math
from functools import wraps

import numpy as np

from nnlib import closed_form, ops
from nnlib.names import called
from nnlib.shapes import normalise_axes, show
from nnlib.tape import composite


def checked(check):
    """Call ``check`` on the arguments first, so that a body stays the bare formula."""

    def decorate(function):
        @wraps(function)
        def call(*args, **params):
            check(*args, **params)
            return function(*args, **params)

        return call

    return decorate


def _check_linear(x, W, b):
    x, W, b = np.shape(x), np.shape(W), np.shape(b)
    if len(x) < 2 or len(W) != 2:
        found = f"x has shape {show(x)} and W has shape {show(W)}"
        raise ValueError(f"linear: {found}, not (N, D_in) and (D_in, D_out)")
    if x[-1] != W[0]:
        found = f"x has {x[-1]} features, shape {show(x)}"
        raise ValueError(f"linear: {found}, but W expects {W[0]}, shape {show(W)}")
    if b not in ((), W[1:]):
        found = f"b has {math.prod(b)} numbers, shape {show(b)}"
        raise ValueError(f"linear: {found}, but W gives {W[1]}, shape {show(W)}")


@checked(_check_linear)
@composite(closed_form.linear)
def linear(x, W, b):
    r"""One layer of neurons, before its activation.

    .. math:: z = x W + b

    x : (N, D_in), one example in each row. W : (D_in, D_out), one neuron in each
    column. b : (D_out,), or () for one bias that all neurons share. z : (N, D_out).
    Sequences (N, T, D_in) go in as well: every step of them is a row.

    Raises
    ------
    ValueError
        If the shapes do not fit: ``linear: x has 5 features, shape (2, 5), but W
        expects 3, shape (3, 4)``.

    Reference: Rosenblatt (1958). Chapter: 02.
    """
    return x @ W + b


@composite(closed_form.relu)
def relu(z):
    r"""The rectifier; its slope at 0 is taken to be 0.

    .. math:: a = \max(z, 0)

    z, a : any shape.

    Reference: Nair and Hinton (2010). Chapter: 03.
    """
    return ops.maximum(z, 0)


def leaky_relu(z, *, slope=0.01):
    r"""A rectifier that lets a little through below 0, so no unit dies.

    .. math:: a = \max(z, \alpha z)

    z, a : any shape. slope : :math:`\alpha`, from 0 to below 1.

    Raises
    ------
    ValueError
        If the slope is outside [0, 1): the maximum would pick the wrong line.

    Reference: Maas, Hannun and Ng (2013). Chapter: 03.
    """
    if not 0 <= slope < 1:
        raise ValueError(f"leaky_relu: slope is {slope}, but needs 0 <= slope < 1")
    return ops.maximum(z, slope * z)


@composite(closed_form.sigmoid)
def sigmoid(z):
    r"""The logistic function: any number to one between 0 and 1.

    .. math:: a = \sigma(z) = \frac{1}{1 + e^{-z}}

    z, a : any shape. Stable for both signs of z.

    Reference: Verhulst (1845). Chapter: 03.
    """
    return ops.sigmoid(z)


@composite(closed_form.tanh)
def tanh(z):
    r"""The hyperbolic tangent: any number to one between -1 and 1.

    .. math:: a = \tanh z = \frac{e^z - e^{-z}}{e^z + e^{-z}} = 2\sigma(2z) - 1

    z, a : any shape.

    Reference: LeCun et al. (1998), Efficient BackProp. Chapter: 03.
    """
    return ops.tanh(z)


def softplus(z):
    r"""A smooth rectifier; its slope is the sigmoid.

    .. math:: a = \log(1 + e^z) = \max(z, 0) + \log(1 + e^{-|z|})

    z, a : any shape. Computed in the second form, where no exponential overflows.

    Reference: Dugas et al. (2001). Chapter: 03.
    """
    return ops.maximum(z, 0) + ops.log1p(ops.exp(-magnitude(z)))


def magnitude(z):
    r"""The absolute value, :math:`|z| = \max(z, -z)`."""
    return ops.maximum(z, -z)


def silu(z):
    r"""The sigmoid-weighted linear unit, also called swish.

    .. math:: a = z\,\sigma(z)

    z, a : any shape.

    Reference: Elfwing, Uchibe and Doya (2018). Chapter: 03.
    """
    return z * ops.sigmoid(z)


def gelu(z):
    r"""The Gaussian error linear unit, in its exact form.

    .. math:: a = z\,\Phi(z), \qquad
              \Phi(z) = \tfrac12\left(1 + \operatorname{erf}(z/\sqrt2)\right)

    z, a : any shape. :math:`\Phi` is the distribution function of a standard normal.

    Reference: Hendrycks and Gimpel (2016). Chapter: 03.
    """
    return z * (0.5 * (1 + ops.erf(z / math.sqrt(2))))


@composite(closed_form.gelu_tanh)
def gelu_tanh(z):
    r"""The GELU of GPT-2, with a hyperbolic tangent in place of :math:`\Phi`.

    .. math:: a = \tfrac12 z\,(1 + \tanh u), \qquad
              u = \sqrt{2/\pi}\,(z + 0.044715\, z^3)

    z, a : any shape. Within 0.0005 of :func:`gelu`, and much faster.

    Reference: Hendrycks and Gimpel (2016). Chapter: 03, 25.
    """
    u = math.sqrt(2 / math.pi) * (z + 0.044715 * (z * z * z))
    return 0.5 * z * (1 + ops.tanh(u))


def softmax(z, *, axis=-1):
    r"""Scores to probabilities.

    .. math:: a_i = \frac{e^{z_i}}{\sum_j e^{z_j}}

    z, a : any shape; the probabilities along ``axis`` sum to 1.

    Reference: Bridle (1990). Chapter: 03, 04.
    """
    return ops.softmax(z, axis=_one_axis(z, axis, "softmax: z"))


def log_softmax(z, *, axis=-1):
    r"""The logarithm of :func:`softmax`, exact where a probability underflows to 0.

    .. math:: \log a_i = z_i - \log \sum_j e^{z_j}

    z : any shape.

    Chapter: 04.
    """
    axis = _one_axis(z, axis, "log_softmax: z")
    return z - ops.logsumexp(z, axis=axis, keepdims=True)


def _one_axis(x, axis, subject):
    return normalise_axes(axis, np.ndim(x), subject)[0]


def mean(x, *, axis=None, keepdims=False):
    r"""The average along ``axis``: None for all elements, an int or a tuple.

    .. math:: \bar x = \frac{1}{n} \sum_i x_i

    x : any shape. n : the number of elements averaged.
    """
    axes = normalise_axes(axis, np.ndim(x), "mean: x")
    n = math.prod(np.shape(x)[a] for a in axes)
    return ops.sum(x, axes=axes, keepdims=keepdims) / n


def _check_layer_norm(x, gamma, beta, *, eps=1e-5):
    x = np.shape(x)
    for name, array in (("gamma", gamma), ("beta", beta)):
        if not x or np.shape(array) != x[-1:]:
            found = f"{name} has shape {show(np.shape(array))}"
            raise ValueError(f"layer_norm: {found}, but x has shape {show(x)}")
    if not eps > 0:
        raise ValueError(f"layer_norm: eps is {eps}, but must be above 0")


@checked(_check_layer_norm)
@composite(closed_form.layer_norm)
def layer_norm(x, gamma, beta, *, eps=1e-5):
    r"""The features of each example shifted and scaled to mean 0 and variance 1.

    .. math:: y = \hat x \odot \gamma + \beta, \qquad
              \hat x = \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}}, \qquad
              \mu = \frac1D \sum_i x_i, \qquad
              \sigma^2 = \frac1D \sum_i (x_i - \mu)^2

    x, y : (..., D); mean and variance are those of the last axis, over D and not D - 1.
    gamma, beta : :math:`\gamma, \beta`, (D,). eps : :math:`\epsilon`, above 0: features
    that are all equal become 0.

    Raises
    ------
    ValueError
        If gamma or beta does not fit: ``layer_norm: gamma has shape (3,), but x has
        shape (2, 4)``; or eps is not above 0.

    Reference: Ba, Kiros and Hinton (2016). Chapter: 25.
    """
    mu = called("mu", mean(x, axis=-1, keepdims=True), symbol=r"\mu")
    c = called("c", x - mu)
    v = called("v", mean(c**2, axis=-1, keepdims=True), symbol=r"{\sigma^2}")
    x_hat = called("x_hat", c / (v + eps) ** 0.5, symbol=r"\hat{x}")
    return x_hat * gamma + beta
