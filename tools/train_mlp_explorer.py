"""Train the 2-8-8-1 network of chapter 02 and store its data and weights.

Writes notebooks/data/moons_mlp.npz: X (200, 2), y (200, 1) and W1, b1 ... W3, b3, all
rounded to 3 decimals. The chapter draws its hidden units from this file, because a long
training drifts apart in the last digits from one processor to the next.
"""

from itertools import pairwise
from pathlib import Path

import numpy as np
from sklearn.datasets import make_moons

from nnlib import Tape, gradient
from nnlib.functional import linear, relu
from nnlib.losses import binary_cross_entropy
from nnlib.optimizers import SGD, init, step

FILE = Path(__file__).parents[1] / "notebooks" / "data" / "moons_mlp.npz"
WIDTHS = (2, 8, 8, 1)


def data():
    X, y = make_moons(200, noise=0.2, random_state=2)
    return X.round(3), y[:, None].astype(float)


def first_weights(rng):
    """The weights that the explorer train-moons starts from."""
    params = {}
    for layer, (n_in, n_out) in enumerate(pairwise(WIDTHS), start=1):
        weights = rng.normal(0, np.sqrt(2 / n_in), (n_in, n_out))
        params |= {f"W{layer}": weights.round(3), f"b{layer}": np.zeros(n_out)}
    return params


def logits(X, p):
    h = relu(linear(X, p["W1"], p["b1"]))
    h = relu(linear(h, p["W2"], p["b2"]))
    return linear(h, p["W3"], p["b3"])


def train(params, X, y, *, steps, lr):
    rule = SGD(lr=lr)
    state = init(rule, params)
    for t in range(1, steps + 1):
        tape = Tape(fused=True)
        tensors = tape.inputs(params)
        L = binary_cross_entropy(logits(X, tensors), y)
        grads = {name: g.value for name, g in gradient(L, tensors).items()}
        params, state = step(rule, params, grads, state, t)
    return params, float(L.value)


def main():
    X, y = data()
    params, L = train(first_weights(np.random.default_rng(1)), X, y, steps=2000, lr=0.5)
    params = {name: value.round(3) for name, value in params.items()}
    right = np.mean((logits(X, params) > 0) == (y == 1))
    print(f"loss {L:.3f}, {right:.1%} of the points right")
    np.savez(FILE, X=X, y=y, **params)


if __name__ == "__main__":
    main()
