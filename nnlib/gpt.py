r"""A decoder-only language model: the next token from all tokens before it."""

import math
from dataclasses import dataclass

import numpy as np

from nnlib import ops
from nnlib.functional import gelu_tanh
from nnlib.initializers import normal
from nnlib.language import Embedding, sample
from nnlib.layers import Assembly, LayerNorm, Sequential
from nnlib.losses import cross_entropy
from nnlib.names import called
from nnlib.shapes import show
from nnlib.tape import scope
from nnlib.transformer import EncoderBlock

GPT2_WEIGHTS = normal(0.02)


@dataclass(frozen=True, eq=False, repr=False)
class GPT(Assembly):
    r"""Embeddings of tokens and positions, pre-norm blocks, a last layer norm, logits.

    .. math:: X = E_{\text{ids}} + P_{1 \dots T}, \qquad
              X \leftarrow \operatorname{block}_l(X), \qquad
              z = \operatorname{LN}(X)\, E^\top

    ids : (T,) or (N, T), whole numbers 0 ... V - 1. z : (..., T, V), at each step the
    logits of the next token. The same E (V, D) reads tokens and writes them.

    tokens, positions : embeddings E (V, D) and P (context, D). blocks : a Sequential of
    :class:`EncoderBlock`, which attend under a causal mask. norm : the last layer norm.

    Raises
    ------
    ValueError
        On a call, if there are no blocks, a token is outside the vocabulary, or the
        sequence is longer than the positions: ``GPT: 9 tokens, but there are positions
        for 8``.

    Reference: Radford et al. (2019), Language Models are Unsupervised Multitask
    Learners. Chapter: 25.
    """

    tokens: Embedding
    positions: Embedding
    blocks: Sequential
    norm: LayerNorm

    @classmethod
    def init(cls, vocabulary, context, d, heads, blocks, *, rng, weights=GPT2_WEIGHTS):
        """Draw all matrices with ``weights``; a feed-forward network is 4 d wide."""
        options = {"rng": rng, "weights": weights}
        tables = [Embedding.init(n, d, **options) for n in (vocabulary, context)]
        options |= {"pre_norm": True, "activation": gelu_tanh}
        parts = [EncoderBlock.init(d, heads, 4 * d, **options) for _ in range(blocks)]
        return cls(*tables, Sequential(*parts), LayerNorm.init(d))

    context = property(lambda self: np.shape(self.positions.E)[0])

    def __call__(self, ids):
        return self.extend(ids)[0]

    def extend(self, ids, cache=None):
        r"""The logits of new tokens after those of a cache, and the cache with both.

        Keys and values of a token depend on no later one, so what is in the cache stays
        right. ids : (T,) or (N, T). cache : what an earlier call returned, one pair K,
        V for each block. Result: z of the new tokens, equal to the last T rows of a
        call with all tokens, and the new cache.
        """
        if not self.blocks.layers:
            raise ValueError("GPT: there are no blocks")
        cache = cache or [None] * len(self.blocks.layers)
        X, new = self._embed(ids, past=_length(cache)), []
        for l, (block, past) in enumerate(zip(self.blocks.layers, cache, strict=True)):
            with scope(f"block {l + 1}"):
                X, pair = block.extend(X, past)
            new.append(pair)
        return self._logits(X), new

    def _embed(self, ids, past):
        if 0 in np.shape(ids)[-1:] or not np.shape(ids):
            found = f"ids has shape {show(np.shape(ids))}"
            raise ValueError(f"GPT: there are no tokens, {found}")
        T = np.shape(ids)[-1]
        if past + T > self.context:
            after = f" after {past} in the cache" if past else ""
            room = f"there are positions for {self.context}"
            raise ValueError(f"GPT: {T} tokens{after}, but {room}")
        with scope("tokens"):
            E = self.tokens(ids)
        with scope("positions"):
            P = self.positions(np.arange(past, past + T))
            return called("X", E + P)

    def _logits(self, X):
        with scope("layer norm"):
            N = called("N", self.norm(X))
        with scope("logits"):
            V, D = np.shape(self.tokens.E)
            *batch, T = np.shape(X)[:-1]
            rows = ops.reshape(N, shape=(math.prod(batch) * T, D))
            z = rows @ ops.transpose(self.tokens.E, axes=(1, 0))
            return called("z", ops.reshape(z, shape=(*batch, T, V)))

    def multiply_adds(self, new, past=0):
        r"""Products that ``extend`` adds up for ``new`` tokens after ``past`` others.

        .. math:: \text{new} \cdot \big(L\,(12 D^2 + 2\, D\,(\text{past} + \text{new}))
                  + V D\big)

        L : blocks, each with :math:`4 D^2` for the projections, :math:`8 D^2` for the
        feed-forward network, and :math:`2 D` for the score and the share of each key.
        """
        (V, D), L = np.shape(self.tokens.E), len(self.blocks.layers)
        return new * (L * (12 * D**2 + 2 * D * (past + new)) + V * D)

    def __repr__(self):
        (V, D), L = np.shape(self.tokens.E), len(self.blocks.layers)
        return f"GPT({V}, context={self.context}, d={D}, blocks={L})"


def _length(cache):
    """How many tokens are in a cache."""
    return 0 if cache[0] is None else np.shape(cache[0][0])[-2]


def next_token_loss(z, t):
    r"""Cross-entropy of the next token, averaged over all steps of all sequences.

    .. math:: L = -\frac{1}{N T} \sum_{n,t} \log \operatorname{softmax}(z_{nt})_{t_{nt}}

    z : logits (..., T, V). t : the tokens that follow, (..., T).

    Raises
    ------
    ValueError
        If the shapes do not fit, or a token is outside the vocabulary.

    Chapter: 19, 24, 25.
    """
    if np.shape(z)[:-1] != np.shape(t):
        found = f"z has shape {show(np.shape(z))}"
        raise ValueError(f"next_token_loss: {found}, but t has {show(np.shape(t))}")
    rows, V = math.prod(np.shape(t)), np.shape(z)[-1]
    return cross_entropy(ops.reshape(z, shape=(rows, V)), ops.reshape(t, shape=(rows,)))


def generate(model, ids, *, steps, rng, temperature=1.0, top_k=None, cached=True):
    r"""Draw one token after another, each from all before it.

    .. math:: t_{T+1} \sim \operatorname{softmax}(z_T / \tau)

    model : a GPT. ids : the tokens to begin with, (N, T). temperature, top_k : those of
    :func:`nnlib.language.sample`. cached : keep keys and values, which gives the same
    numbers for less work. Beyond the context the window slides: every token then has
    another position, and nothing of a cache can be used.

    Result: (N, T + steps).

    Raises
    ------
    ValueError
        If there is no token to begin with, or one is outside the vocabulary.

    Reference: Shazeer (2019) for the cache. Chapter: 25.
    """
    ids, cache, done = np.asarray(ids), None, 0
    if np.ndim(ids) != 2 or 0 in ids.shape:
        raise ValueError(f"generate: ids has shape {show(ids.shape)}, not (N, T)")
    for _ in range(steps):
        if cached and ids.shape[1] <= model.context:
            z, cache = model.extend(ids[:, done:], cache)
            done = ids.shape[1]
        else:
            z = model(ids[:, -model.context :])
        token = sample(z[:, -1], rng=rng, temperature=temperature, top_k=top_k)
        ids = np.concatenate([ids, token[:, None]], axis=1)
    return ids
