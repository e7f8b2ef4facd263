"""One pass forward and backward over 64 time steps, against PyTorch; a naive LSTM too.

32 sequences of 64 features, 128 units. The pass gives the gradients of all weights and
of the inputs. "naive" is the LSTM as a textbook writes it: gate by gate, [h, x] joined
at each step, gradients added up step by step.
"""

import harness
import numpy as np

from nnlib import closed_form_recurrent
from nnlib.recurrent_layers import GRU, LSTM, RNN

N, T, D, H = 32, 64, 64, 128
FIRST = np.random.default_rng(1)
LAYERS = {
    "RNN": RNN.init(D, H, rng=FIRST),
    "LSTM": LSTM.init(D, H, rng=FIRST),
    "GRU": GRU.init(D, H, rng=FIRST, convention="pytorch"),
}


def data():
    """The inputs, and the gradient of the outputs."""
    rng = np.random.default_rng(0)
    shapes = (N, T, D), (N, T, H)
    return [rng.standard_normal(shape, dtype=np.float32) for shape in shapes]


def nnlib(name):
    """The step that a training tape records; the naive one races against the LSTM."""
    X, dH = data()
    layer = LAYERS[name.removeprefix("naive ")]
    weights = [w.astype(np.float32) for w in layer.parameters().values()]
    state = [s.astype(np.float32) for s in layer.zero_state(N)]
    if len(state) == 2:  # an LSTM returns its last memory as one step more
        dH = np.concatenate([dH, np.zeros((N, 1, H), np.float32)], axis=1)
    options = {"convention": "pytorch"} if name == "GRU" else {}
    form = getattr(closed_form_recurrent, type(layer).__name__.lower())
    return lambda: form(X, *state, *weights, **options)[1](dH)


def torch(name):
    import torch

    if name.startswith("naive"):
        return naive_lstm()
    torch.set_num_threads(1)
    X, dH = map(torch.from_numpy, data())
    layer = getattr(torch.nn, name)(D, H, batch_first=True)
    inputs = [X.requires_grad_(), *layer.parameters()]
    return lambda: torch.autograd.grad(layer(X)[0], inputs, dH)


def naive_lstm():
    """Forward and backward, gate by gate and step by step."""
    (X, dH), rng = data(), np.random.default_rng(1)
    W = [0.1 * rng.standard_normal((H + D, H), dtype=np.float32) for _ in "ifgo"]
    b = [np.zeros(H, np.float32) for _ in "ifgo"]
    return lambda: naive_backward(dH, W, *naive_forward(X, W, b))


def naive_forward(X, W, b):
    h = c = np.zeros((N, H), np.float32)
    steps = []
    for t in range(T):
        hx = np.concatenate([h, X[:, t]], axis=1)
        i, f, o = (1 / (1 + np.exp(-(hx @ W[k] + b[k]))) for k in (0, 1, 3))
        g = np.tanh(hx @ W[2] + b[2])
        c_new = f * c + i * g
        steps.append((hx, i, f, g, o, c, np.tanh(c_new)))
        h, c = o * np.tanh(c_new), c_new
    return X, steps


def naive_backward(dH, W, X, steps):
    dX, dh, dc = np.zeros_like(X), np.zeros_like(steps[0][5]), 0
    dW, db = [np.zeros_like(w) for w in W], [np.zeros(H, np.float32) for _ in W]
    for t in reversed(range(T)):
        hx, i, f, g, o, c, tanh_c = steps[t]
        dh = dh + dH[:, t]
        dc = dc + dh * o * (1 - tanh_c**2)
        gates = dc * g * i * (1 - i), dc * c * f * (1 - f), dc * i * (1 - g**2)
        dhx = np.zeros_like(hx)
        for k, dz in enumerate((*gates, dh * tanh_c * o * (1 - o))):
            dW[k] += hx.T @ dz
            db[k] += dz.sum(axis=0)
            dhx += dz @ W[k].T
        dh, dX[:, t], dc = dhx[:, :H], dhx[:, H:], dc * f
    return dX, dW, db


if __name__ == "__main__":
    cases = {
        "RNN": (("RNN",), 0.7),
        "LSTM": (("LSTM",), 2.5),
        "GRU": (("GRU",), 0.8),
        "naive LSTM": (("naive LSTM",), 1.0),  # the second column is the naive one
    }
    harness.main(__file__, __doc__, cases, {"nnlib": nnlib, "torch": torch})
