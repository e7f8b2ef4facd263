"""Small explorers of the plane, the bars and the sheet, for the tests of the views."""

from nnlib import Tape, Trace, gradient, ops, scope
from nnlib.functional import relu, sigmoid, softmax
from nnlib.losses import half_squared_error
from nnlib.widgets import Bars, Explorer, Plane, Sheet, Slider

CORNERS = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]


def gate(bias=True, slug="gate"):
    """The four inputs of NOR, and a line that reaches two of them."""
    tape = Tape()
    X = tape.input("X", CORNERS)
    w = tape.input("w", [[1.0], [0.5]], labels=["w1", "w2"])
    b = tape.input("b", -0.75) if bias else None
    t = tape.input("t", [[1.0], [0.0], [0.0], [0.0]])
    with scope("unit"):
        z = (X @ w + b if bias else X @ w).named("z")
        a = sigmoid(z).named("a")
    L = half_squared_error(a, t).named("L")
    gradient(L, [w, b] if bias else [w])
    view = Plane("X", "t", "w", "b" if bias else None, range=((-1, 2), (-1, 2)))
    controls = [Slider("w1", -2, 2, 0.1), Slider("w2", -2, 2, 0.1)]
    controls += [Slider("b", -3, 3, 0.05)] if bias else []
    trace = Trace.from_tape(tape, title=f"A {slug}", loss=L)
    return Explorer(trace, view=view, controls=controls, slug=slug)


def perceptron():
    """One step of the perceptron rule: the point, its error, and the next point."""
    tape = Tape()
    X = tape.input("X", CORNERS)
    t = tape.input("t", [-1.0, 1.0, 1.0, 1.0])
    w = tape.input("w", [0.0, 0.0], labels=["w1", "w2"])
    b = tape.input("b", 0.0)
    i = tape.input("i", 0.0)

    x = ops.take(X, i).named("x_i")
    s = ops.take(t, i).named("t_i")
    z = (ops.sum(x * w, axes=(0,), keepdims=False) + b).named("z")
    miss = ops.greater(1e-9, s * z).named("miss")
    updates = {
        w: (w + miss * s * x).named("w'"),
        b: (b + miss * s).named("b'"),
        i: ((i + 1.0) * ops.greater(3.0, i)).named("i'"),
    }
    trace = Trace.from_tape(tape, title="The perceptron rule", loss=None)
    trace.updates = {k.id: v.id for k, v in updates.items()}
    view = Plane("X", "t", "w", "b", current="i", range=((-1, 2), (-1, 2)))
    return Explorer(trace, view=view, controls=[Slider("i", 0, 3, 1)], slug="rule")


def shares():
    """Logits, their naive and their stable softmax, and the gradient of one of them."""
    tape = Tape()
    z = tape.input("z", [2.0, -1.0, 0.5], labels=["z1", "z2", "z3"])

    with scope("naive"):
        e = ops.exp(z).named("e")
        (e / ops.sum(e, axes=(0,), keepdims=False)).named("q")
    p = softmax(z).named("p")
    sigmoid(z).named("g")
    L = (-ops.log(ops.narrow(p, axis=0, start=0, length=1))).named("L")
    gradient(ops.sum(L, axes=(0,), keepdims=False), [z])
    trace = Trace.from_tape(tape, title="Softmax, twice", loss=None)
    view = Bars(("z", "q", "p", "g", "dL/dz"))
    sliders = [Slider(f"z{k}", -1500, 1500, 0.5) for k in (1, 2, 3)]
    return Explorer(trace, view=view, controls=sliders, slug="shares")


def paths():
    """A network of two paths as a spreadsheet, with a switch on one of them."""
    tape = Tape()
    x = tape.input("x", [[1.0, -2.0]], labels=["x1", "x2"])
    W = tape.input("W", [[0.5, -1.0], [0.25, 0.75]], labels=["w1", "w2", "w3", "w4"])
    on = tape.input("on", [1.0, 1.0], labels=["s1", "s2"])
    v = tape.input("v", [[1.0], [-2.0]], labels=["v1", "v2"])
    t = tape.input("t", [[1.0]], labels=["t1"])
    with scope("hidden"):
        z = (x @ W).named("z", labels=["z1", "z2"])
        h = (relu(z) * on).named("h", labels=["h1", "h2"])
    y = (h @ v).named("y", labels=["y1"])
    L = half_squared_error(y, t).named("L")
    gradient(L, [x, W, v])
    trace = Trace.from_tape(tape, title="Two paths", loss=L)
    view = Sheet(("x", "W", "z", "h", "v", "y", "L"))
    controls = ["w1", "x2", Slider.switch("s1"), Slider.switch("s2")]
    return Explorer(trace, view=view, controls=controls, slug="paths")


def explorers():
    return [gate(), gate(bias=False, slug="pinned"), perceptron(), shares(), paths()]
