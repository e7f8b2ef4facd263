"""Masks of attention, and the sentences about what does not fit.

A mask is 1 where a query may look at a key and 0 where it may not, as everywhere in the
book 1 is what counts. It has the axes of the scores, queries by keys, or fewer that
broadcast to them. Masks combine by a product: ``causal_mask(T) * padding_mask(...)``.
"""

import numpy as np

from nnlib.shapes import (
    check_shape,
    check_zeros_and_ones,
    element,
    numbers_of,
    show,
)


def causal_mask(T, *, past=0):
    r"""Each step sees itself and what came before.

    .. math:: M_{ti} = [\,i \le t\,]

    T : the queries. past : the keys before the first of them, as a cache holds them.
    Result: (T, past + T).

    Reference: Vaswani et al. (2017). Chapter: 23.
    """
    return np.tril(np.ones((T, past + T)), k=past)


def padding_mask(lengths, S):
    r"""Every query sees the tokens of a sequence, not what fills it up to length S.

    .. math:: M_{n1i} = [\,i < \text{length}_n\,]

    lengths : (N,). Result: (N, 1, S), the same for every query.

    Raises
    ------
    ValueError
        If a length is not a whole number between 1 and S.

    Chapter: 24.
    """
    check_shape("padding_mask: lengths", lengths, "N")
    lengths = np.asarray(lengths)
    outside = (lengths < 1) | (lengths > S)
    wrong = np.flatnonzero(outside | (lengths != np.floor(lengths)))
    if len(wrong):
        n = wrong[0]
        found = f"lengths[{n}] is {lengths[n]}"
        raise ValueError(f"padding_mask: {found}, not a whole number between 1 and {S}")
    return (np.arange(S) < lengths[:, None])[:, None] * 1.0


def check_attention(caller):
    """Make the check of attention by dot products: its inputs, its mask, its heads."""
    check_two = check_scores(caller)

    def check(Q, K, V, mask=None, *, heads=1):
        check_two(Q, K)
        Q, K, V = map(np.shape, (Q, K, V))
        if len(V) < 2 or K[:-1] != V[:-1]:
            found = f"V has shape {show(V)}"
            keys = f"K has shape {show(K)}: one value for each key"
            raise ValueError(f"{caller}: {found}, but {keys}")
        check_mask(caller, mask, (*Q[:-1], K[-2]))
        check_heads(caller, heads, ("Q", Q), ("V", V))

    return check


def check_scores(caller):
    """Make the check of queries and keys that meet in dot products."""

    def check(Q, K):
        Q, K = map(np.shape, (Q, K))
        shapes = f"Q and K have shapes {show(Q)} and {show(K)}"
        if min(len(Q), len(K)) < 2:
            raise ValueError(f"{caller}: {shapes}, not (..., T, d) and (..., S, d)")
        if Q[-1] != K[-1]:
            found = f"Q has d = {Q[-1]}, shape {show(Q)}"
            raise ValueError(f"{caller}: {found}, but K has {K[-1]}, shape {show(K)}")
        if not Q[-1]:
            raise ValueError(f"{caller}: {shapes}, with d = 0 there is no product")
        if Q[:-2] != K[:-2]:
            raise ValueError(f"{caller}: {shapes}, which differ before (T, d)")
        if not K[-2]:
            raise ValueError(f"{caller}: there are no keys, K has shape {show(K)}")

    return check


def check_weights(S, mask=None):
    """Check that scores (..., T, S), and a mask or None, leave each query a key."""
    S = numbers_of(S)
    if not S.ndim or not S.shape[-1]:
        found = f"S has shape {show(S.shape)}"
        raise ValueError(f"attention_weights: there are no keys, {found}")
    check_mask("attention_weights", mask, S.shape)
    first = _shown(S, mask, 0)  # a query that sees no key does not see this one
    if first.min(initial=0) == -np.inf:
        hidden = _shown(S, mask, slice(None)) == -np.inf
        why = "-inf" if mask is None else "-inf where the mask is 1"
        _check_seen("attention_weights", "S", hidden, why)


def _shown(S, mask, keys):
    """The scores of some keys, -inf where a query may not look."""
    S = S[..., keys]
    return S if mask is None else np.where(numbers_of(mask)[..., keys], S, -np.inf)


def check_mask(caller, mask, scores):
    """Check that a mask fits the scores (..., T, S), and leaves each query a key."""
    if mask is None:
        return
    mask = numbers_of(mask)
    if not _fits(mask.shape, scores):
        found = f"mask has shape {show(mask.shape)}"
        raise ValueError(f"{caller}: {found}, but the scores have {show(scores)}")
    check_zeros_and_ones(caller, mask)
    _check_seen(caller, "mask", mask == 0, "0")


def _check_seen(caller, name, hidden, why):
    """Check that of each query at least one key is not hidden."""
    blind = np.argwhere(hidden.all(axis=-1))
    if len(blind):
        place = element(name, blind[0])
        raise ValueError(f"{caller}: {place} is all {why}: a query may look at no key")


def _fits(mask, scores):
    tail = scores[len(scores) - len(mask) :]
    return 0 < len(mask) <= len(scores) and all(
        m in (1, s) for m, s in zip(mask, tail, strict=True)
    )


def check_heads(caller, heads, *arrays):
    """Check that the columns of each array can be shared out among the heads."""
    for name, shape in arrays:
        if heads < 1 or shape[-1] % heads:
            found = f"{name} has d = {shape[-1]}, shape {show(shape)}"
            raise ValueError(f"{caller}: {found}, which {heads} heads cannot share")
