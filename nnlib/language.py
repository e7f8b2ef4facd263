r"""Language models: tokens to vectors, scores to the next token, and how surprised.

A token is a whole number 0 ... V - 1, its place in the vocabulary.
"""

import math
from collections import Counter
from dataclasses import dataclass
from numbers import Integral

import numpy as np

from nnlib import closed_form_recurrent, ops
from nnlib.functional import checked, softmax
from nnlib.initializers import normal
from nnlib.layers import check_names
from nnlib.sequences import check_tokens
from nnlib.shapes import check_shape, element, show
from nnlib.tape import composite

STANDARD_NORMAL = normal(1.0)


def _check_embedding(E, ids):
    V = check_shape("embedding: E", E, "V D")["V"]
    check_tokens("embedding", ids, V)


@checked(_check_embedding)
@composite(closed_form_recurrent.embedding)
def embedding(E, ids):
    r"""A vector for each token: row ``ids`` of E, the same as a one-hot row times E.

    .. math:: x_{nt} = E_{\text{ids}_{nt}} = \operatorname{onehot}(\text{ids}_{nt})\, E

    E : (V, D), a row for each token. ids : any shape, such as (N, T). x : that shape
    with D as one axis more, (N, T, D).

    Raises
    ------
    ValueError
        If a token is outside the vocabulary: ``embedding: ids[0, 2] is 12, outside the
        vocabulary of 10 tokens 0 ... 9``.

    Reference: Bengio et al. (2003). Chapter: 19.
    """
    return ops.take(E, ids)


@dataclass(frozen=True, eq=False)
class Embedding:
    r""":func:`embedding` as a layer. E : (V, D).

    Raises
    ------
    ValueError
        On a call, if a token is outside the vocabulary.

    Chapter: 19.
    """

    E: np.ndarray

    @classmethod
    def init(cls, vocabulary, d, *, rng, weights=STANDARD_NORMAL):
        """Draw ``weights((vocabulary, d), rng=rng)``."""
        return cls(weights((vocabulary, d), rng=rng))

    def __call__(self, ids):
        return embedding(self.E, ids)

    def parameters(self):
        return {"E": self.E}

    def with_parameters(self, values):
        check_names("Embedding", self.parameters(), values)
        return Embedding(**values)

    def __repr__(self):
        V, D = np.shape(self.E)
        return f"Embedding({V}, {D})"


def perplexity(losses):
    r"""How many equally likely tokens would surprise as much.

    .. math:: \exp\Big(\frac1T \sum_{t=1}^T L_t\Big), \qquad
              L_t = -\log P(y_t \mid y_1 \dots y_{t-1})

    losses : the cross-entropies :math:`L_t`, any shape, or their mean.

    Raises
    ------
    ValueError
        If there are no losses.

    Reference: Jelinek et al. (1977). Chapter: 19.
    """
    if not np.size(losses):
        raise ValueError("perplexity: there are no losses")
    return float(np.exp(np.mean(losses)))


def bleu(candidate, reference, *, n=4):
    r"""How much of a translation stands in a reference, by words, pairs, ... n-grams.

    .. math:: \operatorname{BLEU} = \min\big(1, e^{1 - r/c}\big)
              \Big(\prod_{k=1}^{n} p_k\Big)^{1/n}

    candidate, reference : lists of words, of lengths c and r. :math:`p_k` : the share
    of the candidate's k-grams that the reference has too, each counted at most as often
    as it stands there. A short candidate is punished by the first factor.

    Raises
    ------
    ValueError
        If the candidate has fewer than n words: it has no n-gram.

    Reference: Papineni, Roukos, Ward and Zhu (2002). Chapter: 24.
    """
    c, r = len(candidate), len(reference)
    if not 1 <= n <= c:
        raise ValueError(f"bleu: the candidate has {c} words, which is no {n}-gram")
    shares = [_share(candidate, reference, k) for k in range(1, n + 1)]
    return min(1.0, math.exp(1 - r / c)) * math.prod(shares) ** (1 / n)


def _share(candidate, reference, k):
    """The share of k-grams of a candidate that are in the reference, clipped."""
    found, allowed = (
        Counter(zip(*(words[i:] for i in range(k)), strict=False))
        for words in (candidate, reference)
    )
    return (found & allowed).total() / found.total()


def next_token_probabilities(z, *, temperature=1.0, top_k=None):
    r"""The distribution that :func:`sample` draws the next token from.

    .. math:: p_v = \frac{e^{z_v/\tau}}{\sum_u e^{z_u/\tau}}

    z : logits (..., V). temperature : :math:`\tau`; below 1 the likely tokens become
    more likely. top_k : how many of the largest logits stay, the others get 0; of
    equal ones the first stays. None for all.

    Raises
    ------
    ValueError
        If the temperature is not above 0 and finite, top_k is not a whole number
        between 1 and V, there are no tokens, or a row holds nan or inf, or nothing but
        -inf.

    Reference: Ackley, Hinton and Sejnowski (1985); Fan, Lewis and Dauphin (2018).
    Chapter: 19.
    """
    z = np.asarray(z) * 1.0  # whole numbers could not hold -inf
    _check_logits(z)
    _check_choice(temperature, top_k, z)
    if top_k is not None:
        order = np.argsort(-z, axis=-1, kind="stable")
        np.put_along_axis(z, order[..., top_k:], -np.inf, axis=-1)
    with np.errstate(over="ignore"):  # however cold it is, the best stays at 0
        return softmax((z - z.max(axis=-1, keepdims=True)) / temperature)


def _check_logits(z):
    if not z.shape or not z.shape[-1]:
        found = f"z has shape {show(z.shape)}"
        raise ValueError(f"next_token_probabilities: there are no tokens, {found}")
    wrong = np.argwhere(~np.isfinite(z.max(axis=-1)))
    if len(wrong):
        found = f"{element('z', wrong[0])} holds nan or inf, or nothing but -inf"
        raise ValueError(f"next_token_probabilities: {found}")


def _check_choice(temperature, top_k, z):
    V = z.shape[-1]
    numbers = np.finfo(z.dtype)
    if not numbers.tiny <= temperature <= numbers.max:
        found = f"temperature is {temperature}"
        needs = f"but must be above 0 and finite in {z.dtype}"
        raise ValueError(f"next_token_probabilities: {found}, {needs}")
    whole = isinstance(top_k, Integral) and 1 <= top_k <= V
    if top_k is not None and not whole:
        found = f"top_k is {top_k}, not a whole number between 1 and {V}"
        raise ValueError(f"next_token_probabilities: {found}")


def sample(z, *, rng, temperature=1.0, top_k=None):
    r"""Draw the next token of each row.

    .. math:: P(\text{token} = v) = p_v

    z : logits (N, V). Result: tokens (N,). temperature, top_k : those of
    :func:`next_token_probabilities`.

    Raises
    ------
    ValueError
        As :func:`next_token_probabilities`, and if z is not (N, V).

    Chapter: 19.
    """
    check_shape("sample: z", z, "N V")
    p = next_token_probabilities(z, temperature=temperature, top_k=top_k)
    cumulative = np.cumsum(p, axis=1)
    u = rng.random((len(p), 1)) * cumulative[:, -1:]  # rounding leaves it short of 1
    return np.sum(cumulative <= u, axis=1)
