"""Attention with weights of its own, and a look at where it looks."""

from dataclasses import dataclass, replace

import numpy as np

from nnlib import ops
from nnlib.attention import multi_head_attention
from nnlib.functional import linear
from nnlib.initializers import xavier_normal, zeros
from nnlib.layers import check_names
from nnlib.masks import causal_mask, check_heads
from nnlib.names import called
from nnlib.tape import Tape, scope


@dataclass(frozen=True, eq=False)
class MultiHeadAttention:
    r"""Queries, keys and values by three projections, heads, and a fourth projection.

    .. math:: Q = X W_Q + b_Q, \quad K = Y W_K + b_K, \quad V = Y W_V + b_V, \qquad
              \text{result} = \operatorname{heads}(Q, K, V)\, W_O + b_O

    Y = X is self-attention; with another Y, what the queries look at, it is
    cross-attention. W_Q, W_K, W_V, W_O : (D, D). b_Q, b_K, b_V, b_O : (D,).
    heads : H, which divides D; the number of weights does not depend on it.

    Raises
    ------
    ValueError
        If H does not divide D; on a call, if X, Y or the mask does not fit.

    Reference: Vaswani et al. (2017). Chapter: 25.
    """

    W_Q: np.ndarray
    b_Q: np.ndarray
    W_K: np.ndarray
    b_K: np.ndarray
    W_V: np.ndarray
    b_V: np.ndarray
    W_O: np.ndarray
    b_O: np.ndarray
    heads: int

    @classmethod
    def init(cls, d, heads, *, rng, weights=xavier_normal):
        """Draw four matrices with ``weights((d, d), rng=rng)``; the biases are 0."""
        check_heads("MultiHeadAttention", heads, ("W_Q", (d, d)))
        parts = [(weights((d, d), rng=rng), zeros((d,))) for _ in "QKVO"]
        return cls(*(array for part in parts for array in part), heads)

    def __call__(self, X, Y=None, mask=None):
        r"""X : (..., T, D). Y : (..., S, D), or None for X. mask : (..., T, S)."""
        Q, K, V = self.project(X, X if Y is None else Y)
        return self.attend(Q, K, V, mask)

    def extend(self, X, past=None):
        r"""Self-attention of new steps, whose keys and values join those of the past.

        X : (..., T, D). past : the pair K, V of the steps before, (..., S, D) each, or
        None. Result : what a causal mask over all S + T steps gives for the last T, and
        the pair K, V of all of them.
        """
        Q, K, V = self.project(X, X)
        if past is not None:
            axis = np.ndim(X) - 2
            pairs = zip(past, (K, V), strict=True)
            K, V = (ops.concat(*pair, axis=axis) for pair in pairs)
        T, S = np.shape(Q)[-2], np.shape(K)[-2]
        return self.attend(Q, K, V, causal_mask(T, past=S - T)), (K, V)

    def project(self, X, Y):
        """The queries of X, and the keys and values of Y."""
        with scope("queries"):
            Q = called("Q", linear(X, self.W_Q, self.b_Q))
        with scope("keys"):
            K = called("K", linear(Y, self.W_K, self.b_K))
        with scope("values"):
            V = called("V", linear(Y, self.W_V, self.b_V))
        return Q, K, V

    def attend(self, Q, K, V, mask=None):
        """What the heads find, projected back."""
        O = multi_head_attention(Q, K, V, mask, heads=self.heads)
        with scope("projection"):
            return called("Y", linear(O, self.W_O, self.b_O))

    def parameters(self):
        values = dict(vars(self))
        del values["heads"]
        return values

    def with_parameters(self, values):
        check_names("MultiHeadAttention", self.parameters(), values)
        return replace(self, **values)

    def __repr__(self):
        return f"MultiHeadAttention({len(self.W_Q)}, heads={self.heads})"


def attention_maps(layer, *inputs):
    r"""Where a layer looks: the weights A of every head, in the order of its work.

    .. math:: A = \operatorname{softmax}(S + \log M)

    layer : anything with parameters that attends, such as a GPT. inputs : what it is
    called with. Result: a list of arrays (..., T, S).

    Chapter: 24.
    """
    tape = Tape()
    layer.with_parameters(tape.inputs(layer.parameters()))(*inputs)
    return [s.value for s in tape.steps if s.place.scope[-1:] == ("softmax",)]
