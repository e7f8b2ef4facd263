r"""Scores: how well each key fits each query. Attention makes weights of them.

Leading axes (...) are batches. T counts queries, S keys.
"""

import math

import numpy as np

from nnlib import ops
from nnlib.functional import checked, tanh
from nnlib.masks import check_scores
from nnlib.names import called
from nnlib.shapes import check_shape, show
from nnlib.tape import scope


@checked(
    lambda x, X, w: (
        check_shape("gaussian_scores: x", x, "T")
        | check_shape("gaussian_scores: X", X, "S")
    )
)
def gaussian_scores(x, X, w):
    r"""How near numbers are: the exponent of a Gaussian, whose factor cancels.

    .. math:: S_{ti} = -\tfrac12 \big((x_t - x_i)\, w\big)^2

    x : queries, (T,). X : keys, (S,). w : one number, the inverse of the width.
    S : (T, S).

    Raises
    ------
    ValueError
        If x or X has not one axis.

    Reference: Nadaraya (1964); Watson (1964). Chapter: 23.
    """
    with scope("scores"):
        u = ops.reshape(x, shape=(np.shape(x)[0], 1)) - X
        return called("S", -0.5 * (u * w) ** 2)


@checked(check_scores("dot_scores"))
def dot_scores(Q, K):
    r"""How well keys fit queries, by the length of one along the other.

    .. math:: S = Q K^\top, \qquad S_{ti} = q_t \cdot k_i

    Q : (..., T, d). K : (..., S, d). S : (..., T, S).

    Raises
    ------
    ValueError
        If q and k are not of one length: ``dot_scores: Q has d = 3, shape (2, 3), but K
        has 4, shape (5, 4)``.

    Reference: Luong, Pham and Manning (2015). Chapter: 23.
    """
    with scope("scores"):
        n = np.ndim(K)
        return Q @ ops.transpose(K, axes=(*range(n - 2), n - 1, n - 2))


@checked(check_scores("scaled_dot_scores"))
def scaled_dot_scores(Q, K):
    r"""Dot products that do not grow with d: their variance is that of one product.

    .. math:: S = \frac{Q K^\top}{\sqrt d}

    Q : (..., T, d). K : (..., S, d). S : (..., T, S).

    Raises
    ------
    ValueError
        As :func:`dot_scores`.

    Reference: Vaswani et al. (2017). Chapter: 23.
    """
    R = called("R", dot_scores(Q, K))
    with scope("scale"):
        return called("S", R / math.sqrt(np.shape(Q)[-1]))


def _check_additive(Q, K, W, U, v):
    d_q = check_shape("additive_scores: Q", Q, "... T d_q")["d_q"]
    d_k = check_shape("additive_scores: K", K, "... S d_k")["d_k"]
    D = check_shape("additive_scores: W", W, "d_q D", d_q=d_q)["D"]
    check_shape("additive_scores: U", U, "d_k D", d_k=d_k, D=D)
    check_shape("additive_scores: v", v, "D", D=D)
    if np.shape(Q)[:-2] != np.shape(K)[:-2]:
        shapes = f"Q and K have shapes {show(np.shape(Q))} and {show(np.shape(K))}"
        raise ValueError(f"additive_scores: {shapes}, which differ before (T, d)")


@checked(_check_additive)
def additive_scores(Q, K, W, U, v):
    r"""A small network that looks at a query and a key of any two lengths.

    .. math:: S_{ti} = v^\top \tanh(q_t W + k_i U)

    Q : (..., T, d_q). K : (..., S, d_k). W : (d_q, D). U : (d_k, D). v : (D,).
    S : (..., T, S).

    Raises
    ------
    ValueError
        If the shapes do not fit.

    Reference: Bahdanau, Cho and Bengio (2015). Chapter: 24.
    """
    with scope("scores"):
        (*batch, T, _), S, D = np.shape(Q), np.shape(K)[-2], np.shape(v)[0]
        q = ops.reshape(_rows(Q) @ W, shape=(*batch, T, 1, D))
        k = ops.reshape(_rows(K) @ U, shape=(*batch, 1, S, D))
        u = called("u", tanh(q + k))
        scores = _rows(u) @ ops.reshape(v, shape=(D, 1))
        return called("S", ops.reshape(scores, shape=(*batch, T, S)))


def _rows(x):
    """All axes but the last as rows: one product instead of one for each example."""
    *batch, D = np.shape(x)
    return ops.reshape(x, shape=(math.prod(batch), D)) if len(batch) > 1 else x
