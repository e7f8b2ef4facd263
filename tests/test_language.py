"""Tokens in and out: embedding, perplexity and sampling."""

# One row, one sentence, however long.
# ruff: noqa: E501

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_convolution import value_and_gradients

from nnlib.cells import feed_back
from nnlib.functional import linear
from nnlib.language import (
    Embedding,
    embedding,
    next_token_probabilities,
    perplexity,
    sample,
)
from nnlib.layers import Linear, Sequential
from nnlib.losses import cross_entropy
from nnlib.optimizers import Adam
from nnlib.recurrent_layers import GRU
from nnlib.training import fit

FILE = Path(__file__).parent / "golden" / "recurrent.json"
GOLDEN = json.loads(FILE.read_text())["language_model"]
BPTT = json.loads(FILE.read_text())["rnn_bptt"]
LOGITS = np.array([2.0, 1.0, 0.5, 0.0])


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("fused", [False, True])
def test_an_embedding_is_a_one_hot_product(fused):
    E, ids = rng().normal(size=(5, 3)), np.array([[0, 4, 4], [2, 4, 0]])
    onehot = np.eye(5)[ids]
    dy = rng(1).normal(size=(2, 3, 3))
    y, (dE,) = value_and_gradients(lambda E: embedding(E, ids), E, dy=dy, fused=fused)
    np.testing.assert_array_equal(y, onehot @ E)
    np.testing.assert_allclose(dE, np.einsum("ntv,ntd->vd", onehot, dy), atol=1e-14)


def test_golden_one_hot():
    vocabulary = GOLDEN["char_vocab"]
    rows = embedding(np.eye(5), np.arange(5))
    assert {c: rows[i].tolist() for i, c in enumerate(vocabulary)} == GOLDEN["one_hot"]


def test_golden_perplexity():
    chain = GOLDEN["chain_rule"]
    losses = -np.log(chain["p"])
    np.testing.assert_allclose(losses.sum(), chain["nll"], rtol=1e-12)
    np.testing.assert_allclose(np.exp(-losses.sum()), chain["joint"], rtol=1e-12)
    np.testing.assert_allclose(perplexity(losses), chain["perplexity"], rtol=1e-12)
    np.testing.assert_allclose(
        perplexity(BPTT["losses"]), BPTT["perplexity"], rtol=1e-12
    )
    np.testing.assert_allclose(perplexity(BPTT["mean"]), BPTT["perplexity"], rtol=1e-12)
    uniform = perplexity(GOLDEN["uniform_loss"])
    np.testing.assert_allclose(uniform, GOLDEN["uniform_10000_perplexity"], rtol=1e-10)


@pytest.mark.parametrize("temperature", GOLDEN["temperature"])
def test_golden_temperature(temperature):
    p = next_token_probabilities(LOGITS, temperature=float(temperature))
    np.testing.assert_allclose(p, GOLDEN["temperature"][temperature], rtol=1e-12)


def test_golden_top_k():
    p = next_token_probabilities(LOGITS, top_k=2)
    np.testing.assert_allclose(p, GOLDEN["top_k2"], rtol=1e-12)


@given(st.integers(1, 6), st.integers(0, 99), st.floats(0.2, 5))
def test_top_k_keeps_exactly_k(k, seed, temperature):
    """Also where logits are equal, and where they are whole numbers."""
    z = rng(seed).integers(0, 3, (4, 6))
    p = next_token_probabilities(z, temperature=temperature, top_k=k)
    np.testing.assert_array_equal(np.sum(p > 0, axis=1), k)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    for row, logits in zip(p, z, strict=True):
        assert logits[row > 0].min() >= logits[row == 0].max(initial=0)
    assert z.dtype.kind == "i"


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32, np.float64])
def test_the_coldest_sampling_takes_the_best(dtype):
    z = np.array([[1, 7, 3, 7], [200, 1, 0, 0]], dtype)
    p = next_token_probabilities(z, temperature=2e-38)
    assert p.tolist() == [[0, 0.5, 0, 0.5], [1, 0, 0, 0]]
    assert p.dtype == np.result_type(z * 1.0) and z.dtype == dtype


def test_sampling_follows_the_probabilities():
    z = np.tile(LOGITS, (20_000, 1))
    tokens = sample(z, rng=rng(), temperature=0.5)
    shares = np.bincount(tokens, minlength=4) / len(tokens)
    np.testing.assert_allclose(shares, GOLDEN["temperature"]["0.5"], atol=0.01)
    assert set(sample(z[:500], rng=rng(), top_k=2)) == {0, 1}
    assert set(sample(z[:500], rng=rng(), top_k=1, temperature=9.0)) == {0}
    np.testing.assert_array_equal(tokens, sample(z, rng=rng(), temperature=0.5))


def test_a_token_without_probability_is_never_drawn():
    class Edge:
        def random(self, shape):
            return np.full(shape, self.u)

    generator = Edge()
    for u, token in ((0.0, 1), (1 - 2**-53, 2)):
        generator.u = u
        z = np.array([[-np.inf, 0.0, 0.0, -np.inf]])
        assert sample(z, rng=generator).tolist() == [token]


def test_a_language_model_learns_and_writes():
    """The characters of one word, over and over."""
    vocabulary = "helo "
    ids = np.array([vocabulary.index(c) for c in "hello " * 20])
    windows = np.lib.stride_tricks.sliding_window_view(ids, 8)
    X, t = windows[:, :-1], windows[:, 1:]
    layers = Embedding.init(5, 4, rng=rng()), GRU.init(4, 12, rng=rng(1))
    rows = lambda H: H.reshape(-1, 12) if isinstance(H, np.ndarray) else flat(H)  # noqa: E731
    model = Sequential(*layers, rows, Linear.init(12, 5, rng=rng(2)))
    history = fit(
        model,
        lambda z, t: cross_entropy(z, t.ravel()),
        X,
        t,
        optimizer=Adam(lr=0.02),
        epochs=15,
        batch_size=16,
        rng=rng(3),
        progress=False,
    )
    assert perplexity(history.losses[-1]) < 1.3
    embed, gru, _, head = history.model.layers
    written, _ = feed_back(
        lambda ids, *state: gru.cell(embed(ids), *state),
        lambda h: sample(linear(h, head.W, head.b), rng=rng(), temperature=0.1),
        np.array([0]),
        gru.zero_state(1),
        steps=11,
    )
    assert "".join(vocabulary[i] for (i,) in written) == "ello hello "


def flat(H):
    from nnlib import ops

    return ops.reshape(H, shape=(-1, 12))


def test_names():
    layer = Embedding.init(7, 3, rng=rng())
    assert repr(layer) == "Embedding(7, 3)" and layer.E.shape == (7, 3)
    with pytest.raises(ValueError, match="Embedding: parameter W is unknown"):
        layer.with_parameters({"E": layer.E, "W": 0})


E53 = np.zeros((5, 3))
WRONG = [
    (lambda: embedding(E53, np.array([[0, 1], [5, 2]])), "embedding: ids[1, 0] is 5, outside the vocabulary of 5 tokens 0 ... 4"),
    (lambda: embedding(E53, np.array([0, -1])), "embedding: ids[1] is -1, outside the vocabulary of 5 tokens 0 ... 4"),
    (lambda: embedding(E53, np.array(0.5)), "embedding: ids is 0.5, outside the vocabulary of 5 tokens 0 ... 4"),
    (lambda: embedding(np.zeros(5), np.array([0])), "embedding: E has shape (5,) but needs axes (V, D)"),
    (lambda: perplexity([]), "perplexity: there are no losses"),
    *((lambda tau=tau: next_token_probabilities(LOGITS, temperature=tau), f"next_token_probabilities: temperature is {tau}, but must be above 0 and finite in float64") for tau in (0, -1.0, 1e-310, math.inf, math.nan)),
    (lambda: next_token_probabilities(np.float32(LOGITS), temperature=1e-40), "next_token_probabilities: temperature is 1e-40, but must be above 0 and finite in float32"),
    *((lambda k=k: next_token_probabilities(LOGITS, top_k=k), f"next_token_probabilities: top_k is {k}, not a whole number between 1 and 4") for k in (0, 5, 1.5)),
    (lambda: next_token_probabilities(np.zeros((2, 0))), "next_token_probabilities: there are no tokens, z has shape (2, 0)"),
    (lambda: next_token_probabilities([0, math.nan]), "next_token_probabilities: z holds nan or inf, or nothing but -inf"),
    (lambda: sample(np.array([[0, 1], [0, math.inf]]), rng=rng()), "next_token_probabilities: z[1] holds nan or inf, or nothing but -inf"),
    (lambda: sample(np.full((1, 2), -math.inf), rng=rng()), "next_token_probabilities: z[0] holds nan or inf, or nothing but -inf"),
    (lambda: sample(LOGITS, rng=rng()), "sample: z has shape (4,) but needs axes (N, V)"),
]  # fmt: skip


@pytest.mark.parametrize("call, sentence", WRONG, ids=[s for _, s in WRONG])
def test_sentence(call, sentence):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        call()
