"""Small explorers of writing and of kernel regression, to test their drawings."""

import numpy as np

from nnlib import Tape, Trace, gradient, ops, scope
from nnlib.cells import lstm_cell, rnn_cell
from nnlib.functional import linear, softmax
from nnlib.language import embedding
from nnlib.optimizers import SGD, record
from nnlib.widgets import Explorer, Generation, KernelRegression, Slider

LETTERS = tuple("\n abcdefghijklmnopqrstuvwxyz.,;:'!?-()")


def rounded(rng, *shape, size=0.5):
    """Weights as a trace would store them: two digits are short in JSON."""
    return np.round(rng.normal(size=shape) * size, 2)


def lstm(slug="lstm", H=48, D=24, vocabulary=LETTERS, prompt="the ", **options):
    """One step of an LSTM that has not learned anything."""
    rng, V = np.random.default_rng(0), len(vocabulary)
    tape = Tape()
    token = tape.input("token", [float(vocabulary.index(prompt[0]))])
    h, c = (tape.input(name, np.zeros((1, H))) for name in ("h0", "c0"))
    E = tape.input("E", rounded(rng, V, D))
    W_x, W_h = (
        tape.input(n, rounded(rng, k, 4 * H)) for n, k in (("W_x", D), ("W_h", H))
    )
    b, W, b_z = (
        tape.input("b", np.zeros(4 * H)),
        tape.input("W", rounded(rng, H, V, size=1.5)),
        tape.input("b_z", np.zeros(V)),
    )
    x = embedding(E, token).named("x")
    with scope("LSTM"):
        h, c = lstm_cell(x, h, c, W_x, W_h, b)
    with scope("output"):
        linear(h, W, b_z).named("y")
    trace = Trace.from_tape(tape, title="An LSTM that writes", loss=None)
    state = {"h0": "h", "c0": "c"}
    view = Generation(vocabulary, "token", "y", state, prompt=prompt, **options)
    return Explorer(trace, view=view, slug=slug)


def rnn():
    """Five letters, and two factors that may be moved to where nothing is a number."""
    vocabulary, rng = ("h", "e", "l", "o", "<end>"), np.random.default_rng(1)
    tape = Tape()
    token, h = tape.input("token", 0.0), tape.input("h0", np.zeros((1, 3)))
    E, W_h = tape.input("E", rounded(rng, 5, 3)), tape.input("W_h", rounded(rng, 3, 3))
    W = tape.input("W", rounded(rng, 3, 5, size=2))
    x = ops.reshape(ops.take(E, token), shape=(1, 3)).named("x")
    h = rnn_cell(x, h, np.eye(3), W_h, np.zeros(3))
    (linear(h, W, np.zeros(5)) * tape.input("gain", 1.0)).named("z")
    trace = Trace.from_tape(tape, title="Five tokens", loss=None)
    view = Generation(
        vocabulary, "token", "z", {"h0": "h"}, prompt="hel", end="<end>", seed=3
    )
    huge = [Slider(name, -1e308, 1e308, 1e300) for name in ("W[0,0]", "gain")]
    controls = [*huge, Slider("token", 0, 4, 1), "h0[0,1]"]
    return Explorer(trace, view=view, controls=controls, slug="rnn")


T, D, HEADS, TOKENS = 8, 6, 2, "abcdef "


def _weights():
    rng = np.random.default_rng(2)
    names = ["W_Q", "W_K", "W_V", "W_O"]
    sized = {n: rounded(rng, D, D) for n in names}
    tables = {"E": rounded(rng, len(TOKENS), D), "P": rounded(rng, T, D)}
    return tables | sized | {"W": rounded(rng, D, len(TOKENS), size=2)}


def _heads(x, rows):
    """(rows, D) as (HEADS, rows, D / HEADS)."""
    split = ops.reshape(x, shape=(rows, HEADS, D // HEADS))
    return ops.transpose(split, axes=(1, 0, 2))


def _attend(x, k, v, mask, w, rows):
    """Scores of x over all T keys, the weights A, and the logits."""
    with scope("attention"):
        Q = _heads(x @ w["W_Q"], rows).named("Q_h")
        K, V = _heads(k, T).named("K_h"), _heads(v, T).named("V_h")
        S = Q @ ops.transpose(K, axes=(0, 2, 1)) / np.sqrt(D // HEADS) + mask
        A = softmax(S.named("S")).named("A")
        O = ops.transpose((A @ V).named("O_h"), axes=(1, 0, 2))
        y = (x + ops.reshape(O, shape=(rows, D)) @ w["W_O"]).named("y")
    with scope("logits"):
        return linear(y, w["W"], np.zeros(len(TOKENS))).named("z")


def _without_cache():
    tape = Tape()
    ids = np.zeros(T)
    token = tape.input("token", ids)
    w = {name: tape.input(name, value) for name, value in _weights().items()}
    x = (embedding(w["E"], token) + w["P"]).named("x")
    mask = np.triu(np.full((T, T), -1e9), 1)
    K, V = (x @ w["W_K"]).named("K"), (x @ w["W_V"]).named("V")
    _attend(x, K, V, mask, w, T)
    return Trace.from_tape(tape, title="A tiny GPT", loss=None)


def _with_cache():
    """One token; the keys and values of those before it come in and go out."""
    tape = Tape()
    token, t = tape.input("token", [0.0]), tape.input("t", [0.0])
    K, V = tape.input("K0", np.zeros((T, D))), tape.input("V0", np.zeros((T, D)))
    w = {name: tape.input(name, value) for name, value in _weights().items()}
    x = (embedding(w["E"], token) + ops.take(w["P"], t)).named("x")
    row = ops.scatter_add(np.ones((1, 1)), t, length=T)  # 1 at the place of the token
    K = (K + row @ (x @ w["W_K"])).named("K")
    V = (V + row @ (x @ w["W_V"])).named("V")
    mask = ops.greater(np.arange(T) * 1.0, t) * -1e9
    _attend(x, K, V, mask, w, 1)
    (t + 1.0).named("t'")
    return Trace.from_tape(tape, title="A tiny GPT", loss=None)


def gpt():
    """The same model twice: it reads its whole window, or keeps keys and values."""
    traces = {"no cache": _without_cache(), "cache": _with_cache()}
    state = {"K0": "K", "V0": "V", "t": "t'"}
    view = Generation(
        tuple(TOKENS), "token", "z", state, prompt="abc", window=T, attention=("A",)
    )
    return Explorer(traces, view=view, slug="gpt")


def regression(slug="kernels", n=24, learned=True):
    """Noisy points, a query, and a width that is learned from the others' points."""
    rng = np.random.default_rng(0)
    xs = np.round(np.sort(rng.uniform(0, 5, n)), 2)
    ys = np.round(2 * np.sin(xs) + xs**0.8 + rng.normal(size=n) * 0.4, 2)
    tape = Tape()
    x_i, y_i = tape.input("x_i", xs), tape.input("y_i", ys)
    x, w = tape.input("x", 2.0), tape.input("w", 1.0)
    s = (ops.power((x - x_i) * w, exponent=2) * -0.5).named("s")
    a = softmax(s).named("a")
    f = ops.sum(a * y_i, axes=(0,)).named("f")
    if learned:
        far = ops.reshape(x_i, shape=(n, 1)) - ops.reshape(x_i, shape=(1, n))
        S = ops.power(far * w, exponent=2) * -0.5 + np.diag(np.full(n, -1e9))
        fitted = ops.sum(softmax(S) * y_i, axes=(1,))
        L = (ops.sum(ops.power(fitted - y_i, exponent=2), axes=(0,)) / (2.0 * n)).named(
            "L"
        )
        record(SGD(lr=2.0), {"w": w}, gradient(L, {"w": w}))
    else:
        gradient(f, [w])
    trace = Trace.from_tape(tape, title="Kernel regression", loss=L if learned else f)
    ends = {"width": "w", "loss": "L"} if learned else {"range": (-1, 6)}
    view = KernelRegression("x_i", "y_i", "x", "a", "f", **ends)
    controls = [Slider("x", -1, 6, 0.01), Slider("w", -1e160, 1e160, 1e150)]
    if learned:
        controls[1] = Slider("w", 0.1, 20, 0.1)
    return Explorer(trace, view=view, controls=controls, slug=slug)


def writing_explorers():
    return [lstm(), rnn(), gpt()]


def regression_explorers():
    return [regression(), regression("fixed", n=5, learned=False)]
