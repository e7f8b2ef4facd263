r"""Optimisers: one rule each, for arrays and for recorded tensors alike.

An optimiser is a frozen set of numbers with two pure functions. ``init(w)`` gives the
state that the rule carries from step to step, a dict of arrays shaped as w.
``update(w, g, state, t)`` gives the new w and the new state; g is the gradient and t
counts the steps 1, 2, 3, ...; ``counts`` tells whether the rule looks at it. The
learning rate :math:`\eta` (``lr``) may be a tensor.

:func:`init` and :func:`step` do the same for a dict of parameters, and :func:`record`
puts one step on the tape, so that a page can train by replaying it.

In every formula :math:`g_t = \partial L/\partial w` at :math:`w_{t-1}`, and products,
squares and roots are element by element.
"""

import math
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from nnlib import ops
from nnlib.formula import symbol_of
from nnlib.shapes import numbers_of
from nnlib.tape import Place, Tensor, at


@dataclass(frozen=True)
class SGD:
    r"""Gradient descent; stochastic when the gradient is that of a minibatch.

    .. math:: w_t = w_{t-1} - \eta\, g_t

    Reference: Robbins and Monro (1951). Chapter: 05, 08.
    """

    lr: float
    counts: ClassVar = False

    def init(self, w):
        return {}

    def update(self, w, g, state, t):
        return w - self.lr * g, state


@dataclass(frozen=True)
class Momentum:
    r"""Gradient descent with a velocity, as PyTorch writes it.

    .. math:: v_t = \mu\, v_{t-1} + g_t, \qquad w_t = w_{t-1} - \eta\, v_t

    ``average=True`` weighs the gradient with :math:`1 - \mu`, so that v is a moving
    average and the same :math:`\eta` steps :math:`1/(1 - \mu)` times shorter.

    Reference: Polyak (1964). Chapter: 08.
    """

    lr: float
    mu: float = 0.9
    average: bool = False
    counts: ClassVar = False

    def init(self, w):
        return {"v": np.zeros_like(w)}

    def update(self, w, g, state, t):
        v = self.mu * state["v"] + ((1 - self.mu) * g if self.average else g)
        return w - self.lr * v, {"v": v}


@dataclass(frozen=True)
class AdaGrad:
    r"""Each element divides by the root of the sum of all its squared gradients.

    .. math:: s_t = s_{t-1} + g_t^2, \qquad
              w_t = w_{t-1} - \eta\, \frac{g_t}{\sqrt{s_t} + \epsilon}

    Reference: Duchi, Hazan and Singer (2011). Chapter: 08.
    """

    lr: float = 0.01
    eps: float = 1e-10
    counts: ClassVar = False

    def init(self, w):
        return {"s": np.zeros_like(w)}

    def update(self, w, g, state, t):
        s = state["s"] + g**2
        return w - self.lr * g / (s**0.5 + self.eps), {"s": s}


@dataclass(frozen=True)
class RMSProp:
    r"""AdaGrad with a moving average, so that old gradients are forgotten.

    .. math:: s_t = \beta\, s_{t-1} + (1 - \beta)\, g_t^2, \qquad
              w_t = w_{t-1} - \eta\, \frac{g_t}{\sqrt{s_t} + \epsilon}

    ``eps_inside=True`` divides by :math:`\sqrt{s_t + \epsilon}`, as TensorFlow does:
    about the same as :math:`\sqrt\epsilon` outside the root.

    Reference: Tieleman and Hinton (2012). Chapter: 08.
    """

    lr: float = 0.01
    beta: float = 0.99
    eps: float = 1e-8
    eps_inside: bool = False
    counts: ClassVar = False

    def init(self, w):
        return {"s": np.zeros_like(w)}

    def update(self, w, g, state, t):
        s = self.beta * state["s"] + (1 - self.beta) * g**2
        root = (s + self.eps) ** 0.5 if self.eps_inside else s**0.5 + self.eps
        return w - self.lr * g / root, {"s": s}


@dataclass(frozen=True)
class Adam:
    r"""Momentum and RMSProp, both corrected for their start at zero.

    .. math:: m_t = \beta_1 m_{t-1} + (1 - \beta_1)\, g_t, \quad
              v_t = \beta_2 v_{t-1} + (1 - \beta_2)\, g_t^2

    .. math:: \hat m_t = \frac{m_t}{1 - \beta_1^t}, \quad
              \hat v_t = \frac{v_t}{1 - \beta_2^t}, \qquad
              w_t = w_{t-1} - \eta\, \frac{\hat m_t}{\sqrt{\hat v_t} + \epsilon}

    Reference: Kingma and Ba (2015), Algorithm 1. Chapter: 08.
    """

    lr: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    counts: ClassVar = True

    def init(self, w):
        return {"m": np.zeros_like(w), "v": np.zeros_like(w)}

    def update(self, w, g, state, t):
        m = self.beta1 * state["m"] + (1 - self.beta1) * g
        v = self.beta2 * state["v"] + (1 - self.beta2) * g**2
        m_hat = m / (1 - power(self.beta1, t))
        v_hat = v / (1 - power(self.beta2, t))
        return w - self.lr * m_hat / (v_hat**0.5 + self.eps), {"m": m, "v": v}


@dataclass(frozen=True)
class AdamW:
    r"""Adam after shrinking the weights, apart from the gradient.

    .. math:: w_t = (1 - \eta\lambda)\, w_{t-1}
                    - \eta\, \frac{\hat m_t}{\sqrt{\hat v_t} + \epsilon}

    ``decay`` is :math:`\lambda`. Adding :math:`\lambda w` to the gradient instead is
    another rule: there the denominator shrinks the decay too.

    Reference: Loshchilov and Hutter (2019). Chapter: 08, 09.
    """

    lr: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    decay: float = 0.01
    counts: ClassVar = True

    def init(self, w):
        return self._adam().init(w)

    def update(self, w, g, state, t):
        return self._adam().update((1 - self.lr * self.decay) * w, g, state, t)

    def _adam(self):
        return Adam(self.lr, self.beta1, self.beta2, self.eps)


@dataclass(frozen=True)
class Scheduled:
    r"""An optimiser whose learning rate is a function of the step: ``lr(t)``.

    Example: ``Scheduled(Adam(), warm_up(512, steps=4000))``.

    Chapter: 08.
    """

    optimizer: object
    lr: object
    counts: ClassVar = True

    def init(self, w):
        return self.optimizer.init(w)

    def update(self, w, g, state, t):
        return replace(self.optimizer, lr=self.lr(t)).update(w, g, state, t)


def warm_up(d, *, steps):
    r"""The Transformer's schedule: up in a straight line, then down as a root.

    .. math:: \eta_t = d^{-1/2} \min(t^{-1/2},\; t\, w^{-3/2})

    d : width of the model. steps : :math:`w`, the length of the rise.

    Reference: Vaswani et al. (2017). Chapter: 08, 25.
    """

    def lr(t):
        return d**-0.5 * smaller(t**-0.5, t * steps**-1.5)

    return lr


def smaller(x, y):
    r"""The smaller one, :math:`\min(x, y) = -\max(-x, -y)`, of numbers or tensors."""
    if isinstance(x, float):  # stays a Python number, which leaves float32 alone
        return min(x, y)
    return -ops.maximum(-x, -y)


def power(base, t):
    r"""The power :math:`\beta^t = e^{t \log\beta}` of a number, t a count or a tensor.

    A recorded t is an input that a replay may change; an exponent would be fixed.
    """
    if not isinstance(t, Tensor):
        return base**t
    if base == 0:
        return 0.0  # t counts from 1, and log 0 is not finite
    y = ops.exp(t * math.log(base))
    y.tape.symbols[y.id] = f"{base:g}^{{{symbol_of(t)}}}"
    return y


def clip_by_value(grads, limit):
    r"""Limit every element: :math:`g \leftarrow \max(-c, \min(g, c))`.

    grads : dict of gradients. limit : c. It may turn the gradient's direction.

    Raises
    ------
    ValueError
        If the limit is not above 0.

    Chapter: 08.
    """
    _check_limit("clip_by_value", limit)
    return {name: ops.maximum(smaller(g, limit), -limit) for name, g in grads.items()}


def clip_by_norm(grads, limit):
    r"""Shorten the gradient of all parameters together, keeping its direction.

    .. math:: g \leftarrow g\, \min\left(1, \frac{\tau}{\lVert g \rVert}\right)
                = g\, \frac{\tau}{\max(\lVert g \rVert, \tau)}

    grads : dict of gradients; the norm runs over all their elements. limit :
    :math:`\tau`, a number or, for a page that moves it, an input of the tape. PyTorch
    adds 1e-6 to the norm, so it differs in the seventh digit.

    Raises
    ------
    ValueError
        If the limit is not above 0, or there are no gradients.

    Reference: Pascanu, Mikolov and Bengio (2013). Chapter: 08, 18.
    """
    _check_limit("clip_by_norm", limit)
    if not grads:
        raise ValueError("clip_by_norm: there are no gradients")
    squares = [ops.sum(g**2, axes=tuple(range(np.ndim(g)))) for g in grads.values()]
    norm = sum(squares[1:], start=squares[0]) ** 0.5
    scale = limit / ops.maximum(norm, limit)
    return {name: g * scale for name, g in grads.items()}


def _check_limit(clip, limit):
    limit = numbers_of(limit)
    if not limit > 0:
        raise ValueError(f"{clip}: limit is {limit}, but must be above 0")


def init(optimizer, params):
    """Return the first state for a dict of parameters: ``{name: {key: array}}``."""
    return {name: optimizer.init(w) for name, w in params.items()}


def step(optimizer, params, grads, state, t):
    """Update a dict of parameters; return the new parameters and the new state."""
    new, carried = {}, {}
    for name, w in params.items():
        new[name], carried[name] = optimizer.update(w, grads[name], state[name], t)
    return new, carried


def record(optimizer, params, grads, *, state=None, t=0):
    r"""Record one step of training after the backward pass, in the phase ``update``.

    Everything carried over is an input: the parameters, the state and, for a rule that
    counts, t. ``tape.updates`` says which step holds the next value of each, so whoever
    replays the trace and feeds them back is training. A learning rate that the page may
    change is an input too, and like all inputs recorded before the loss::

        eta = tape.input("eta", 0.1)
        ...
        record(SGD(lr=eta), params, gradient(L, params))

    Parameters
    ----------
    params, grads : dicts of tensors with the same names; the parameters are inputs
    state : as :func:`init` gives it, which is the default
    t : the number of steps made so far

    Returns
    -------
    The new parameters, a dict of tensors named ``W1_new`` and so on.

    Raises
    ------
    ValueError
        If a parameter is not an input, or has no gradient; or an input is called t,
        which is the count of steps here.

    Chapter: 05, 08.
    """
    _check_record(params, grads)
    tape = next(iter(params.values())).tape
    if optimizer.counts and "t" in tape.taken:
        told = "t is the count of steps here, so the input t needs another name"
        raise ValueError(f"record: {told}")
    with at(Place(phase="update")):
        if state is None:
            state = init(optimizer, {name: w.value for name, w in params.items()})
        state = {name: _state_inputs(tape, name, state[name]) for name in params}
        t = _counted(tape, t) if optimizer.counts else None
        new, carried = step(optimizer, params, grads, state, t)
        for name, w in params.items():
            becomes(w, new[name])
            for key, old in state[name].items():
                becomes(old, carried[name][key])
    return new


def _check_record(params, grads):
    for name, w in params.items():
        if w.op != "input":
            raise ValueError(f"record: {name} is the result of {w.op}, not an input")
        if name not in grads:
            raise ValueError(f"record: {name} has no gradient")


def _state_inputs(tape, name, state):
    return {key: tape.input(f"{key}_{name}", value) for key, value in state.items()}


def _counted(tape, t):
    before = tape.input("t", float(t))
    now = before + 1
    becomes(before, now)
    return now


def becomes(old, new):
    """Make ``new`` the next value of the input ``old``, and name it so.

    A page that trains replays the trace and then puts ``new`` in the place of ``old``.

    Parameters
    ----------
    old : an input of a tape
    new : a tensor of the same shape, computed in the phase "update"

    Chapter: 01, 18.
    """
    labels = old.tape.labels.get(old.id)
    new.named(
        f"{old.name}_new",
        labels=labels and [f"{label}_new" for label in labels],
        symbol=rf"{{{symbol_of(old)}}}^{{\text{{new}}}}",
    )
    old.tape.updates[old.id] = new.id
