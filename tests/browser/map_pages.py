"""Small explorers of maps and receptive fields, for the tests of these views."""

import numpy as np

from nnlib import Tape, Trace, gradient, ops, scope
from nnlib.convolution import conv2d, flatten, max_pool2d
from nnlib.functional import linear, relu
from nnlib.widgets import Explorer, Maps, ReceptiveField, Slider


def network(slug, view, controls=()):
    """An image of 6 x 6, two convolutions, and three class scores."""
    rng = np.random.default_rng(5)
    tape = Tape()

    def parameter(name, *shape):
        return tape.input(name, rng.normal(size=shape).round(2))

    x = tape.input("x", rng.integers(0, 5, (1, 1, 6, 6)) / 4)
    K1, b1 = parameter("K1", 2, 1, 3, 3), parameter("b1", 2)
    K2, b2 = parameter("K2", 3, 2, 3, 3), parameter("b2", 3)
    W, b = parameter("W", 27, 3), parameter("b", 3)
    with scope("first"):
        z = conv2d(x, K1, b1, padding=1).named("z")
        p = max_pool2d(relu(z), kernel=2).named("p")
    with scope("second"):
        q = conv2d(p, K2, b2, padding=1).named("q")
    with scope("classes"):
        y = linear(flatten(q), W, b).named("y")
    s = ops.narrow(y, axis=1, start=1, length=1)
    gradient(ops.sum(s, axes=(0, 1)), [x, K1, K2])
    trace = Trace.from_tape(tape, title=f"Maps: {slug}", loss=None)
    return Explorer(trace, view=view, controls=controls, slug=slug)


def painted():
    pixels = [f"x[0,0,{i},{j}]" for i in range(6) for j in range(6)]
    controls = [Slider(pixel, 0, 1, 0.25) for pixel in pixels]
    return network("painted", Maps(("x", "z", "p", "q", "y")), [*controls, "b1[0]"])


def fields():
    chain = ReceptiveField(("x", "z", "p", "q"))
    return network("fields", chain, ["x[0,0,2,2]", "b1[0]"])


def dilated():
    """One kernel of 2 x 3 whose taps stand apart: rows and columns differ."""
    tape = Tape()
    x = tape.input("x", np.arange(49.0).reshape(1, 1, 7, 7))
    K, b = tape.input("K", np.ones((1, 1, 2, 3))), tape.input("b", [0.0])
    z = conv2d(x, K, b, dilation=2, stride=(1, 2)).named("z")
    gradient(ops.sum(z, axes=(0, 1, 2, 3)), [K])
    trace = Trace.from_tape(tape, title="A dilated kernel", loss=None)
    view = ReceptiveField(("x", "z"))
    return Explorer(trace, view=view, controls=["b[0]"], slug="dilated")


def colours():
    """A colour image of 32 x 32 and 16 channels: as much as is drawn in the book."""
    rng = np.random.default_rng(6)
    tape = Tape()
    x = tape.input("x", rng.normal(size=(1, 3, 32, 32)).round(2))
    K, b = (
        tape.input("K", rng.normal(size=(16, 3, 5, 5)).round(2)),
        tape.input("b", np.zeros(16)),
    )
    z = conv2d(x, K, b, stride=4, padding=2).named("z")
    gradient(ops.sum(relu(z), axes=(0, 1, 2, 3)), [x])
    trace = Trace.from_tape(tape, title="Colours", loss=None)
    return Explorer(trace, view=Maps(("x", "z")), controls=["b[0]"], slug="colours")


def unchained():
    """Layers in the wrong order."""
    return network("unchained", ReceptiveField(("q", "x")), ["b1[0]"])


def map_explorers():
    return [painted(), fields(), dilated(), colours(), unchained()]
