"""Train the small network of chapter 12 on the digits and store its weights.

Writes notebooks/data/digits_cnn.npz: the parameters of two convolutions with 8 and 16
kernels and of the linear layer after them, rounded to 2 decimals. The explorer takes
its weights from this file, because a long training drifts apart in the last digits from
one processor to the next.
"""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from nnlib.convolution import Conv2d, MaxPool2d, flatten
from nnlib.functional import relu
from nnlib.layers import Linear, Sequential
from nnlib.losses import cross_entropy
from nnlib.optimizers import Adam
from nnlib.training import accuracy, fit

FILE = Path(__file__).parents[1] / "notebooks" / "data" / "digits_cnn.npz"


def data():
    """Images (1797, 1, 8, 8) from 0 to 1, class numbers, and who is held out."""
    pixels, t = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(t))
    return pixels.reshape(-1, 1, 8, 8) / 16, t, order[:1347], order[1347:]


def network(kernels, *, rng):
    """Convolution, ReLU, pooling, twice; then one linear layer."""
    c1, c2 = kernels
    return Sequential(
        *(Conv2d.init(1, c1, 3, padding=1, rng=rng), relu, MaxPool2d(2)),
        *(Conv2d.init(c1, c2, 3, padding=1, rng=rng), relu, MaxPool2d(2)),
        *(flatten, Linear.init(4 * c2, 10, rng=rng)),
    )


def main():
    X, t, seen, held_out = data()
    rng = np.random.default_rng(1)
    training = {"optimizer": Adam(0.003), "epochs": 30, "batch_size": 32, "rng": rng}
    model = network((8, 16), rng=rng)
    model = fit(model, cross_entropy, X[seen], t[seen], **training).model
    rounded = {name: w.round(2) for name, w in model.parameters().items()}
    right = accuracy(model.with_parameters(rounded)(X[held_out]), t[held_out])
    print(f"{right:.1%} of the digits held out are right")
    np.savez(FILE, **rounded)


if __name__ == "__main__":
    main()
