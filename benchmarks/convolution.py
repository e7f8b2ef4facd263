"""Steps of two small convolutional networks and of one convolution, against PyTorch."""

from itertools import pairwise

import harness
import numpy as np

from nnlib import closed_form_convolution
from nnlib.convolution import Conv2d, MaxPool2d, flatten
from nnlib.functional import relu
from nnlib.layers import Linear, Sequential
from nnlib.losses import cross_entropy
from nnlib.optimizers import Momentum
from nnlib.training import Trainer

# Pixels, channels; of each convolution channels out, kernel, padding; widths.
NETWORKS = {
    "digits": (8, 1, [(8, 3, 1), (16, 3, 1)], (64, 10)),
    "LeNet": (28, 1, [(6, 5, 2), (16, 5, 0)], (400, 120, 84, 10)),
}
BATCH = 64


def data(size, channels):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((BATCH, channels, size, size), dtype=np.float32)
    return X, rng.integers(0, 10, BATCH)


def nnlib(case):
    if case not in NETWORKS:
        return nnlib_layer(case)
    size, c_in, convolutions, widths = NETWORKS[case]
    rng, layers = np.random.default_rng(1), []
    for c_out, kernel, padding in convolutions:
        conv = Conv2d.init(c_in, c_out, kernel, padding=padding, rng=rng)
        layers += [conv, relu, MaxPool2d(2)]
        c_in = c_out
    layers.append(flatten)
    for d_in, d_out in pairwise(widths):
        layers += [Linear.init(d_in, d_out, rng=rng), relu]
    model = Sequential(*layers[:-1])
    single = {name: w.astype(np.float32) for name, w in model.parameters().items()}
    rule = Momentum(lr=0.01, mu=0.9)
    trainer = Trainer(model.with_parameters(single), cross_entropy, rule)
    X, t = data(size, 1)
    return lambda: trainer.step(X, t)


def torch(case):
    import torch
    from torch import nn

    torch.set_num_threads(1)
    if case not in NETWORKS:
        return torch_layer(case)
    size, c_in, convolutions, widths = NETWORKS[case]
    layers = []
    for c_out, kernel, padding in convolutions:
        conv = nn.Conv2d(c_in, c_out, kernel, padding=padding)
        layers += [conv, nn.ReLU(), nn.MaxPool2d(2)]
        c_in = c_out
    layers.append(nn.Flatten())
    for d_in, d_out in pairwise(widths):
        layers += [nn.Linear(d_in, d_out), nn.ReLU()]
    model, loss = nn.Sequential(*layers[:-1]), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    X, t = map(torch.from_numpy, data(size, 1))

    def step():
        optimizer.zero_grad()
        L = loss(model(X), t)
        L.backward()
        optimizer.step()
        return L.item()

    return step


def layer_data():
    """32 images of 16 channels, 32 kernels, and the gradient of their output."""
    rng = np.random.default_rng(0)
    shapes = (32, 16, 32, 32), (32, 16, 3, 3), (32,), (32, 32, 32, 32)
    return [rng.standard_normal(shape, dtype=np.float32) for shape in shapes]


def nnlib_layer(direction):
    """The memory is that which the layers before and after would have left."""
    x, K, b, dy = layer_data()
    x, dy = (a.transpose(1, 2, 3, 0).copy().transpose(3, 0, 1, 2) for a in (x, dy))
    _, backprop = closed_form_convolution.conv2d(x, K, b, padding=1)
    if direction == "backward":
        return lambda: backprop(dy)
    return lambda: closed_form_convolution.conv2d(x, K, b, padding=1)


def torch_layer(direction):
    import torch

    x, K, b, dy = map(torch.from_numpy, layer_data())
    inputs = [a.requires_grad_() for a in (x, K, b)]
    y = torch.nn.functional.conv2d(*inputs, padding=1)
    if direction == "backward":
        return lambda: torch.autograd.grad(y, inputs, dy, retain_graph=True)
    with torch.no_grad():
        return lambda: torch.nn.functional.conv2d(
            x.detach(), K.detach(), b.detach(), padding=1
        )


if __name__ == "__main__":
    cases = {
        "digits": (("digits",), 1.0),  # steps of training
        "LeNet": (("LeNet",), 1.3),
        "forward": (("forward",), 2.3),  # passes of one layer
        "backward": (("backward",), 3.0),
    }
    harness.main(__file__, __doc__, cases, {"nnlib": nnlib, "torch": torch})
