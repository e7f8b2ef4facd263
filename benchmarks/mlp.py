"""One Adam step of a 64-128-128-10 perceptron, against eager PyTorch."""

import harness
import numpy as np

from nnlib.layers import mlp
from nnlib.losses import cross_entropy
from nnlib.optimizers import Adam
from nnlib.training import Trainer

WIDTHS = (64, 128, 128, 10)


def data(batch):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((batch, WIDTHS[0]), dtype=np.float32)
    return X, rng.integers(0, WIDTHS[-1], batch)


def nnlib(batch):
    X, t = data(batch)
    model = mlp(WIDTHS, rng=np.random.default_rng(1))
    single = {name: w.astype(np.float32) for name, w in model.parameters().items()}
    trainer = Trainer(model.with_parameters(single), cross_entropy, Adam())
    return lambda: trainer.step(X, t)


def torch(batch):
    import torch
    from torch import nn

    torch.set_num_threads(1)
    X, t = map(torch.from_numpy, data(batch))
    layers = [nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU()]
    model = nn.Sequential(*layers, nn.Linear(128, 10))
    optimizer, loss = torch.optim.Adam(model.parameters()), nn.CrossEntropyLoss()

    def step():
        optimizer.zero_grad()
        L = loss(model(X), t)
        L.backward()
        optimizer.step()
        return L.item()

    return step


if __name__ == "__main__":
    cases = {"batch 64": ((64,), 0.6), "batch 256": ((256,), 0.8)}
    harness.main(__file__, __doc__, cases, {"nnlib": nnlib, "torch": torch})
