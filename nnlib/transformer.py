r"""The Transformer: positions, and blocks of attention and a feed-forward network.

A block adds what each of its parts finds to the residual stream X. Layer norm stands
either after the sum (post-norm, as in the paper) or before the part (pre-norm, as in
GPT-2), where the stream itself is never rescaled:

.. math:: X \leftarrow \operatorname{LN}(X + F(X)) \quad\text{(post)}, \qquad
          X \leftarrow X + F(\operatorname{LN}(X)) \quad\text{(pre)}
"""

from dataclasses import dataclass

import numpy as np

from nnlib.attention_layers import MultiHeadAttention
from nnlib.functional import relu
from nnlib.initializers import xavier_normal
from nnlib.layers import Assembly, LayerNorm, Sequential, mlp
from nnlib.masks import causal_mask
from nnlib.names import called
from nnlib.tape import scope


def sinusoidal_positions(T, d):
    r"""A vector for each position: sines and cosines, slower from column to column.

    .. math:: PE_{p,2i} = \sin\frac{p}{10000^{2i/d}}, \qquad
              PE_{p,2i+1} = \cos\frac{p}{10000^{2i/d}}

    T : positions p = 0 ... T - 1. d : columns, a sine and a cosine for each frequency.
    Result: (T, d).

    Raises
    ------
    ValueError
        If d is odd.

    Reference: Vaswani et al. (2017). Chapter: 25.
    """
    if d < 2 or d % 2:
        raise ValueError(f"sinusoidal_positions: d is {d}, but needs to be even")
    angles = np.arange(T)[:, None] / 10000 ** (np.arange(0, d, 2) / d)
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(T, d)


class _Block(Assembly):
    """What both blocks share: a part, its sum with the stream, its layer norm."""

    def _add(self, X, number, part, find):
        """X after one part: ``find`` is its function, norm1 ... its layer norm."""
        if self.pre_norm:
            return self._sum(X, number, part, find, self._norm(X, number))
        return self._norm(self._sum(X, number, part, find, X), number)

    def _sum(self, X, number, part, find, seen):
        with scope(part):
            found = find(seen)
        with scope(f"residual {number}"):
            return called("X", X + found)

    def _norm(self, X, number):
        with scope(f"layer norm {number}"):
            return called("N", getattr(self, f"norm{number}")(X))

    def _feed_forward(self, X):
        return called("F", self.feed_forward(X))

    def __repr__(self):
        heads = self.attention.heads
        kind = "pre-norm" if self.pre_norm else "post-norm"
        d = len(self.norm1.gamma)
        return f"{type(self).__name__}({d}, heads={heads}, {kind})"


@dataclass(frozen=True, eq=False, repr=False)
class EncoderBlock(_Block):
    r"""Self-attention, then a feed-forward network at every position.

    .. math:: X \leftarrow \operatorname{LN}_1(X + \operatorname{attention}(X)), \qquad
              X \leftarrow \operatorname{LN}_2(X + \max(0, X W_1 + b_1) W_2 + b_2)

    or, with ``pre_norm``, each layer norm inside its sum. X : (..., T, D). mask :
    (..., T, T), or None; with a causal one this is the block of a GPT.

    ``feed_forward`` is an :func:`nnlib.layers.mlp`; what it does at one position does
    not depend on the others.

    Raises
    ------
    ValueError
        On a call, if X or the mask does not fit.

    Reference: Vaswani et al. (2017); Xiong et al. (2020). Chapter: 25.
    """

    attention: MultiHeadAttention
    norm1: LayerNorm
    feed_forward: Sequential
    norm2: LayerNorm
    pre_norm: bool = False

    @classmethod
    def init(
        cls,
        d,
        heads,
        d_ff,
        *,
        rng,
        pre_norm=False,
        activation=relu,
        weights=xavier_normal,
    ):
        """Draw all matrices with ``weights``; d_ff is the width inside feed_forward."""
        draw = {"rng": rng, "weights": weights}
        attention = MultiHeadAttention.init(d, heads, **draw)
        ff = mlp((d, d_ff, d), activation=activation, **draw)
        return cls(attention, LayerNorm.init(d), ff, LayerNorm.init(d), pre_norm)

    def __call__(self, X, mask=None):
        return self._through(X, lambda N: self.attention(N, mask=mask))

    def extend(self, X, past=None):
        """New steps after those whose keys and values are in ``past``, a pair K, V.

        The result is the pair of X, (..., T, D), and the K, V of all steps; see
        :meth:`MultiHeadAttention.extend`.
        """
        kept = []

        def attend(N):
            found, pair = self.attention.extend(N, past)
            kept.extend(pair)
            return found

        return self._through(X, attend), tuple(kept)

    def _through(self, X, attend):
        X = self._add(X, 1, "attention", attend)
        return self._add(X, 2, "feed-forward", self._feed_forward)


@dataclass(frozen=True, eq=False, repr=False)
class DecoderBlock(_Block):
    r"""Causal self-attention, a look at the encoder, then the feed-forward network.

    .. math:: X \leftarrow \operatorname{LN}_1(X + \operatorname{attention}(X, X)),
              \qquad
              X \leftarrow \operatorname{LN}_2(X + \operatorname{attention}(X, Y)),
              \qquad
              X \leftarrow \operatorname{LN}_3(X + \operatorname{ff}(X))

    or, with ``pre_norm``, each layer norm inside its sum. X : (..., T, D), the target;
    its step t sees steps 1 ... t. Y : (..., S, D), what the encoder gave: queries come
    from X, keys and values from Y. mask : (..., T, S), for a padded source, or None.

    Raises
    ------
    ValueError
        On a call, if X, Y or the mask does not fit.

    Reference: Vaswani et al. (2017). Chapter: 25.
    """

    attention: MultiHeadAttention
    norm1: LayerNorm
    cross_attention: MultiHeadAttention
    norm2: LayerNorm
    feed_forward: Sequential
    norm3: LayerNorm
    pre_norm: bool = False

    @classmethod
    def init(
        cls,
        d,
        heads,
        d_ff,
        *,
        rng,
        pre_norm=False,
        activation=relu,
        weights=xavier_normal,
    ):
        """Draw all matrices with ``weights``; d_ff is the width inside feed_forward."""
        draw = {"rng": rng, "weights": weights}
        both = [MultiHeadAttention.init(d, heads, **draw) for _ in range(2)]
        ff = mlp((d, d_ff, d), activation=activation, **draw)
        norms = [LayerNorm.init(d) for _ in range(3)]
        parts = zip((*both, ff), norms, strict=True)
        return cls(*(layer for part in parts for layer in part), pre_norm)

    def __call__(self, X, Y, mask=None):
        causal = causal_mask(np.shape(X)[-2])
        X = self._add(X, 1, "attention", lambda N: self.attention(N, mask=causal))
        X = self._add(
            X, 2, "cross-attention", lambda N: self.cross_attention(N, Y, mask)
        )
        return self._add(X, 3, "feed-forward", self._feed_forward)
