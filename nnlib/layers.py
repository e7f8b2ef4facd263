r"""Layers: parameters and what to do with them, without hidden state.

A layer is a callable. One with parameters also has ``parameters()``, a dict from dotted
names to arrays, and ``with_parameters(values)``, a new layer that holds other values
under the same names. Give it tensors and the same call is recorded::

    tape = Tape()
    W = tape.inputs(model.parameters())
    L = cross_entropy(model.with_parameters(W)(X), t)
    dW = gradient(L, W)
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from nnlib.functional import layer_norm, linear, relu
from nnlib.initializers import kaiming_normal, zeros
from nnlib.shapes import show
from nnlib.tape import scope


@dataclass(frozen=True, eq=False)
class Linear:
    r"""One layer of neurons, :math:`z = x W + b`.

    W : (D_in, D_out), one neuron in each column. b : (D_out,).

    Raises
    ------
    ValueError
        On a call, if the rows of x are not D_in long.

    Chapter: 02.
    """

    W: np.ndarray
    b: np.ndarray

    @classmethod
    def init(cls, d_in, d_out, *, rng, weights=kaiming_normal):
        """Draw the weights with ``weights((d_in, d_out), rng=rng)``; the bias is 0."""
        return cls(weights((d_in, d_out), rng=rng), zeros((d_out,)))

    def __call__(self, x):
        return linear(x, self.W, self.b)

    def parameters(self):
        return {"W": self.W, "b": self.b}

    def with_parameters(self, values):
        check_names("Linear", self.parameters(), values)
        return Linear(**values)

    def __repr__(self):
        d_in, d_out = np.shape(self.W)
        return f"Linear({d_in}, {d_out})"


@dataclass(frozen=True, eq=False)
class LayerNorm:
    r""":func:`layer_norm` as a layer, with :math:`\epsilon = 10^{-5}`.

    gamma, beta : (D,).

    Raises
    ------
    ValueError
        On a call, if the rows of x are not D long.

    Chapter: 25.
    """

    gamma: np.ndarray
    beta: np.ndarray

    @classmethod
    def init(cls, d):
        """Begin with mean 0 and variance 1: gamma is 1 and beta 0."""
        return cls(np.ones(d), np.zeros(d))

    def __call__(self, x):
        return layer_norm(x, self.gamma, self.beta)

    def parameters(self):
        return {"gamma": self.gamma, "beta": self.beta}

    def with_parameters(self, values):
        check_names("LayerNorm", self.parameters(), values)
        return LayerNorm(**values)

    def __repr__(self):
        return f"LayerNorm({len(self.gamma)})"


class Sequential:
    r"""Layers one after another, :math:`a^{[l]} = f^{[l]}(a^{[l-1]})`.

    ``Sequential(Linear.init(2, 8, rng=rng), relu, Linear.init(8, 1, rng=rng))``

    A layer is any function of one array, with parameters or without. Parameters are
    named after the place of their layer: ``"0.W"``, ``"0.b"``, ``"2.W"``, ``"2.b"``.

    Raises
    ------
    ValueError
        If ``with_parameters`` gets a name too many or too few.

    Chapter: 02.
    """

    def __init__(self, *layers):
        self.layers = layers

    def __call__(self, x):
        number = 0
        for layer in self.layers:
            number += hasattr(layer, "parameters")  # an activation joins its layer
            with scope(f"layer {max(number, 1)}"):
                x = layer(x)
        return x

    def parameters(self):
        return _parameters(enumerate(self.layers))

    def with_parameters(self, values):
        check_names(type(self).__name__, self.parameters(), values)
        new = _with_parameters(enumerate(self.layers), values)
        return type(self)(*new.values())

    def __repr__(self):
        names = [getattr(layer, "__name__", repr(layer)) for layer in self.layers]
        return f"{type(self).__name__}({', '.join(names)})"


class Assembly:
    r"""A layer made of layers: the base of a dataclass whose fields are its parts.

    A parameter is named after its field: ``"norm.gamma"`` is the gamma of ``norm``.

    Raises
    ------
    ValueError
        If ``with_parameters`` gets a name too many or too few.

    Chapter: 25.
    """

    def parameters(self):
        return _parameters(vars(self).items())

    def with_parameters(self, values):
        check_names(type(self).__name__, self.parameters(), values)
        return replace(self, **_with_parameters(vars(self).items(), values))


def _parameters(parts):
    """The parameters of the parts that have some, each after the place of its part."""
    return {
        f"{place}.{name}": value
        for place, part in parts
        if hasattr(part, "parameters")
        for name, value in part.parameters().items()
    }


def _with_parameters(parts, values):
    """The parts by their places, with new parameters where they have some."""
    new = dict(parts)
    for place, part in new.items():
        if hasattr(part, "parameters"):
            own = {name: values[f"{place}.{name}"] for name in part.parameters()}
            new[place] = part.with_parameters(own)
    return new


def check_names(layer, own, values):
    """Refuse parameters of a layer that are missing or unknown."""
    for name in [*own, *values]:
        if (name in own) != (name in values):
            problem = "is missing" if name in own else "is unknown"
            names = ", ".join(own)
            raise ValueError(f"{layer}: parameter {name} {problem}; there are {names}")


def mlp(widths, *, rng, activation=relu, weights=kaiming_normal):
    r"""A multilayer perceptron: linear layers with an activation between them.

    .. math:: a^{[l]} = f(a^{[l-1]} W^{[l]} + b^{[l]}), \qquad
              \text{parameters} = \sum_{l=1}^{L} n_l\,(n_{l-1} + 1)

    widths : :math:`(n_0, n_1, \dots, n_L)`, inputs first, outputs last. The last layer
    has no activation: it gives logits, or the prediction of a regression.

    Raises
    ------
    ValueError
        If there are fewer than two widths, or one is below 1.

    Reference: Rumelhart, Hinton and Williams (1986). Chapter: 02.
    """
    if len(widths) < 2 or min(widths) < 1:
        raise ValueError(f"mlp: widths {show(widths)} are not two counts or more")
    parts = []
    for d_in, d_out in pairwise(widths):
        parts += [Linear.init(d_in, d_out, rng=rng, weights=weights), activation]
    return Sequential(*parts[:-1])


def parameter_count(layer):
    """Count the numbers that training may change."""
    return sum(np.size(value) for value in layer.parameters().values())
