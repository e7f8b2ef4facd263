"""Encoder, decoder and the look between them, against the definition and PyTorch."""

# One row, one sentence, however long.
# ruff: noqa: E501

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from attention_cases import drawn
from test_attention import ALIGNED

from nnlib import Tape, Trace, check_gradient, gradient, ops
from nnlib.attention_layers import attention_maps
from nnlib.gpt import next_token_loss
from nnlib.language import bleu
from nnlib.optimizers import Adam
from nnlib.recurrent_layers import GRU, LSTM, RNN
from nnlib.scores import dot_scores, scaled_dot_scores
from nnlib.seq2seq import AdditiveScores, Seq2Seq, TeacherForcing, translate
from nnlib.training import fit

SCORES = {
    "additive": "additive",
    "dot": dot_scores,
    "scaled dot": scaled_dot_scores,
    "none": None,
}
every_score = pytest.mark.parametrize("score", SCORES)
both_tapes = pytest.mark.parametrize("fused", [False, True])
exact = {"rtol": 1e-11, "atol": 1e-12}


def rng(seed=0):
    return np.random.default_rng(seed)


def model_of(score, layer=GRU, V=6, W=5, d=3, H=4):
    return drawn(
        Seq2Seq.init(V, W, d, H, rng=rng(), score=SCORES[score], layer=layer), rng(1)
    )


def batch(N=3, S=5, T=4):
    """Sources of lengths 5, 2 and 4, targets, and the mask of the sources."""
    x, y = rng(2).integers(1, 6, (N, S)), rng(3).integers(0, 5, (N, T))
    mask = (np.arange(S) < np.array([5, 2, 4])[:N, None]) * 1.0
    return (x * mask).astype(int), y, mask


def by_hand(model, x, y):
    """One example without padding, position by position: logits, weights, contexts."""
    H, h = [], np.zeros((1, 4))
    for token in x:
        (h,) = model.encoder.cell(model.source.E[[token]], h)
        H.append(h[0])
    s, zs, weights = h, [], []
    for token in y:
        a = np.eye(len(H))[-1] if model.score is None else shares(model.score, s[0], H)
        c = sum(a_i * h_i for a_i, h_i in zip(a, H, strict=True))
        step = np.concatenate([model.target.E[token], c])[None]
        (s,) = model.decoder.cell(step, s)
        zs.append(np.concatenate([s[0], c]) @ model.output.W + model.output.b)
        weights.append(a)
    return np.array(zs), np.array(weights)


def shares(score, q, H):
    if isinstance(score, AdditiveScores):
        S = [score.v @ np.tanh(q @ score.W + h @ score.U) for h in H]
    else:
        S = [q @ h / (2 if score is scaled_dot_scores else 1) for h in H]  # 2 = sqrt 4
    return np.exp(S) / np.sum(np.exp(S))


@every_score
@pytest.mark.parametrize("layer", [GRU, RNN])
def test_the_definition_and_its_padding(score, layer):
    """Each padded source gives what it would give alone."""
    model, (x, y, mask) = model_of(score, layer), batch()
    z = model(x, y, mask)
    assert z.shape == (3, 4, 5)
    maps = attention_maps(model, x, y, mask)
    for n, length in enumerate((5, 2, 4)):
        expected, weights = by_hand(model, x[n, :length], y[n])
        np.testing.assert_allclose(z[n], expected, **exact)
        for t, A in enumerate(maps):
            np.testing.assert_allclose(A[n, 0, :length], weights[t], **exact)
            assert not A[n, 0, length:].any()
    assert len(maps) == (0 if score == "none" else 4)


@every_score
def test_a_training_tape_gives_the_same(score):
    model, (x, y, mask), results = model_of(score), batch(), []
    dz = rng(4).normal(size=(3, 4, 5))
    for fused in (False, True):
        tape = Tape(fused=fused)
        w = tape.inputs(model.parameters())
        z = model.with_parameters(w)(x, y, mask)
        grads = gradient(ops.sum(z * dz, axes=(0, 1, 2)), w)
        results.append([z.value, *(g.value for g in grads.values())])
    for a, e in zip(*results, strict=True):
        np.testing.assert_allclose(a, e, **exact)


@every_score
def test_slopes(score):
    model, (x, y, mask) = model_of(score), batch()

    def loss(w):
        return next_token_loss(model.with_parameters(w)(x, y, mask), y)

    assert check_gradient(loss, model.parameters(), rng=rng(), order=2) < 1e-6


def test_the_bottleneck_sees_the_last_state_only():
    """Other states of the encoder change the logits with attention, without it not."""
    x, y, _ = batch()
    for name in SCORES:
        model = model_of(name)
        H, s = model.encode(x)
        changed = H.copy()
        changed[:, 0] += 1
        same = np.array_equal(
            model.step(y[:, 0], s, H)[0], model.step(y[:, 0], s, changed)[0]
        )
        assert same == (name == "none")


@every_score
def test_writing_is_greedy(score):
    """What is written is the likeliest token after what was written."""
    model, (x, _, mask) = model_of(score), batch()
    written = translate(model, x, start=2, steps=6, mask=mask)
    given = np.concatenate([np.full((3, 1), 2), written[:, :-1]], axis=1)
    z = model(x, given, mask)
    np.testing.assert_array_equal(np.argmax(z, axis=2), written)


def test_teacher_forcing_takes_both_in_one_array():
    model, (x, y, mask) = model_of("additive"), batch()
    layer = TeacherForcing(model, length=5, padding=0)
    np.testing.assert_array_equal(layer(np.hstack([x, y])), model(x, y, mask))
    assert next(iter(layer.parameters())) == "model.source.E"
    assert layer.with_parameters(layer.parameters()).length == 5


def test_it_learns_to_turn_words_round():
    numbers = rng()
    x = numbers.integers(1, 6, (1200, 5))
    y = np.hstack([np.zeros((1200, 1), int), x[:, ::-1]])
    model = Seq2Seq.init(6, 6, 8, 24, rng=numbers)
    layer, xy = TeacherForcing(model, 5, 0), np.hstack([x, y[:, :-1]])
    options = {"epochs": 15, "batch_size": 32, "rng": numbers, "progress": False}
    seen, held = slice(0, 1000), slice(1000, None)
    fitted = fit(
        layer, next_token_loss, xy[seen], y[seen, 1:], optimizer=Adam(0.01), **options
    )
    model = fitted.model.model
    written = translate(model, x[held], start=0, steps=5)
    assert np.mean(np.all(written == y[held, 1:], axis=1)) >= 0.95
    looked = np.array(attention_maps(model, x[held], y[held, :-1]))[
        :, :, 0
    ]  # (T, N, S)
    found = np.argmax(looked.mean(axis=1), axis=1)
    assert found[0] == 4 and found[-1] <= 1, found  # from the end to the beginning


def test_a_trace_stays_small_and_readable():
    tape, model = Tape(), model_of("additive", RNN, d=2, H=3)
    w = tape.inputs(model.parameters())
    x, y = (tape.input(n, a[:1, :4]) for n, a in zip("xy", batch()[:2], strict=True))
    mask = tape.input("mask", np.ones((1, 4)))
    z = model.with_parameters(w)(x, y, mask)
    L = next_token_loss(z, tape.input("t", [[1, 2, 3, 4]]))
    forward = Trace.from_tape(tape, title="seq2seq", loss=L)
    assert len(json.dumps(forward.to_json())) < 60_000
    gradient(L, w)
    trace = Trace.from_tape(tape, title="seq2seq", loss=L)
    assert len(json.dumps(trace.to_json())) < 200_000
    assert max(len(s["latex"] or "") for s in trace.steps) < 1000
    names = {s["name"] for s in trace.steps}
    assert {"H", "h1", "h4", "S1", "A1", "c1", "s1", "A4", "c4", "s4", "z"} <= names
    scopes = {tuple(s["scope"][:2]) for s in trace.steps}
    assert {
        ("encoder", "step 1"),
        ("step 1", "attention"),
        ("step 4", "decoder"),
    } <= scopes
    closed = trace.replay({"mask[0,0]": 0.0})
    assert closed["A1"][0, 0, 0] == 0 and np.isclose(closed["A1"].sum(), 1)


def test_float32_stays_float32():
    model, (x, y, mask) = model_of("additive"), batch()
    values = {n: w.astype(np.float32) for n, w in model.parameters().items()}
    tape = Tape(fused=True)
    w = tape.inputs(values)
    L = next_token_loss(model.with_parameters(w)(x, y, mask), y)
    assert {g.dtype for g in (L, *gradient(L, w).values())} == {np.dtype(np.float32)}


def test_names():
    assert repr(model_of("additive")) == "Seq2Seq(6, 5, d=3, score=AdditiveScores)"
    assert repr(model_of("dot")) == "Seq2Seq(6, 5, d=3, score=dot_scores)"
    assert repr(model_of("none")) == "Seq2Seq(6, 5, d=3, score=None)"
    names = list(model_of("additive").parameters())
    assert names[0] == "source.E" and "score.W" in names and names[-1] == "output.b"
    assert not any(n.startswith("score") for n in model_of("dot").parameters())


# ---- how good a translation is ----


def test_golden_bleu():
    golden = ALIGNED["bleu_example"]
    pair = golden["candidate"], golden["reference"]
    np.testing.assert_allclose(bleu(*pair, n=1), golden["p1"], rtol=1e-14)
    np.testing.assert_allclose(bleu(*pair, n=2), golden["bleu2"], rtol=1e-14)
    p2 = bleu(*pair, n=2) ** 2 / bleu(*pair, n=1)
    np.testing.assert_allclose(p2, golden["p2"], rtol=1e-13)
    assert golden["bp"] == 1


def test_bleu_by_hand():
    reference = "the cat is on the mat".split()
    assert bleu(reference, reference) == 1
    assert bleu(["the"] * 6, reference, n=1) == 2 / 6  # it stands there twice
    assert bleu(reference[:3], reference, n=3) == np.exp(1 - 6 / 3)
    assert bleu([*reference, "today"], reference, n=1) == 6 / 7
    assert bleu("no such words here".split(), reference) == 0


MODEL, (SOURCE, TARGET, MASK) = model_of("additive"), batch()
WRONG = [
    (lambda: MODEL(SOURCE, TARGET, 0 * MASK), "Seq2Seq: mask[0] is all 0: a sequence is nothing but padding"),
    (lambda: MODEL(SOURCE, TARGET, MASK / 2), "Seq2Seq: mask[0, 0] is 0.5, not 0 or 1"),
    (lambda: MODEL(SOURCE, TARGET, MASK[:, :4]), "Seq2Seq: mask has shape (3, 4), but x has (N, S) = (3, 5)"),
    (lambda: MODEL(SOURCE[0], TARGET), "Seq2Seq: x has shape (5,) but needs axes (N, S)"),
    (lambda: MODEL(SOURCE, TARGET[:2]), "Seq2Seq: y has N = 2, shape (2, 4), but N = 3 is expected"),
    (lambda: MODEL(SOURCE, TARGET[:, :0]), "Seq2Seq: y has 0 time steps, shape (3, 0)"),
    (lambda: translate(MODEL, SOURCE, start=0, steps=0), "translate: steps is 0, not 1 or above"),
    (lambda: bleu(["a"], ["a", "b"], n=2), "bleu: the candidate has 1 words, which is no 2-gram"),
    (lambda: model_of("none", LSTM), "Seq2Seq: the encoder LSTM(3, 4) has the state (h, c), not (h,)"),
    (lambda: replace(MODEL, decoder=LSTM.init(7, 4, rng=rng())), "Seq2Seq: the decoder LSTM(7, 4) has the state (h, c), not (h,)"),
    (lambda: MODEL(SOURCE + 1, TARGET), "embedding: ids[0, 0] is 6, outside the vocabulary of 6 tokens 0 ... 5"),
]  # fmt: skip


@pytest.mark.parametrize("call, sentence", WRONG, ids=[s for _, s in WRONG])
def test_sentence(call, sentence):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        call()
