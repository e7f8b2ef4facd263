"""Forward and backward pass of the 3-2-2 example, against eager PyTorch."""

import harness
import numpy as np

from nnlib import value_and_grad
from nnlib.functional import linear, sigmoid
from nnlib.losses import half_squared_error

X = [[1.0, 4.0, 5.0]]
Y = [[0.1, 0.05]]
PARAMETERS = {
    "W1": [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]],
    "b1": [0.5, 0.5],
    "W2": [[0.7, 0.8], [0.9, 0.1]],
    "b2": [0.5, 0.5],
}


def nnlib():
    x, y = np.array(X, dtype=np.float32), np.array(Y, dtype=np.float32)
    params = {k: np.array(w, dtype=np.float32) for k, w in PARAMETERS.items()}

    def network(p, x, y):
        h = sigmoid(linear(x, p["W1"], p["b1"]))
        return half_squared_error(sigmoid(linear(h, p["W2"], p["b2"])), y)

    evaluate = value_and_grad(network)
    return lambda: evaluate(params, x, y)


def torch():
    import torch

    torch.set_num_threads(1)
    x, y = torch.tensor(X), torch.tensor(Y)
    W1, b1, W2, b2 = params = [torch.tensor(w) for w in PARAMETERS.values()]
    for w in params:
        w.requires_grad_()

    def step():
        h = torch.sigmoid(torch.addmm(b1, x, W1))
        o = torch.sigmoid(torch.addmm(b2, h, W2))
        L = 0.5 * torch.sum((o - y) ** 2)
        return L, torch.autograd.grad(L, params)

    return step


if __name__ == "__main__":
    cases = {"3-2-2, forward and backward": ((), 1.0)}
    harness.main(__file__, __doc__, cases, {"nnlib": nnlib, "torch": torch})
