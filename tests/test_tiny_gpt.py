"""The committed weights of the tiny GPT: what they are, and what they can do."""

import json

import numpy as np
import pytest
import train_tiny_gpt as tiny

from nnlib import Tape, Trace
from nnlib.attention_layers import attention_maps
from nnlib.gpt import generate

TEXT, VOCABULARY, IDS = tiny.poem()


def stored():
    model = tiny.network(VOCABULARY, rng=np.random.default_rng(0))
    with np.load(tiny.FILE, allow_pickle=False) as file:
        return model.with_parameters(dict(file))


def test_the_poem():
    assert len(VOCABULARY) == 25 and TEXT.startswith("tyger tyger burning bright\n")
    assert "".join(VOCABULARY[i] for i in IDS) == TEXT
    X, t = tiny.windows(IDS)
    assert X.shape == t.shape == (len(IDS) - 24, 24)
    np.testing.assert_array_equal(X[1:], t[:-1])


def test_the_weights_are_short_numbers():
    for name, w in stored().parameters().items():
        np.testing.assert_array_equal(w, w.round(3), err_msg=name)


def test_it_knows_the_poem():
    X, t = tiny.windows(IDS)
    z = stored()(X)
    assert np.mean(np.argmax(z[:, 12:], axis=2) == t[:, 12:]) > 0.98


@pytest.mark.parametrize("cached", [True, False])
def test_it_writes_the_poem(cached):
    rng = np.random.default_rng(0)
    ids = generate(stored(), IDS[None, :12], steps=40, rng=rng, top_k=1, cached=cached)
    assert "".join(VOCABULARY[i] for i in ids[0]) == TEXT[:52]


def test_a_page_can_hold_it():
    """The whole context, forward: below 120 kB of JSON."""
    model, tape = stored(), Tape()
    w = tape.inputs(model.parameters())
    z = model.with_parameters(w)(tape.input("ids", IDS[:24]))
    trace = Trace.from_tape(tape, title="tiny GPT")
    assert len(json.dumps(trace.to_json())) < 120_000
    other = IDS[100:124]
    np.testing.assert_allclose(trace.replay({"ids": other})[z.name], model(other))


def test_a_head_looks_somewhere():
    """It has learned where to look: hardly any row is near equal weights."""
    A = np.array(attention_maps(stored(), IDS[:24]))
    assert A.shape == (2, 24, 24)
    assert np.mean(A[:, 12:].max(axis=2)) > 0.3
