r"""Training: shuffle, take a batch, step, repeat.

All parameters lie in one flat vector and the layers hold views into it, so that the
optimiser's rule runs once per step over one long array.
"""

import math
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from nnlib.autodiff import value_and_grad
from nnlib.shapes import show


@dataclass(repr=False)
class History:
    """What :func:`fit` saw, and the model it ended with.

    ``losses`` : the mean training loss of each completed epoch, as met on the way.
    ``validation_losses`` : the loss on the validation data after each epoch.
    ``accuracies`` : the same for :func:`accuracy`, if the targets are class numbers.
    ``interrupted`` : whether Ctrl-C ended the training early.
    """

    model: object
    losses: list = field(default_factory=list)
    validation_losses: list = field(default_factory=list)
    accuracies: list = field(default_factory=list)
    interrupted: bool = False

    def __repr__(self):
        ended = ", interrupted" if self.interrupted else ""
        return f"History({len(self.losses)} epochs{ended})"


def fit(
    model,
    loss,
    X,
    t,
    *,
    optimizer,
    epochs,
    batch_size,
    rng,
    validation=None,
    progress=True,
):
    r"""Train on minibatches and return the :class:`History`.

    .. math:: \theta \leftarrow \operatorname{rule}(\theta, \partial L/\partial\theta)

    once for the loss L of each batch. The given model stays as it was; the trained one
    is ``history.model``. Ctrl-C ends the training early and keeps what was learned.

    Parameters
    ----------
    model : a layer with ``parameters`` and ``with_parameters``
    loss : function of outputs and targets, such as ``cross_entropy``
    X, t : examples (N, ...) and their targets (N, ...)
    optimizer : one of :mod:`nnlib.optimizers`
    epochs, batch_size : passes over the data; examples in a step
    rng : Generator that shuffles the data before each epoch
    validation : a pair (X, t) to measure after each epoch
    progress : show a bar if tqdm is installed

    Raises
    ------
    ValueError
        If there is no data, X and t differ in length, a count is below 1, or the model
        has no parameters.
    FloatingPointError
        If the loss is not a finite number; the sentence says at which step.

    Reference: Bottou (2010). Chapter: 02, 05, 08.
    """
    _check_data("fit", X, t, batch_size)
    if epochs < 1:
        raise ValueError(f"fit: epochs is {epochs}, not 1 or above")
    _keep_freed_memory()
    trainer, history = Trainer(model, loss, optimizer), History(model)
    steps = epochs * math.ceil(len(X) / batch_size)
    try:
        with _bar(steps, progress) as bar:
            for _ in range(epochs):
                batches = minibatches(X, t, batch_size=batch_size, rng=rng)
                history.losses.append(_epoch(trainer, batches, bar))
                if validation is not None:
                    _validate(trainer.model(), loss, *validation, history)
    except KeyboardInterrupt:
        history.interrupted = True
    history.model = trainer.model()
    return history


def _epoch(trainer, batches, bar):
    """Make one pass over the data and return the mean loss of its examples."""
    total, seen = 0.0, 0
    for X, t in batches:
        total += trainer.step(X, t) * len(X)
        seen += len(X)
        bar.update()
    return total / seen


class Trainer:
    """The flat vector of all parameters, the state of the rule, and one step of it."""

    def __init__(self, model, loss, optimizer):
        parameters = model.parameters()
        if not parameters:
            raise ValueError("fit: the model has no parameters to train")
        self.template, self.optimizer = model, optimizer
        self.shapes = {name: np.shape(w) for name, w in parameters.items()}
        self.w = flatten(parameters)
        self.state, self.count = optimizer.init(self.w), 0
        self.evaluate = value_and_grad(
            lambda values, X, t: loss(model.with_parameters(values)(X), t)
        )

    def step(self, X, t):
        """Make one step and return the loss before it."""
        L, grads = self.evaluate(unflatten(self.w, self.shapes), X, t)
        self.count += 1
        if not math.isfinite(L):
            raise FloatingPointError(
                f"fit: the loss is {L} at step {self.count}: try a smaller learning "
                "rate or smaller first weights, and look for nan and inf in X and t"
            )
        g = flatten(grads)
        self.w, self.state = self.optimizer.update(self.w, g, self.state, self.count)
        return float(L)

    def model(self):
        return self.template.with_parameters(unflatten(self.w, self.shapes))


def flatten(arrays):
    """Lay a dict of arrays end to end in one vector."""
    return np.concatenate([np.ravel(a) for a in arrays.values()])


def unflatten(vector, shapes):
    """Cut a vector into a dict of views, the inverse of :func:`flatten`."""
    views, start = {}, 0
    for name, shape in shapes.items():
        stop = start + math.prod(shape)
        views[name] = vector[start:stop].reshape(shape)
        start = stop
    return views


def minibatches(X, t, *, batch_size, rng):
    """Yield the data once, in random order, as pairs of batches; the last may be short.

    X : (N, ...). t : (N, ...).

    Raises
    ------
    ValueError
        If there is no data, X and t differ in length, or ``batch_size`` is below 1.

    Chapter: 08, 12.
    """
    _check_data("minibatches", X, t, batch_size)
    X, t = np.asarray(X), np.asarray(t)
    order = rng.permutation(len(X))
    for start in range(0, len(X), batch_size):
        rows = order[start : start + batch_size]
        yield X[rows], t[rows]


def accuracy(z, t):
    r"""The share of rows whose largest output is the right class.

    z : logits or probabilities (N, K). t : class numbers (N,).

    Raises
    ------
    ValueError
        If the shapes do not fit.

    Chapter: 02.
    """
    z, t = np.asarray(z), np.asarray(t)
    if z.ndim != 2 or t.shape != z.shape[:1] or not len(t):
        found = f"z has shape {show(z.shape)} and t has shape {show(t.shape)}"
        raise ValueError(f"accuracy: {found}, but (N, K) and (N,) are expected")
    return float(np.mean(np.argmax(z, axis=1) == t))


def _check_data(caller, X, t, batch_size):
    if len(X) == 0:
        raise ValueError(f"{caller}: there is no data, X has 0 rows")
    if len(X) != len(t):
        raise ValueError(f"{caller}: X has {len(X)} rows, but t has {len(t)}")
    if batch_size < 1:
        raise ValueError(f"{caller}: batch_size is {batch_size}, not 1 or above")


def _validate(model, loss, X, t, history):
    z = model(X)
    history.validation_losses.append(float(loss(z, t)))
    if np.ndim(z) == 2 and np.ndim(t) == 1:
        history.accuracies.append(accuracy(z, t))


@contextmanager
def _bar(steps, show_it):
    """A progress bar, or something that takes its place where there is none."""
    try:
        if not show_it:
            raise ImportError
        from tqdm import tqdm
    except ImportError:
        yield _NoBar()
        return
    with tqdm(total=steps, unit="step", leave=False) as bar:
        yield bar


class _NoBar:
    def update(self):
        pass


def _keep_freed_memory():
    """Free one large block: glibc then keeps what later steps free, and reuses it.

    Without it every step returns its arrays to the system and pays for new pages: an
    Adam update of 26,000 weights took three times as long. Other systems lose nothing.
    """
    np.empty(31 << 20, np.uint8)
