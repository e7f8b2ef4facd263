r"""Recurrent networks over whole sequences.

A sequence is X (N, T, D), examples first, as everywhere in the book, so a batch is cut
from it as from any data. ``rnn``, ``lstm`` and ``gru`` unroll the cells of ``cells.py``
over it, step by step; a training tape records each as one step.
"""

import numpy as np

from nnlib import closed_form_recurrent, ops
from nnlib.cells import gru_cell, lstm_cell, rnn_cell, unroll
from nnlib.functional import checked
from nnlib.sequences import check_gru, check_sequence
from nnlib.shapes import check_shape
from nnlib.tape import Tensor, composite


@checked(check_sequence("rnn", 1))
@composite(closed_form_recurrent.rnn)
def rnn(X, h, W_x, W_h, b, mask=None):
    r""":func:`rnn_cell` over whole sequences, many to many.

    .. math:: h_t = \tanh(x_t W_x + h_{t-1} W_h + b), \qquad t = 1 \dots T

    X : (N, T, D). h : the state before the first step, (N, H). W_x, W_h, b : those of
    the cell. mask : (N, T), 1 where there is a token and 0 where a sequence has ended;
    there the state stays. Result: all :math:`h_t`, (N, T, H).

    Raises
    ------
    ValueError
        If the shapes do not fit, there are no time steps, a mask is not 0 or 1, or it
        leaves nothing of a sequence.

    Reference: Elman (1990); Werbos (1990). Chapter: 18.
    """
    states = unroll(
        lambda x, h: rnn_cell(x, h, W_x, W_h, b), steps_of(X), (h,), _masks(mask, X)
    )
    return sequence([h for (h,) in states])


@checked(check_sequence("lstm", 4, states=2))
@composite(closed_form_recurrent.lstm)
def lstm(X, h, c, W_x, W_h, b, mask=None):
    r""":func:`lstm_cell` over whole sequences; the last memory comes as one step more.

    .. math:: (h_t, c_t) = \operatorname{cell}(x_t, h_{t-1}, c_{t-1}), \qquad
              \text{result} = [h_1 \dots h_T,\; c_T]

    X : (N, T, D). h, c : the state before the first step, (N, H). W_x, W_h, b : those
    of the cell. mask : (N, T), as for :func:`rnn`. Result: (N, T + 1, H).

    Raises
    ------
    ValueError
        If the shapes do not fit, there are no time steps, a mask is not 0 or 1, or it
        leaves nothing of a sequence.

    Reference: Hochreiter and Schmidhuber (1997). Chapter: 20.
    """
    states = unroll(
        lambda x, h, c: lstm_cell(x, h, c, W_x, W_h, b),
        steps_of(X),
        (h, c),
        _masks(mask, X),
    )
    return sequence([*(h for h, _ in states), states[-1][1]])


@checked(check_gru("gru", "N T D"))
@composite(closed_form_recurrent.gru)
def gru(X, h, W_x, W_h, b, mask=None, *, convention="cho"):
    r""":func:`gru_cell` over whole sequences, many to many.

    .. math:: h_t = \operatorname{cell}(x_t, h_{t-1}), \qquad t = 1 \dots T

    X : (N, T, D). h : the state before the first step, (N, H). W_x, W_h, b and
    convention : those of the cell. mask : (N, T), as for :func:`rnn`. Result: all
    :math:`h_t`, (N, T, H).

    Raises
    ------
    ValueError
        If the shapes do not fit, there are no time steps, a mask is not 0 or 1, or it
        leaves nothing of a sequence.

    Reference: Cho et al. (2014). Chapter: 20.
    """
    states = unroll(
        lambda x, h: gru_cell(x, h, W_x, W_h, b, convention=convention),
        steps_of(X),
        (h,),
        _masks(mask, X),
    )
    return sequence([h for (h,) in states])


@composite(closed_form_recurrent.reverse)
def reverse(X):
    r"""Sequences read from right to left.

    .. math:: y_t = x_{T+1-t}

    X, y : (N, T, D), or (N, T) for a mask.

    Reference: Schuster and Paliwal (1997). Chapter: 21.
    """
    T = X.shape[1]
    parts = [ops.narrow(X, axis=1, start=t, length=1) for t in reversed(range(T))]
    return ops.concat(*parts, axis=1)


def last(H):
    r"""Many to one: the state of the last step, :math:`y = h_T`.

    H : (N, T, H). y : (N, H). With a mask the last state is that of each sequence's own
    last step, because it has stayed since.

    Raises
    ------
    ValueError
        If H has not three axes.

    Chapter: 18.
    """
    check_shape("last: H", H, "N T H")
    return step_of(H, H.shape[1] - 1)


def step_of(X, t):
    """One step of a sequence (N, T, D), counted from 0: (N, D)."""
    N, _, D = X.shape
    return ops.reshape(ops.narrow(X, axis=1, start=t, length=1), shape=(N, D))


def steps_of(X):
    """A sequence (N, T, D) as a list of its steps, (N, D) each."""
    return [step_of(X, t) for t in range(X.shape[1])]


def sequence(hs):
    """A list of steps (N, D) as one sequence (N, T, D), the inverse of steps_of."""
    N, D = hs[0].shape
    return ops.concat(*[ops.reshape(h, shape=(N, 1, D)) for h in hs], axis=1)


def _masks(mask, X):
    if mask is None:
        return None
    mask = as_mask(mask, X)
    T = mask.shape[1]
    return [ops.narrow(mask, axis=1, start=t, length=1) for t in range(T)]


def as_mask(mask, X):
    """A mask in the precision of X, which it then does not widen."""
    return mask if type(mask) is Tensor else np.asarray(mask, dtype=X.dtype)
