r"""Attention as derived on paper, in the form of ``closed_form.py``.

Leading axes (...) are batches, such as examples or heads. A mask is 1 where a query may
look at a key, 0 where not; it is no number to differentiate by.
"""

import math

import numpy as np


def scaled_dot_product_attention(Q, K, V, mask=None):
    r"""Every query takes an average of the values, weighted by how well its key fits.

    .. math:: S = \frac{Q K^\top}{\sqrt d}, \quad
              A = \operatorname{softmax}(S + \log M), \quad O = A V

    .. math:: dV = A^\top dO, \quad dA = dO\,V^\top, \quad
              dS = A \odot (dA - r), \quad
              r = \operatorname{rowsum}(dA \odot A) = \operatorname{rowsum}(dO \odot O)

    .. math:: dQ = \frac{dS\,K}{\sqrt d}, \qquad dK = \frac{dS^\top Q}{\sqrt d}

    Q : (..., T, d), K : (..., S, d), V : (..., S, d_v), mask : broadcasts to
    (..., T, S), O : (..., T, d_v)

    Chapter: 23.
    """
    Q = Q * (1 / math.sqrt(Q.shape[-1]))
    A = _softmax(Q @ _turned(K), mask)
    O = A @ V

    def backprop(dO):
        dS = dO @ _turned(V)
        dS -= _row_sums(dO, O)
        dS *= A
        dQ = dS @ K
        dQ *= 1 / math.sqrt(Q.shape[-1])
        return _all(dQ, _turned(dS) @ Q, _turned(A) @ dO, mask=mask)

    return O, backprop


def multi_head_attention(Q, K, V, mask=None, *, heads):
    r"""Heads that attend side by side, each to its own columns of Q, K and V.

    .. math:: O = [O_1 \dots O_H], \qquad
              O_k = \operatorname{attention}(Q_k, K_k, V_k), \qquad
              dO = [dO_1 \dots dO_H]

    Q : (..., T, d), K : (..., S, d), V : (..., S, d_v), d and d_v multiples of
    ``heads``, mask : broadcasts to (..., T, S), the same for every head

    Chapter: 25.
    """
    inputs = [_split(x, heads) for x in (Q, K, V)]
    own = mask if mask is None or mask.ndim < 3 else np.expand_dims(mask, -3)
    O, back = scaled_dot_product_attention(*inputs, *(() if mask is None else (own,)))

    def backprop(dO):
        dQ, dK, dV, *_ = back(_split(dO, heads))
        return _all(_joined(dQ), _joined(dK), _joined(dV), mask=mask)

    return _joined(O), backprop


def _softmax(S, mask):
    """Along the last axis, in place."""
    if mask is not None:
        with np.errstate(divide="ignore"):
            S += np.log(mask.astype(S.dtype))
    S -= S.max(axis=-1, keepdims=True)
    np.exp(S, out=S)
    S /= S @ np.ones((S.shape[-1], 1), S.dtype)  # a sum as a product is faster
    return S


def _row_sums(a, b):
    return np.einsum("...d,...d->...", a, b)[..., None]


def _turned(x):
    return x.swapaxes(-1, -2)


def _split(x, heads):
    """(..., T, d) as (..., H, T, d / H), a view."""
    *batch, T, d = x.shape
    return x.reshape(*batch, T, heads, d // heads).swapaxes(-2, -3)


def _joined(x):
    """The inverse of _split, a copy."""
    *batch, H, T, d = x.shape
    return x.swapaxes(-2, -3).reshape(*batch, T, H * d)


def _all(*grads, mask):
    """One gradient for each argument: None for a mask."""
    return grads if mask is None else (*grads, None)
