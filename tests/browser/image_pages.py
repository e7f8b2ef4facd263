"""Small explorers of images, for the tests of their drawings."""

import numpy as np

from nnlib import Tape, Trace, gradient, ops, scope
from nnlib.convolution import avg_pool2d, conv2d, max_pool2d
from nnlib.widgets import Explorer, KernelWindow


def convolution(slug="window", C=3, F=2, n=6, k=3, groups=1, **steps):
    """An image of ``n`` x ``n`` with ``C`` channels, under ``F`` kernels of ``k``."""
    rng = np.random.default_rng(0)
    tape = Tape()
    X = tape.input("X", rng.integers(-2, 4, (1, C, n, n)).astype(float))
    K = tape.input("K", rng.integers(-2, 3, (F, C // groups, k, k)).astype(float))
    b = tape.input("b", rng.integers(-1, 2, F).astype(float))
    with scope("convolution"):
        Z = conv2d(X, K, b, groups=groups, **steps).named("Z")
    L = (ops.sum(Z * Z, axes=(0, 1, 2, 3)) / 2.0).named("L")
    gradient(L, [X, K, b])
    trace = Trace.from_tape(tape, title=f"A convolution: {slug}", loss=L)
    controls = ["K[0,0,0,0]", "X[0,0,1,1]"]
    view = KernelWindow("X", "Z", "K", "b")
    return Explorer(trace, view=view, controls=controls, slug=slug)


def sizes():
    """One image under a stride and a padding, of which three combinations are there."""
    made = {
        (f"stride {s}", f"padding {p}"): convolution(C=1, F=1, stride=s, padding=p)
        for s, p in ((1, 0), (2, 0), (1, 1))
    }
    traces = {label: explorer._traces[0] for label, explorer in made.items()}
    view = KernelWindow("X", "Z", "K", "b")
    return Explorer(traces, view=view, controls=["K[0,0,0,0]"], slug="sizes")


def pooling(slug="largest", pool=max_pool2d, **steps):
    """An image of two channels, pooled; its first window holds a tie."""
    tape = Tape()
    X = np.random.default_rng(1).integers(-3, 4, (1, 2, 6, 6)).astype(float)
    X[0, 0, :2, :2] = [[1, 3], [3, 0]]
    X = tape.input("X", X)
    with scope("pooling"):
        Z = pool(X, kernel=2, **steps).named("Z")
    L = (ops.sum(Z * Z, axes=(0, 1, 2, 3)) / 2.0).named("L")
    gradient(L, [X])
    trace = Trace.from_tape(tape, title=f"Pooling: {slug}", loss=L)
    view = KernelWindow("X", "Z")
    return Explorer(trace, view=view, controls=["X[0,0,0,0]"], slug=slug)


def image_explorers():
    return [
        convolution(),
        convolution("padded", C=1, F=1, padding=1),
        convolution("groups", C=4, F=2, n=7, stride=2, dilation=2, groups=2, padding=2),
        sizes(),
        pooling(),
        pooling("mean", avg_pool2d),
        pooling("edge", max_pool2d, stride=2, padding=1),
    ]
