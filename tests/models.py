"""Recordings that several tests share, made of primitives only."""

import json
from pathlib import Path

import numpy as np

from nnlib import Tape, Trace, gradient, ops, scope
from nnlib.tape import Place, at

GOLDEN = json.loads((Path(__file__).parent / "golden" / "reference.json").read_text())
EXAMPLE = GOLDEN["worked_example"]
PARAMETERS = ("W1", "b1", "W2", "b2")
LABELS = {
    "x": ["x1", "x2", "x3"],
    "W1": ["w1", "w2", "w3", "w4", "w5", "w6"],
    "W2": ["w7", "w8", "w9", "w10"],
    "y": ["y1", "y2"],
}


def example_values():
    """The inputs of the worked example, rows of a matrix being its inputs."""
    given = EXAMPLE["inputs"]
    return {
        "x": np.array([given["x"]]),
        "W1": np.transpose(given["W1"]),
        "b1": np.array(given["b1"]),
        "W2": np.transpose(given["W2"]),
        "b2": np.array(given["b2"]),
        "y": np.array([given["y"]]),
    }


def total(x):
    """The sum over all elements."""
    return ops.sum(x, axes=tuple(range(x.ndim)))


def forward(t):
    """The 3-2-2 network with sigmoids and half the squared error; returns the loss."""
    with scope("hidden layer"):
        z1 = (t["x"] @ t["W1"] + t["b1"]).named("z1", labels=["z_h1", "z_h2"])
        h = ops.sigmoid(z1).named("h", labels=["h1", "h2"])
    with scope("output layer"):
        z2 = (h @ t["W2"] + t["b2"]).named("z2", labels=["z_o1", "z_o2"])
        o = ops.sigmoid(z2).named("o", labels=["o1", "o2"])
    with scope("loss"):
        return (0.5 * total((o - t["y"]) ** 2)).named("L")


def record_example(values=None, rate=None):
    """Record the example with its gradients, and an update step if a rate is given."""
    tape, values = Tape(), values or example_values()
    t = {n: tape.input(n, v, labels=LABELS.get(n)) for n, v in values.items()}
    loss = forward(t)
    grads = gradient(loss, {n: t[n] for n in PARAMETERS})
    if rate is not None:
        for name in PARAMETERS:
            with at(Place((f"update {name}",), "update")):
                tape.updates[t[name].id] = (t[name] - rate * grads[name]).id
    return tape, loss, grads


def example_trace(rate=0.01):
    tape, loss, _ = record_example(rate=rate)
    return Trace.from_tape(tape, title="3-2-2", loss=loss)


def zoo_trace():
    """One trace with every primitive in it, small enough to mutate by the hundred."""
    tape = Tape()
    x = tape.input("x", np.arange(12.0).reshape(3, 4) / 10 + 0.05)
    ids = tape.input("ids", [2.0, 0.0, 2.0])
    image = tape.input("image", np.arange(16.0).reshape(1, 1, 4, 4) / 16)
    a = ops.softmax(ops.tanh(x) / (1 + ops.exp(-x)), axis=1)
    b = (
        ops.max(
            ops.maximum(ops.log1p(ops.log(x) ** 2), ops.erf(x)), axis=1, keepdims=True
        )
        * a
    )
    c = ops.take(b.T, ids) @ ops.sigmoid(x) - ops.greater(x, 0.5)
    d = ops.concat(c, ops.narrow(x, axis=0, start=1, length=2), axis=0)
    e = ops.pad(ops.logsumexp(d, axis=1), axis=0, before=1, after=0)
    f = ops.broadcast_to(ops.reshape(e, shape=(2, 3)), shape=(2, 2, 3))
    g = ops.unfold(image, kernel=(2, 2), stride=(2, 1), dilation=(1, 2))
    h = ops.fold(g**2, size=(4, 4), stride=(2, 1), dilation=(1, 2))
    s = ops.scatter_add(ops.first_max(x, axis=1) * x**0.5, ids, length=3)
    loss = (total(f**3) + total(h) + total(s)).named("L")
    gradient(loss, [x, image])
    return Trace.from_tape(tape, title="zoo", loss=loss)
