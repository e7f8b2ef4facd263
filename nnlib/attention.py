r"""Attention: an average of values, weighted by how well each key fits a query.

Always in three steps: scores S, queries by keys (:mod:`nnlib.scores`); weights
:math:`A = \operatorname{softmax}(S)`, whose rows add up to 1; outputs :math:`O = A V`.

Leading axes (...) are batches. T counts queries, S keys and values. A mask is 1 where a
query may look at a key and 0 where not; see :mod:`nnlib.masks`.
"""

import numpy as np

from nnlib import closed_form_attention, ops
from nnlib.functional import checked, softmax
from nnlib.masks import check_attention, check_mask, check_weights
from nnlib.names import called
from nnlib.scores import gaussian_scores, scaled_dot_scores
from nnlib.shapes import check_shape
from nnlib.tape import Tensor, composite, scope


@checked(check_weights)
def attention_weights(S, mask=None):
    r"""Scores to weights: those of a query add up to 1, and are 0 where the mask is 0.

    .. math:: A = \operatorname{softmax}(S + \log M), \qquad
              A_{ti} = \frac{M_{ti}\, e^{S_{ti}}}{\sum_j M_{tj}\, e^{S_{tj}}}

    S : (..., T, S). mask : M, which broadcasts to the shape of S. :math:`\log M` is 0
    where a query may look and :math:`-\infty` where not. A : the shape of S.

    Raises
    ------
    ValueError
        If there are no keys; if the mask does not fit or holds anything but 0 and 1; if
        the mask or scores of :math:`-\infty` leave a query no key:
        ``attention_weights: mask[2] is all 0: a query may look at no key``.

    Reference: Bahdanau, Cho and Bengio (2015). Chapter: 23.
    """
    if mask is not None:
        with scope("mask"), np.errstate(divide="ignore"):
            S = called("Z", S + ops.log(as_constant(mask, S)))
    with scope("softmax"):
        return called("A", softmax(S))


def as_constant(mask, S):
    """A mask in the precision of the scores; where these are recorded, with a name."""
    if type(mask) is Tensor:
        return mask
    mask = np.asarray(mask, dtype=S.dtype)
    return called("M", S.tape.lift((S, mask))[1]) if type(S) is Tensor else mask


def _check_pairs(x, X, y, w, mask=None):
    S = check_shape("nadaraya_watson: X", X, "S")["S"]
    check_shape("nadaraya_watson: y", y, "S", S=S)
    T = check_shape("nadaraya_watson: x", x, "T")["T"]
    check_mask("nadaraya_watson", mask, (T, S))


@checked(_check_pairs)
def nadaraya_watson(x, X, y, w, mask=None):
    r"""Kernel regression: an average of the targets, the near ones weighing more.

    .. math:: f(x) = \sum_i \frac{K(x - x_i)}{\sum_j K(x - x_j)}\, y_i
                   = \sum_i \operatorname{softmax}_i
                     \Big(-\tfrac12 \big((x - x_i)\, w\big)^2\Big)\, y_i

    x : queries, (T,). X, y : keys :math:`x_i` and values :math:`y_i`, (S,). w : one
    number; the kernel is a Gaussian of width 1 / w. mask : (T, S); with
    ``1 - np.eye(S)`` each example is predicted from the others. f : (T,).

    Raises
    ------
    ValueError
        If the shapes do not fit; or as :func:`attention_weights`.

    Reference: Nadaraya (1964); Watson (1964). Chapter: 23.
    """
    A = attention_weights(gaussian_scores(x, X, w), mask)
    with scope("output"):
        f = A @ ops.reshape(y, shape=(np.shape(X)[0], 1))
        return ops.reshape(f, shape=np.shape(x))


@checked(check_attention("scaled_dot_product_attention"))
@composite(closed_form_attention.scaled_dot_product_attention)
def scaled_dot_product_attention(Q, K, V, mask=None):
    r"""Attention by scaled dot products.

    .. math:: O = \operatorname{softmax}\Big(\frac{Q K^\top}{\sqrt d} + \log M\Big) V

    Q : (..., T, d). K : (..., S, d). V : (..., S, d_v). mask : M, 1 where a query may
    look at a key and 0 where not, broadcasts to (..., T, S). O : (..., T, d_v).

    Raises
    ------
    ValueError
        If the shapes do not fit: ``scaled_dot_product_attention: Q has d = 3, shape
        (2, 3), but K has 4, shape (5, 4)``; or as :func:`attention_weights`.

    Reference: Vaswani et al. (2017). Chapter: 23.
    """
    A = attention_weights(scaled_dot_scores(Q, K), mask)
    with scope("output"):
        return called("O", A @ V)


@checked(check_attention("multi_head_attention"))
@composite(closed_form_attention.multi_head_attention)
def multi_head_attention(Q, K, V, mask=None, *, heads):
    r"""Heads side by side, each attending with its own columns of Q, K and V.

    .. math:: O = [O_1 \dots O_H], \qquad
              O_k = \operatorname{softmax}\Big(\frac{Q_k K_k^\top}{\sqrt{d/H}}
              + \log M\Big) V_k

    Q : (..., T, d). K : (..., S, d). V : (..., S, d_v). heads : H, which divides d and
    d_v; :math:`Q_k` has d / H columns. mask : as for one head, the same for all.
    O : (..., T, d_v).

    Raises
    ------
    ValueError
        As :func:`scaled_dot_product_attention`, or if the columns cannot be shared out:
        ``multi_head_attention: Q has d = 6, shape (2, 6), which 4 heads cannot share``.

    Reference: Vaswani et al. (2017). Chapter: 25.
    """
    if mask is not None:
        mask = as_constant(mask, Q)
    outputs = []
    for k in range(heads):
        with scope(f"head {k + 1}"):
            parts = {"Q": Q, "K": K, "V": V}.items()
            own = (called(n, head_of(x, k, heads)) for n, x in parts)
            outputs.append(scaled_dot_product_attention(*own, mask))
    with scope("concat"):
        return called("O", ops.concat(*outputs, axis=np.ndim(Q) - 1))


def head_of(x, k, heads):
    """The columns that belong to head k, counted from 0."""
    d = x.shape[-1] // heads
    return ops.narrow(x, axis=np.ndim(x) - 1, start=k * d, length=d)
