"""Small explorers of sequences, for the tests of their drawings."""

import json
from itertools import count
from pathlib import Path

import numpy as np

from nnlib import Tape, Trace, gradient, scope
from nnlib.cells import gru_cell, lstm_cell, rnn_cell, truncated_bptt, unroll
from nnlib.functional import linear
from nnlib.losses import cross_entropy, half_squared_error
from nnlib.widgets import Cell, Explorer, Slider, Unrolled

FILE = Path(__file__).parents[1] / "golden" / "recurrent.json"
GOLDEN = json.loads(FILE.read_text("utf-8"))


def names(letter, steps, first=1):
    return tuple(f"{letter}{t}" for t in range(first, first + steps))


def inputs_of(tape, steps, size, rng):
    """Each time step's input is an input of its own, so that sliders can reach it."""
    return [
        tape.input(f"x{t}", rng.normal(size=(1, size)).round(2))
        for t in range(1, steps + 1)
    ]


def golden():
    """Three steps of an RNN, each with a loss: the reference numbers of BPTT."""
    given, tape = GOLDEN["rnn_bptt"]["inputs"], Tape()
    parts = {"W_x": "Wx", "W_h": "Wh", "b": "b", "W_y": "Wy", "b_y": "by"}
    xs = [tape.input(f"x{t}", [x]) for t, x in enumerate(given["x"], start=1)]
    h0 = tape.input("h0", [given["h0"]])
    w = {name: tape.input(name, np.transpose(given[k])) for name, k in parts.items()}
    states = unroll(lambda x, h: rnn_cell(x, h, w["W_x"], w["W_h"], w["b"]), xs, (h0,))
    losses = []
    for t, ((h,), target) in enumerate(
        zip(states, given["targets"], strict=True), start=1
    ):
        with scope(f"step {t}"):
            y = linear(h, w["W_y"], w["b_y"]).named(f"y{t}")
            losses.append(cross_entropy(y, np.array([target])).named(f"L{t}"))
    L = (losses[0] + losses[1] + losses[2]).named("L")
    gradient(L, list(w.values()))
    trace = Trace.from_tape(tape, title="Three steps of an RNN", loss=L)
    view = Unrolled(
        names("h", 3),
        inputs=names("x", 3),
        outputs=names("y", 3),
        losses=names("L", 3),
        first="h0",
        weights=("W_h", "W_x", "b"),
    )
    controls = ["W_h[0,0]", "x1[0,0]", "b[0]"]
    return Explorer(trace, view=view, controls=controls, slug="golden")


def lstm_trace(steps=8, units=4, size=2, title="An LSTM", seed=0, more=None):
    """An LSTM whose last state is judged; ``gradient`` is that of its weights."""
    rng, tape = np.random.default_rng(seed), Tape()
    xs = inputs_of(tape, steps, size, rng)
    h0 = tape.input("h0", np.full((1, units), 0.1))
    c0 = tape.input("c0", np.full((1, units), -0.2))
    W_x = tape.input("W_x", rng.normal(size=(size, 4 * units)).round(2))
    W_h = tape.input("W_h", (rng.normal(size=(units, 4 * units)) / 2).round(2))
    b = tape.input("b", np.zeros(4 * units))
    states = unroll(lambda x, h, c: lstm_cell(x, h, c, W_x, W_h, b), xs, (h0, c0))
    L = half_squared_error(states[-1][0], np.full((1, units), 0.5)).named("L")
    gradient(L, [W_x, W_h, b, *((more and xs) or [])])
    return Trace.from_tape(tape, title=title, loss=L)


def lstm():
    view = Unrolled(
        names("h", 8),
        cells=names("c", 8),
        inputs=names("x", 8),
        losses=(None,) * 7 + ("L",),
        first=("h0", "c0"),
        weights=("W_h", "W_x"),
    )
    controls = ["x1[0,0]", "W_h[0,0]", "b[4]"]
    return Explorer(lstm_trace(), view=view, controls=controls, slug="lstm")


def scalar(steps=50, slug="scalar", weight=0.9, ends=(-1.5, 1.5)):
    """A linear recurrent network of one number: the gradient is a power of w."""
    tape = Tape()
    w = tape.input("w", weight)
    h = tape.input("h0", 1.0)
    for t in range(1, steps + 1):
        with scope(f"step {t}"):
            h = (w * h).named(f"h{t}")
    gradient(h, [w, tape.steps[1]])
    title = f"A power of w, {steps} steps"
    trace = Trace.from_tape(tape, title=title, loss=h)
    view = Unrolled(names("h", steps), first="h0", weights=("w",))
    controls = [Slider("w", *ends), Slider("h0", -2, 2)]
    return Explorer(trace, view=view, controls=controls, slug=slug)


def truncated():
    """Six steps, whose gradient goes back over two at a time."""
    tape, numbers = Tape(), count(1)
    xs = inputs_of(tape, 6, 1, np.random.default_rng(3))
    h0 = tape.input("h0", [[0.0]])
    W_x, W_h = tape.input("W_x", [[0.7]]), tape.input("W_h", [[0.8]])
    b = tape.input("b", [0.1])
    L = truncated_bptt(
        lambda x, h: (rnn_cell(x, h, W_x, W_h, b),),
        lambda h, t: half_squared_error(h, t).named(f"L{next(numbers)}"),
        xs,
        [np.array([[0.5]])] * 6,
        (h0,),
        k1=2,
        k2=2,
    ).named("L")
    gradient(L, [W_x, W_h, b])
    trace = Trace.from_tape(tape, title="Truncated after two steps", loss=L)
    view = Unrolled(
        ("h1", "h2", "h1_2", "h2_2", "h1_3", "h2_3"),
        inputs=names("x", 6),
        losses=names("L", 6),
        first="h0",
        weights=("W_h",),
    )
    return Explorer(trace, view=view, controls=["x5[0,0]"], slug="truncated")


def deep():
    """Two layers, many to one."""
    rng, tape = np.random.default_rng(4), Tape()
    xs = inputs_of(tape, 4, 2, rng)
    h0, g0 = tape.input("h0", [[0.0] * 3]), tape.input("g0", [[0.0] * 3])
    w = [
        tape.input(f"W{k}", rng.normal(size=(n, 3)).round(1))
        for k, n in enumerate((2, 3, 3, 3), start=1)
    ]
    b = tape.input("b", [0.1, 0.0, -0.1])

    def cell(x, h, g):
        h = rnn_cell(x, h, w[0], w[1], b)
        return h, rnn_cell(h, g, w[2], w[3], b)

    states = unroll(cell, xs, (h0, g0))
    L = half_squared_error(states[-1][1], np.full((1, 3), 0.5)).named("L")
    gradient(L, w)
    trace = Trace.from_tape(tape, title="Two layers", loss=L)
    above = tuple(f"h{t}_2" for t in range(1, 5))
    view = Unrolled(
        (names("h", 4), above),
        inputs=("x1", None, "x3", "x4"),
        losses=(None, None, None, "L"),
        first=("h0", "g0"),
        weights=("W2", "W3"),
    )
    return Explorer(trace, view=view, controls=["x1[0,0]"], slug="deep")


def gru_trace(convention, steps=2, units=2):
    rng, tape = np.random.default_rng(7), Tape()
    xs = inputs_of(tape, steps, 2, rng)
    h0 = tape.input("h0", [[0.5, -0.3][:units]])
    W_x = tape.input("W_x", rng.normal(size=(2, 3 * units)).round(2))
    W_h = tape.input("W_h", rng.normal(size=(units, 3 * units)).round(2))
    shape = (2, 3 * units) if convention == "pytorch" else (3 * units,)
    b = tape.input("b", rng.normal(size=shape).round(2))
    states = unroll(
        lambda x, h: (gru_cell(x, h, W_x, W_h, b, convention=convention),), xs, (h0,)
    )
    L = half_squared_error(states[-1][0], np.full((1, units), 0.5)).named("L")
    gradient(L, [W_x, W_h, b, h0, *xs])
    return Trace.from_tape(tape, title=f"A GRU as {convention} has it", loss=L)


def gru():
    conventions = "cho", "chung", "reset after", "pytorch"
    traces = {c: gru_trace(c) for c in conventions}
    controls = ["x1[0,0]", "h0[0,0]", "W_x[0,0]"]
    return Explorer(traces, view=Cell((1, 2)), controls=controls, slug="gru")


def rnn_trace():
    rng, tape = np.random.default_rng(8), Tape()
    xs = inputs_of(tape, 2, 2, rng)
    h0 = tape.input("h0", [[0.1, 0.1]])
    W_x = tape.input("W_x", rng.normal(size=(2, 2)).round(2))
    W_h = tape.input("W_h", rng.normal(size=(2, 2)).round(2))
    b = tape.input("b", [0.1, -0.1])
    states = unroll(lambda x, h: (rnn_cell(x, h, W_x, W_h, b),), xs, (h0,))
    L = half_squared_error(states[-1][0], np.full((1, 2), 0.5)).named("L")
    gradient(L, [W_x, W_h, b, h0])
    return Trace.from_tape(tape, title="A plain cell", loss=L)


def anatomies():
    """Three cells as variants of one explorer, over two time steps."""
    traces = {
        "LSTM": lstm_trace(2, 2, title="The cell of an LSTM", seed=1, more=True),
        "GRU": gru_trace("cho"),
        "RNN": rnn_trace(),
    }
    controls = [Slider("x1[0,0]", -1000, 1000, 0.5), "h0[0,0]", "c0[0,0]", "b[0]"]
    return Explorer(traces, view=Cell((1, 2)), controls=controls, slug="anatomies")


def sequence_explorers():
    return [
        golden(),
        lstm(),
        scalar(),
        scalar(200, "long", 1.0, (-40, 40)),
        truncated(),
        deep(),
        gru(),
        anatomies(),
    ]
