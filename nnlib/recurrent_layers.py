r"""Recurrent layers: RNN, LSTM, GRU, a stack of them, and one that reads both ways.

A layer takes X (N, T, D) to all its states (N, T, H), so that it fits into a
``Sequential``. ``layer.run(X, state, mask)`` also takes a first state and returns the
last one; ``layer.cell(x, *state)`` is one time step, for ``unroll`` and ``feed_back``.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from nnlib import ops
from nnlib.cells import gru_cell, lstm_cell, rnn_cell
from nnlib.initializers import xavier_normal
from nnlib.layers import Sequential, check_names
from nnlib.recurrent import as_mask, gru, last, lstm, reverse, rnn, step_of
from nnlib.sequences import check_state
from nnlib.shapes import check_shape
from nnlib.tape import scope


def _given(mask):
    return () if mask is None else (mask,)


class _Recurrent:
    """What all layers share: how they are called, and the state they begin with.

    ``letters`` names the parts of the state, h and c: one letter for each array (N, H).
    """

    states = property(lambda self: len(self.letters))

    def __call__(self, X, mask=None):
        return self.run(X, mask=mask)[0]

    def _first_state(self, X, state):
        """The state before the first step: the one given, if it fits, or zeros."""
        caller = type(self).__name__
        N = check_shape(f"{caller}: X", X, "N T D")["N"]
        if state is None:
            return self.zero_state(N)
        check_state(caller, state, self.letters)
        return tuple(state)


@dataclass(frozen=True, eq=False)
class _Layer(_Recurrent):
    """What RNN, LSTM and GRU share: their weights, and how these are drawn."""

    W_x: np.ndarray
    W_h: np.ndarray
    b: np.ndarray

    parts: ClassVar = 1
    letters: ClassVar = "h"

    @classmethod
    def _draw(cls, d_in, d_h, biases, rng, weights):
        """Weights part by part, so that each has the fan of its own units; b is 0."""
        draw = [
            np.hstack([weights((d, d_h), rng=rng) for _ in range(cls.parts)])
            for d in (d_in, d_h)
        ]
        shape = (cls.parts * d_h,) if biases == 1 else (biases, cls.parts * d_h)
        return (*draw, np.zeros(shape))

    def zero_state(self, N):
        """The state before the first step of N sequences, zeros."""
        H, dtype = self.W_h.shape[0], self.W_h.dtype
        return tuple(np.zeros((N, H), dtype) for _ in range(self.states))

    def _weights(self):
        """W_x, W_h and one bias: where there are two, only their sum counts."""
        two = len(self.b.shape) == 2
        return self.W_x, self.W_h, ops.sum(self.b, axes=(0,)) if two else self.b

    def parameters(self):
        return {"W_x": self.W_x, "W_h": self.W_h, "b": self.b}

    def with_parameters(self, values):
        check_names(type(self).__name__, self.parameters(), values)
        return replace(self, **values)

    def __repr__(self):
        return f"{type(self).__name__}({np.shape(self.W_x)[0]}, {len(self.W_h)})"


class RNN(_Layer):
    r"""The vanilla recurrent layer, :math:`h_t = \tanh(x_t W_x + h_{t-1} W_h + b)`.

    W_x : (D, H). W_h : (H, H). b : (H,); or (2, H), which are added, as PyTorch keeps
    them. The state is (h,).

    Raises
    ------
    ValueError
        On a call, if X, a state or a mask does not fit.

    Reference: Elman (1990). Chapter: 18.
    """

    @classmethod
    def init(cls, d_in, d_h, *, rng, weights=xavier_normal, biases=1):
        """Draw ``weights((d_in, d_h), rng=rng)`` and (d_h, d_h); b is 0."""
        return cls(*cls._draw(d_in, d_h, biases, rng, weights))

    def cell(self, x, h):
        return (rnn_cell(x, h, *self._weights()),)

    def run(self, X, state=None, mask=None):
        (h,) = self._first_state(X, state)
        H = rnn(X, h, *self._weights(), *_given(mask))
        return H, (last(H),)


class LSTM(_Layer):
    r"""Long short-term memory, by :func:`nnlib.recurrent.lstm`.

    W_x : (D, 4H), [W_i W_f W_g W_o]: input gate, forget gate, candidate, output gate.
    W_h : (H, 4H). b : (4H,); or (2, 4H), which are added, as PyTorch keeps them. The
    state is (h, c).

    Raises
    ------
    ValueError
        On a call, if X, a state or a mask does not fit.

    Reference: Hochreiter and Schmidhuber (1997). Chapter: 20.
    """

    parts = 4
    letters = "hc"

    @classmethod
    def init(cls, d_in, d_h, *, rng, weights=xavier_normal, biases=1, forget_bias=1.0):
        """Draw the weights gate by gate. b is 0, but for the forget gate, which begins
        open (Jozefowicz, Zaremba and Sutskever, 2015)."""
        W_x, W_h, b = cls._draw(d_in, d_h, biases, rng, weights)
        np.atleast_2d(b)[0, d_h : 2 * d_h] = forget_bias
        return cls(W_x, W_h, b)

    def cell(self, x, h, c):
        return lstm_cell(x, h, c, *self._weights())

    def run(self, X, state=None, mask=None):
        h, c = self._first_state(X, state)
        T = X.shape[1]
        S = lstm(X, h, c, *self._weights(), *_given(mask))
        H = ops.narrow(S, axis=1, start=0, length=T)
        return H, (last(H), step_of(S, T))


@dataclass(frozen=True, eq=False, repr=False)
class GRU(_Layer):
    r"""The gated recurrent unit, by :func:`nnlib.recurrent.gru`.

    W_x : (D, 3H), [W_r W_z W_n]: reset gate, update gate, candidate. W_h : (H, 3H).
    b : (3H,), and (2, 3H) in the convention "pytorch". The state is (h,).

    Raises
    ------
    ValueError
        On a call, if X, a state or a mask does not fit.

    Reference: Cho et al. (2014). Chapter: 20.
    """

    convention: str = "cho"
    parts: ClassVar = 3

    @classmethod
    def init(cls, d_in, d_h, *, rng, weights=xavier_normal, convention="cho"):
        """Draw the weights gate by gate; b is 0."""
        biases = 2 if convention == "pytorch" else 1
        return cls(*cls._draw(d_in, d_h, biases, rng, weights), convention)

    def cell(self, x, h):
        weights = self.W_x, self.W_h, self.b
        return (gru_cell(x, h, *weights, convention=self.convention),)

    def run(self, X, state=None, mask=None):
        (h,) = self._first_state(X, state)
        weights = self.W_x, self.W_h, self.b
        H = gru(X, h, *weights, *_given(mask), convention=self.convention)
        return H, (last(H),)


class Stack(_Recurrent, Sequential):
    r"""A deep recurrent network: the states of a layer are the inputs of the next.

    .. math:: H^{[l]}_t = f^{[l]}(H^{[l-1]}_t, H^{[l]}_{t-1}), \qquad H^{[0]}_t = x_t

    ``Stack(LSTM.init(8, 16, rng=rng), LSTM.init(16, 16, rng=rng))``. Its state is that
    of the last layer, whose h is the output, then that of the layer below, and so on.

    Raises
    ------
    ValueError
        On a call, if X, a state or a mask does not fit.

    Reference: Graves, Mohamed and Hinton (2013). Chapter: 21.
    """

    @property
    def letters(self):
        return "".join(layer.letters for layer in self.layers[::-1])

    def zero_state(self, N):
        """The state before the first step of N sequences, zeros."""
        return sum((layer.zero_state(N) for layer in self.layers[::-1]), start=())

    def cell(self, x, *state):
        check_state("Stack", state, self.letters)
        new = ()
        for l, (layer, own) in enumerate(self._own(state), start=1):
            with scope(f"layer {l}"):
                own = layer.cell(x, *own)
            x, new = own[0], (*own, *new)
        return new

    def run(self, X, state=None, mask=None):
        state, new = self._first_state(X, state), ()
        for l, (layer, own) in enumerate(self._own(state), start=1):
            with scope(f"layer {l}"):
                X, own = layer.run(X, own, mask)
            new = (*own, *new)
        return X, new

    def _own(self, state):
        """Each layer with its part of the state."""
        end = len(state)
        for layer in self.layers:
            yield layer, state[end - layer.states : end]
            end -= layer.states


class Bidirectional(_Recurrent, Sequential):
    r"""Two layers that read a sequence from its two ends, side by side.

    .. math:: \overrightarrow h_t = \overrightarrow f(x_t, \overrightarrow h_{t-1}),
              \qquad \overleftarrow h_t = \overleftarrow f(x_t, \overleftarrow h_{t+1}),
              \qquad H_t = [\overrightarrow h_t\; \overleftarrow h_t]

    ``Bidirectional(RNN.init(4, 8, rng=rng), RNN.init(4, 8, rng=rng))`` gives (N, T,
    2H). With a mask the second begins at the end of each sequence, not of the padding.

    Raises
    ------
    ValueError
        If there are not two layers; on a call, if X, a state or a mask does not fit.

    Reference: Schuster and Paliwal (1997). Chapter: 21.
    """

    def __init__(self, *layers):
        if len(layers) != 2:
            raise ValueError(f"Bidirectional: {len(layers)} layers, not two")
        super().__init__(*layers)

    @property
    def letters(self):
        return "".join(layer.letters for layer in self.layers)

    def zero_state(self, N):
        """The states before the first and after the last step, zeros."""
        return sum((layer.zero_state(N) for layer in self.layers), start=())

    def run(self, X, state=None, mask=None):
        forward, backward = self.layers
        state = self._first_state(X, state)
        first, second = state[: forward.states], state[forward.states :]
        with scope("left to right"):
            right, first = forward.run(X, first, mask)
        with scope("right to left"):
            turned = mask if mask is None else reverse(as_mask(mask, X))
            left, second = backward.run(reverse(X), second, turned)
            left = reverse(left)
        return ops.concat(right, left, axis=2), (*first, *second)
