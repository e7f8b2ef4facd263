"""Small explorers of attention and of Transformer blocks, for the tests of both."""

import json
import math
from pathlib import Path

import numpy as np

from nnlib import Tape, Trace, gradient, ops, scope
from nnlib.functional import linear, relu, softmax
from nnlib.widgets import Attention, Block, Explorer, Slider

REFERENCE = Path(__file__).parents[1] / "golden" / "attention_walk.json"
GOLDEN = json.loads(REFERENCE.read_text("utf-8"))
WORDS = ("the", "cat", "sat", "on", "the", "mat")


def turned(K):
    return ops.transpose(K, axes=(1, 0))


def attend(Q, K, V, M=None, head="", tau=None):
    """The five steps of attention, each with a name and a scope of its own."""
    with scope("scores"):
        R = (Q @ turned(K)).named(f"R{head}")
    with scope("scale"):
        S = (R / math.sqrt(K.shape[1]) if tau is None else R / tau).named(f"S{head}")
    if M is not None:
        with scope("mask"), np.errstate(divide="ignore"):  # the log of 0 masks
            S = (S + ops.log(M)).named(f"Z{head}")
    with scope("softmax"):
        A = softmax(S).named(f"A{head}")
    with scope("output"):
        return (A @ V).named(f"O{head}")


def golden(slug="golden", causal=False):
    """The reference's three tokens; the loss is the output times its upstream."""
    given = {k: np.array(v) for k, v in GOLDEN["inputs"].items() if k != "d_k"}
    tape = Tape()
    Q, K, V = (tape.input(n, given[n]) for n in "QKV")
    M = tape.input("M", np.tril(np.ones((3, 3)))) if causal else None
    G = tape.input("G", given["upstream"])
    O = attend(Q, K, V, M)
    L = ops.sum(O * G, axes=(0, 1)).named("L")
    gradient(L, [Q, K, V])
    trace = Trace.from_tape(tape, title=f"Attention: {slug}", loss=L)
    rows = [f"Q[1,{j}]" for j in range(4)]
    last = [f"K[2,{j}]" for j in range(4)] + [f"V[2,{j}]" for j in range(4)]
    mask = [Slider.switch(f"M[0,{j}]") for j in range(3)] if causal else []
    view = Attention(("one", "two", "three"))
    return Explorer(trace, view=view, controls=[*rows, *last, *mask], slug=slug)


def parts(Q, K, V, h, d_k, name):
    """The columns of one head, named."""
    cut = [ops.narrow(t, axis=1, start=h * d_k, length=d_k) for t in (Q, K, V)]
    return [p.named(f"{n}{name}") for n, p in zip("QKV", cut, strict=True)]


def heads(slug="heads", T=6, d=8, H=2, causal=True):
    """Two heads of a model of eight features, from tokens to the output."""
    rng = np.random.default_rng(2)
    tape = Tape()
    X = tape.input("X", rng.normal(size=(T, d)).round(1))
    W = {n: tape.input(f"W_{n}", rng.normal(size=(d, d)).round(1) / 2) for n in "QKVO"}
    M = tape.input("M", np.tril(np.ones((T, T)))) if causal else None
    with scope("project"):
        Q, K, V = ((X @ W[n]).named(n) for n in "QKV")
    outputs, d_k = [], d // H
    for h in range(H):
        with scope(f"head {h + 1}"):
            own = parts(Q, K, V, h, d_k, h + 1)
            outputs.append(attend(*own, M, head=h + 1))
    with scope("join"):
        Y = (ops.concat(*outputs, axis=1) @ W["O"]).named("Y")
    L = (ops.sum(Y * Y, axes=(0, 1)) / 2.0).named("L")
    gradient(L, [X, *W.values()])
    trace = Trace.from_tape(tape, title="Attention with two heads", loss=L)
    names = {n: tuple(f"{n}{h + 1}" for h in range(H)) for n in "QKVAO"}
    view = Attention(
        WORDS[:T],
        Q=names["Q"],
        K=names["K"],
        V=names["V"],
        weights=names["A"],
        output=names["O"],
        X="X",
    )
    controls = [f"X[{T - 1},{j}]" for j in range(4)]
    return Explorer(trace, view=view, controls=controls, slug=slug)


def batched(slug="batched"):
    """Heads as an axis of one tensor, and queries that look at other tokens."""
    rng = np.random.default_rng(3)
    tape = Tape()
    Q = tape.input("Q", rng.normal(size=(1, 2, 2, 3)).round(1))
    K = tape.input("K", rng.normal(size=(1, 2, 4, 3)).round(1))
    V = tape.input("V", rng.normal(size=(1, 2, 4, 3)).round(1))
    tau = tape.input("tau", 1.5)
    S = ((Q @ ops.transpose(K, axes=(0, 1, 3, 2))) / tau).named("S")
    A = softmax(S).named("A")
    O = (A @ V).named("O")
    L = (ops.sum(O * O, axes=(0, 1, 2, 3)) / 2.0).named("L")
    gradient(L, [Q, K, V])
    trace = Trace.from_tape(tape, title="Cross-attention, two heads", loss=L)
    view = Attention(("une", "phrase"), keys=("a", "short", "sentence", "."))
    controls = [Slider("tau", 0.05, 10, 0.05), "Q[0,0,0,0]", "K[0,1,3,2]"]
    return Explorer(trace, view=view, controls=controls, slug=slug)


def normed(x, g, b, name):
    """Layer norm, with a name for each part so that the formulas stay short."""
    d = float(x.shape[1])
    m = (ops.sum(x, axes=(1,), keepdims=True) / d).named(f"m{name}")
    c = (x - m).named(f"c{name}")
    v = (ops.sum(c * c, axes=(1,), keepdims=True) / d).named(f"v{name}")
    return (c / (v + 1e-5) ** 0.5 * g + b).named(f"n{name}")


def stack(pre, depth=1, T=4, d=8, H=2, seed=4):
    """A block, or several of them, in pre-norm or post-norm."""
    rng = np.random.default_rng(seed)
    tape = Tape()
    x = tape.input("x0", rng.normal(size=(T, d)).round(2), symbol="x_0")
    tokens = x
    stream = ["x0"]

    def parameter(name, *shape):
        return tape.input(name, rng.normal(size=shape).round(2) / math.sqrt(shape[0]))

    def norm(x, name):
        g, b = tape.input(f"g_{name}", np.ones(d)), tape.input(f"b_{name}", np.zeros(d))
        with scope("norm"):
            return normed(x, g, b, name)

    def attention(x, name):
        W = {n: parameter(f"W_{n}{name}", d, d) for n in "QKVO"}
        with scope("attention"):
            Q, K, V = ((x @ W[n]).named(f"{n}{name}") for n in "QKV")
            heads, d_k = [], d // H
            for h in range(H):
                with scope(f"head {h + 1}"):
                    own = f"{name}{h + 1}"
                    heads.append(attend(*parts(Q, K, V, h, d_k, own), head=own))
            with scope("join"):
                return (ops.concat(*heads, axis=1) @ W["O"]).named(f"Y{name}")

    def feed_forward(x, name):
        W1, b1 = parameter(f"W1{name}", d, 2 * d), parameter(f"b1{name}", 2 * d)
        W2, b2 = parameter(f"W2{name}", 2 * d, d), parameter(f"b2{name}", d)
        with scope("feed-forward"):
            h = relu(linear(x, W1, b1)).named(f"h{name}")
            return linear(h, W2, b2).named(f"F{name}")

    for layer in range(depth):
        with scope(f"block {layer + 1}"):
            for part in (attention, feed_forward):
                name = f"_{'ABCDEFGHIJKLMNOP'[len(stream)]}"
                if pre:
                    x = x + part(norm(x, name), name)
                else:
                    x = norm((x + part(x, name)).named(f"s{name}"), name)
                number = len(stream)
                x = x.named(f"x{number}", symbol=f"x_{{{number}}}")
                stream.append(f"x{number}")
    G = tape.input("G", rng.normal(size=(T, d)).round(2))
    L = ops.sum(x * G, axes=(0, 1)).named("L")
    gradient(L, [tokens])
    kind = "pre-norm" if pre else "post-norm"
    return Trace.from_tape(tape, title=f"A block, {kind}", loss=L), tuple(stream)


def block(slug="block", depth=1):
    kinds = ("pre-norm", "post-norm")
    traces = {kind: stack(kind == "pre-norm", depth) for kind in kinds}
    stream = traces["pre-norm"][1]
    view = Block(stream, WORDS[1:5])
    controls = ["x0[0,0]", "x0[3,1]"]
    return Explorer(
        {kind: trace for kind, (trace, _) in traces.items()},
        view=view,
        controls=controls,
        slug=slug,
    )


def attention_explorers():
    return [
        golden(),
        golden("causal", causal=True),
        heads(),
        batched(),
        block(),
        block("deep", 3),
    ]
