r"""The gradients that the chapters derive on paper, in plain numpy.

Every function has the shape ``f(*inputs, **params) -> (y, backprop)``. ``backprop(dy)``
takes :math:`\partial L/\partial y` and returns one gradient for each input, in their
order, and None for an input that has none, such as class numbers. A gradient is called
as in the text: ``dW`` is :math:`\partial L/\partial W`. Where x may be data, as it is
for a first layer, ``backprop(dy, dx=False)`` leaves dx out, and with it much work.

A tape for training records a whole layer as one step with the backprop from here; the
tests hold each against the tape, finite differences and PyTorch.
"""

import math

import numpy as np


def linear(x, W, b):
    r"""A layer of neurons for a batch of rows.

    .. math:: z = x W + b, \qquad
              dx = dz\,W^\top, \quad dW = x^\top dz, \quad db = \sum_{\text{rows}} dz

    x : (..., D_in), W : (D_in, D_out), b : (D_out,) or (), z : (..., D_out); all axes
    but the last count rows

    Chapter: 01, 02, 05.
    """
    z = _rows(x) @ W
    z += b
    axis = 0 if np.ndim(b) else None  # one shared bias sums over the neurons too

    def backprop(dz, *, dx=True):
        dz = _rows(dz)
        dX = (dz @ W.T).reshape(x.shape) if dx else None
        return dX, _rows(x).T @ dz, dz.sum(axis=axis)

    return z.reshape(*x.shape[:-1], W.shape[1]), backprop


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

    z, a : any shape. Stable for both signs of z.

    Chapter: 03, 05.
    """
    with np.errstate(over="ignore"):  # an infinite e^-z gives 0, which is right
        a = 1 / (1 + np.exp(-z))

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


def gelu_tanh(z):
    r"""The GELU of GPT-2.

    .. math:: a = \tfrac12 z\,(1 + t), \quad t = \tanh u, \quad
              u = k\,(z + c z^3), \qquad
              dz = da \odot \tfrac12 \big(1 + t + z\,(1 - t^2)\, k\,(1 + 3 c z^2)\big)

    z, a : any shape. :math:`k = \sqrt{2/\pi}`, :math:`c = 0.044715`.

    Chapter: 25.
    """
    k, c = math.sqrt(2 / math.pi), 0.044715
    t = np.asarray(z * z)  # a scalar could not be written to
    t *= k * c
    t += k
    t *= z
    np.tanh(t, out=t)
    a = t + 1
    a *= z
    a *= 0.5

    def backprop(da):
        dz = z * z
        dz *= 3 * k * c
        dz += k
        dz *= 1 - t * t
        dz *= z
        dz += t
        dz += 1
        dz *= 0.5
        dz *= da
        return (dz,)

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
    L = np.mean(np.maximum(z, 0) - z * t + np.log1p(e))

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


def layer_norm(x, gamma, beta, *, eps=1e-5):
    r"""Features at mean 0 and variance 1, then scaled and shifted.

    .. math:: y = \hat x \odot \gamma + \beta, \qquad
              \hat x = \frac{x - \mu}{\sigma}, \qquad
              \sigma = \sqrt{\text{var} + \epsilon}

    .. math:: d\beta = \sum_{\text{rows}} dy, \quad
              d\gamma = \sum_{\text{rows}} dy \odot \hat x, \quad
              d\hat x = dy \odot \gamma, \quad
              dx = \frac1\sigma \Big(d\hat x - \overline{d\hat x}
              - \hat x \odot \overline{d\hat x \odot \hat x}\Big)

    The bar is the mean over the D features.

    x, y : (..., D), gamma, beta : (D,)

    Chapter: 25.
    """
    rows, D = _rows(x), x.shape[-1]
    share = np.full((D, 1), 1 / D, x.dtype)  # a mean as a product is much faster
    x_hat = rows - rows @ share
    var = np.einsum("nd,nd->n", x_hat, x_hat)[:, None] / D
    slope = 1 / np.sqrt(var + eps)
    x_hat *= slope
    y = x_hat * gamma
    y += beta

    def backprop(dy):
        dy = _rows(dy)
        dx = dy * gamma
        along = np.einsum("nd,nd->n", dx, x_hat)[:, None] / D
        dx -= dx @ share
        dx -= x_hat * along
        dx *= slope
        dgamma = np.einsum("nd,nd->d", dy, x_hat)
        return dx.reshape(x.shape), dgamma, dy.sum(axis=0)

    return y.reshape(x.shape), backprop


def _rows(x):
    """All axes but the last as rows."""
    return x.reshape(math.prod(x.shape[:-1]), x.shape[-1])
