r"""The gradients that the chapters derive on paper, in plain numpy.

Every function has the shape ``f(*inputs, **params) -> (y, backprop)``. ``backprop(dy)``
takes :math:`\partial L/\partial y` and returns one gradient for each input, in their
order, and None for an input that has none, such as class numbers. A gradient is called
as in the text: ``dW`` is :math:`\partial L/\partial W`.

A tape for training records a whole layer as one step with the backprop from here; the
tests hold each against the tape, finite differences and PyTorch.
"""

import numpy as np


def linear(x, W, b):
    r"""A layer of neurons for a batch of rows.

    .. math:: z = x W + b, \qquad
              dx = dz\,W^\top, \quad dW = x^\top dz, \quad db = \sum_{\text{rows}} dz

    x : (N, D_in), W : (D_in, D_out), b : (D_out,) or (), z : (N, D_out)

    Chapter: 02, 05.
    """
    z = x @ W
    z += b
    rows = 0 if np.ndim(b) else None  # one shared bias sums over the neurons too

    def backprop(dz):
        return dz @ W.T, x.T @ dz, dz.sum(axis=rows)

    return z, backprop


def relu(z):
    r"""The rectifier.

    .. math:: a = \max(z, 0), \qquad dz = da \odot [z > 0]

    z, a : any shape. At z = 0 the gradient is 0.

    Chapter: 03.
    """
    a = np.maximum(z, 0)

    def backprop(da):
        return (da * (a > 0),)

    return a, backprop


def sigmoid(z):
    r"""The logistic function.

    .. math:: a = \frac{1}{1 + e^{-z}}, \qquad dz = da \odot a \odot (1 - a)

    z, a : any shape. Computed as :math:`(1 + \tanh(z/2))/2`, which cannot overflow.

    Chapter: 03, 05.
    """
    a = 0.5 + 0.5 * np.tanh(0.5 * z)

    def backprop(da):
        return (da * a * (1 - a),)

    return a, backprop


def tanh(z):
    r"""The hyperbolic tangent.

    .. math:: a = \tanh z, \qquad dz = da \odot (1 - a^2)

    z, a : any shape

    Chapter: 03.
    """
    a = np.tanh(z)

    def backprop(da):
        return (da * (1 - a * a),)

    return a, backprop


def half_squared_error(o, y):
    r"""The loss of the worked example: summed, not averaged.

    .. math:: L = \tfrac12 \sum_i (o_i - y_i)^2, \qquad do = dL\,(o - y)

    o, y : outputs and targets of one shape

    Chapter: 05.
    """
    e = o - y

    def backprop(dL):
        return dL * e, -dL * e

    return 0.5 * np.sum(e * e), backprop


def binary_cross_entropy(z, t):
    r"""Cross-entropy of independent yes/no questions, from logits.

    .. math:: L = \frac1N \sum_n \max(z_n, 0) - z_n t_n + \log(1 + e^{-|z_n|}), \qquad
              dz = \frac{dL}{N}\,(\sigma(z) - t)

    z, t : logits and targets in [0, 1], N elements of one shape

    Chapter: 04.
    """
    e = np.exp(-np.abs(z))
    L = np.mean(np.maximum(z, 0) - z * t + np.log(1 + e))

    def backprop(dL):
        a = np.where(z >= 0, 1, e) / (1 + e)
        return dL / z.size * (a - t), None

    return L, backprop


def softmax_cross_entropy(z, t):
    r"""Softmax and cross-entropy in one, from logits.

    .. math:: a = \operatorname{softmax}(z), \quad
              L = -\frac1N \sum_{n,k} y_{nk} \log a_{nk}, \qquad
              dz = \frac{dL}{N}\,(a - y)

    z : logits (N, K). t : class numbers (N,), of which y is the one-hot form, or the
    probabilities y themselves, (N, K), each row summing to 1.

    Chapter: 04.
    """
    N, K = z.shape
    s = z - z.max(axis=1, keepdims=True)
    a = np.exp(s)
    total = a.sum(axis=1, keepdims=True)
    a /= total
    if t.ndim == 1:
        y = np.arange(K) == t[:, None]
        chosen = s[np.arange(N), t.astype(int)]
    else:
        y, chosen = t, (t * s).sum(axis=1)
    L = (np.log(total[:, 0]) - chosen).sum() / N

    def backprop(dL):
        return (a - y) * (dL / N), None

    return L, backprop
