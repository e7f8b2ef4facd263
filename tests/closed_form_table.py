"""Every hand derivation beside the function it belongs to, with inputs to try it on.

A row's ``inputs`` are differentiated, its ``fixed`` ones are not. Among the shapes are
one row, one column, one class and more rows than columns.
"""

from dataclasses import dataclass

import numpy as np

from nnlib import closed_form, functional, losses

SHAPES = [(1, 1), (1, 4), (5, 1), (3, 4), (17, 6)]


@dataclass(frozen=True)
class Row:
    id: str
    function: object
    closed_form: object
    inputs: tuple
    fixed: tuple = ()

    def cast(self, dtype):
        """The row in another precision; class numbers stay whole numbers."""
        floats = [f.astype(dtype) if f.dtype.kind == "f" else f for f in self.fixed]
        inputs = tuple(x.astype(dtype) for x in self.inputs)
        return Row(self.id, self.function, self.closed_form, inputs, tuple(floats))


def _row(name, family, shape, inputs, *fixed, form=None):
    size = "x".join(map(str, shape))
    function, closed = getattr(family, name), getattr(closed_form, form or name)
    return Row(f"{form or name} {size}", function, closed, tuple(inputs), fixed)


def _rows_of(shape, rng):
    N, K = shape
    z, y = rng.normal(size=shape), rng.normal(size=shape)
    for D in (1, 3):
        x, W = rng.normal(size=(N, D)), rng.normal(size=(D, K))
        yield _row("linear", functional, (N, D, K), (x, W, rng.normal(size=K)))
        shared = _row("linear", functional, (N, D, K), (x, W, rng.normal(size=())))
        yield Row(f"{shared.id} shared bias", *list(vars(shared).values())[1:])
    for name in ("relu", "sigmoid", "tanh"):
        yield _row(name, functional, shape, (3 * z,))
    yield _row("half_squared_error", losses, shape, (z, y))
    yes = rng.uniform(size=shape)
    yield _row("binary_cross_entropy", losses, shape, (3 * z,), yes)
    form = "softmax_cross_entropy"
    ids, p = rng.integers(0, K, N), rng.dirichlet(np.ones(K), N)
    yield _row("cross_entropy", losses, shape, (3 * z,), ids, form=form)
    soft = _row("cross_entropy", losses, shape, (3 * z,), p, form=form)
    yield Row(f"{soft.id} probabilities", *list(vars(soft).values())[1:])


ROWS = [
    row for n, s in enumerate(SHAPES) for row in _rows_of(s, np.random.default_rng(n))
]
