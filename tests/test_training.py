"""Training: what fit does, keeps and refuses; batches, history, bar and Ctrl-C."""

import builtins
import inspect
import io
import re
import sys
from contextlib import redirect_stderr

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib import training, value_and_grad
from nnlib.functional import relu, tanh
from nnlib.layers import Linear, Sequential, mlp
from nnlib.losses import cross_entropy, mean_squared_error
from nnlib.optimizers import SGD, Adam, Momentum, Scheduled, init, step, warm_up
from nnlib.training import (
    History,
    Trainer,
    accuracy,
    fit,
    flatten,
    minibatches,
    unflatten,
)

X = np.random.default_rng(0).normal(size=(60, 2))
T = (X[:, 0] > X[:, 1]).astype(int)


def train(model=None, loss=cross_entropy, X=X, t=T, **changes):
    options = {
        "optimizer": Adam(0.05),
        "epochs": 3,
        "batch_size": 16,
        "rng": np.random.default_rng(1),
        "progress": False,
    }
    model = mlp((2, 8, 2), rng=np.random.default_rng(2)) if model is None else model
    return fit(model, loss, X, t, **options | changes)


def test_fit_learns():
    history = train(epochs=30, validation=(X, T))
    assert history.losses[-1] < 0.1 < history.losses[0]
    assert history.accuracies[-1] > 0.95
    assert accuracy(history.model(X), T) == history.accuracies[-1]
    assert not history.interrupted
    lengths = map(len, (history.losses, history.validation_losses, history.accuracies))
    assert list(lengths) == [30, 30, 30]


def test_fit_is_a_loop_that_a_reader_could_write():
    model = mlp((2, 4, 2), rng=np.random.default_rng(0), activation=tanh)
    rule, rng = Momentum(0.1), np.random.default_rng(5)
    evaluate = value_and_grad(
        lambda p, X, t: cross_entropy(model.with_parameters(p)(X), t)
    )
    params, t, means = model.parameters(), 0, []
    state = init(rule, params)
    for _ in range(3):
        total = 0
        for batch in minibatches(X, T, batch_size=16, rng=rng):
            t += 1
            L, grads = evaluate(params, *batch)
            params, state = step(rule, params, grads, state, t)
            total += L * len(batch[0])
        means.append(total / len(X))
    rng = np.random.default_rng(5)
    history = train(model, optimizer=rule, rng=rng)
    np.testing.assert_allclose(history.losses, means, rtol=1e-12)
    for name, w in history.model.parameters().items():
        np.testing.assert_allclose(w, params[name], rtol=1e-11, atol=1e-14)


def test_the_given_model_stays_as_it_was():
    model = mlp((2, 2), rng=np.random.default_rng(0))
    before = {name: w.copy() for name, w in model.parameters().items()}
    history = train(model)
    for name, w in model.parameters().items():
        np.testing.assert_array_equal(w, before[name])
        assert not np.array_equal(history.model.parameters()[name], w)


def test_the_same_seed_gives_the_same_model():
    one, two = train(), train()
    assert one.losses == two.losses
    other = train(rng=np.random.default_rng(9))
    assert other.losses != one.losses


def test_float32_stays_float32():
    model = mlp((2, 4, 2), rng=np.random.default_rng(0))
    single = {name: w.astype(np.float32) for name, w in model.parameters().items()}
    rule = Scheduled(Adam(), warm_up(64, steps=10))
    history = train(
        model.with_parameters(single), X=X.astype(np.float32), optimizer=rule
    )
    assert {w.dtype for w in history.model.parameters().values()} == {
        np.dtype("float32")
    }


def test_losses_are_weighted_by_the_size_of_the_batch():
    model = Linear(np.zeros((1, 1)), np.zeros(1))
    t = np.arange(5.0)[:, None]
    history = train(model, mean_squared_error, np.zeros((5, 1)), t, optimizer=SGD(0.0))
    np.testing.assert_allclose(history.losses, np.mean(t**2))


def test_a_regression_has_no_accuracies():
    t = X @ [[1.0], [2.0]]
    model = mlp((2, 1), rng=np.random.default_rng(0))
    history = train(model, mean_squared_error, X, t, validation=(X, t))
    assert history.accuracies == [] and len(history.validation_losses) == 3


def test_lists_are_taken():
    assert len(train(X=X.tolist(), t=T.tolist()).losses) == 3


# ---- Ctrl-C ----


def interrupted_at(call, loss=cross_entropy):
    calls = iter(range(1, 10**6))

    def lossy(z, t):
        if next(calls) == call:
            raise KeyboardInterrupt
        return loss(z, t)

    return lossy


@pytest.mark.parametrize("call, epochs", [(1, 0), (3, 0), (5, 1), (9, 2)])
def test_an_interrupt_keeps_what_was_learned(call, epochs):
    history = train(loss=interrupted_at(call), epochs=50)
    assert history.interrupted and len(history.losses) == epochs
    trainer = Trainer(
        mlp((2, 8, 2), rng=np.random.default_rng(2)), cross_entropy, Adam(0.05)
    )
    rng, steps = np.random.default_rng(1), 0
    while steps < call - 1:
        for batch in minibatches(X, T, batch_size=16, rng=rng):
            if steps < call - 1:
                trainer.step(*batch)
                steps += 1
    for name, w in trainer.model().parameters().items():
        np.testing.assert_array_equal(history.model.parameters()[name], w)


def test_an_interrupt_while_validating():
    history = train(loss=interrupted_at(5), epochs=50, validation=(X, T))
    assert history.interrupted and len(history.losses) == 1
    assert history.validation_losses == []


def test_other_errors_are_not_swallowed():
    def broken(z, t):
        raise RuntimeError("broken loss")

    with pytest.raises(RuntimeError, match="broken loss"):
        train(loss=broken)


# ---- the loss is no number ----


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_loss_that_is_no_number_stops(value):
    bad = X.copy()
    bad[-1] = value
    with (
        np.errstate(invalid="ignore"),
        pytest.raises(
            FloatingPointError, match=r"^fit: the loss is nan at step 1: try a"
        ),
    ):
        train(X=bad, batch_size=60)


def test_the_sentence_counts_steps():
    calls = iter(range(1, 100))

    def loss(z, t):
        return cross_entropy(z, t) * (np.inf if next(calls) == 7 else 1.0)

    sentence = (
        "fit: the loss is inf at step 7: try a smaller learning rate or smaller first "
        "weights, and look for nan and inf in X and t"
    )
    with (
        np.errstate(invalid="ignore"),
        pytest.raises(FloatingPointError, match=f"^{sentence}$"),
    ):
        train(loss=loss)


# ---- batches ----


@given(st.integers(1, 30), st.integers(1, 40), st.integers(0, 99))
def test_minibatches_show_every_example_once(N, batch_size, seed):
    X, t = np.arange(2 * N).reshape(N, 2), np.arange(N)
    batches = list(
        minibatches(X, t, batch_size=batch_size, rng=np.random.default_rng(seed))
    )
    sizes = [len(t) for _, t in batches]
    assert (
        sizes[:-1] == [batch_size] * (len(batches) - 1) and 0 < sizes[-1] <= batch_size
    )
    assert sorted(np.concatenate([t for _, t in batches]).tolist()) == t.tolist()
    for x, t in batches:
        np.testing.assert_array_equal(x[:, 0], 2 * t)


def test_minibatches_shuffle():
    _, t = next(
        minibatches(X, np.arange(60), batch_size=60, rng=np.random.default_rng(0))
    )
    assert t.tolist() != list(range(60))


def test_a_hundred_updates_an_epoch():
    X, rng = np.zeros((10_000, 1)), np.random.default_rng(0)
    assert sum(1 for _ in minibatches(X, X, batch_size=100, rng=rng)) == 100


@given(st.lists(st.lists(st.integers(0, 3), max_size=3), max_size=4))
def test_flatten_and_back(shapes):
    arrays = {
        str(i): np.random.default_rng(i).normal(size=s) for i, s in enumerate(shapes)
    }
    if not arrays:
        return
    vector = flatten(arrays)
    views = unflatten(vector, {name: a.shape for name, a in arrays.items()})
    for name, a in arrays.items():
        np.testing.assert_array_equal(views[name], a)
        assert a.size == 0 or np.shares_memory(views[name], vector)


# ---- refusals ----

WRONG = [
    ({"X": np.zeros((0, 2)), "t": []}, "fit: there is no data, X has 0 rows"),
    ({"t": T[:-1]}, "fit: X has 60 rows, but t has 59"),
    ({"batch_size": 0}, "fit: batch_size is 0, not 1 or above"),
    ({"batch_size": -3}, "fit: batch_size is -3, not 1 or above"),
    ({"epochs": 0}, "fit: epochs is 0, not 1 or above"),
    ({"model": Sequential(relu)}, "fit: the model has no parameters to train"),
]


@pytest.mark.parametrize("changes, sentence", WRONG)
def test_fit_refuses(changes, sentence):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        train(**changes)


def test_fit_names_features_that_do_not_fit():
    with pytest.raises(ValueError, match=r"linear: x has 3 features, shape \(16, 3\)"):
        train(X=np.zeros((60, 3)))


def test_minibatches_refuse_in_their_own_name():
    with pytest.raises(ValueError, match="minibatches: X has 60 rows, but t has 1"):
        next(minibatches(X, T[:1], batch_size=4, rng=np.random.default_rng(0)))


@pytest.mark.parametrize("z, t", [((3,), (3,)), ((3, 2), (2,)), ((0, 2), (0,))])
def test_accuracy_refuses(z, t):
    sentence = re.escape(f"accuracy: z has shape {z} and t has shape {t}")
    with pytest.raises(ValueError, match=sentence):
        accuracy(np.zeros(z), np.zeros(t))


def test_accuracy_counts():
    assert accuracy([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]], [1, 1, 1]) == 2 / 3


# ---- the bar ----


def test_a_bar_is_shown_and_cleared():
    pytest.importorskip("tqdm", reason="tqdm is not installed")
    stream = io.StringIO()
    with redirect_stderr(stream):
        train(progress=True)
    assert "/12 " in stream.getvalue()
    assert stream.getvalue().endswith("\r")


def test_without_tqdm_there_is_no_bar(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("tqdm"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    monkeypatch.delitem(sys.modules, "tqdm", raising=False)
    stream = io.StringIO()
    with redirect_stderr(stream):
        assert len(train(progress=True).losses) == 3
    assert stream.getvalue() == ""


def test_history_starts_empty_and_is_not_shared():
    one, two = History(None), History(None)
    one.losses.append(1.0)
    assert two.losses == []
    assert repr(one) == "History(1 epochs)"
    two.interrupted = True
    assert repr(two) == "History(0 epochs, interrupted)"


def test_metadata_goes_by_name():
    for function in (fit, minibatches):
        parameters = inspect.signature(function).parameters
        kinds = [parameters[name].kind for name in ("batch_size", "rng")]
        assert kinds == [inspect.Parameter.KEYWORD_ONLY] * 2
    assert training.__doc__
