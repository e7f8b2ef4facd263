"""Every hand derivation beside the function it belongs to, with inputs to try it on.

A row's ``inputs`` are differentiated, its ``fixed`` ones are not. Among the shapes are
one row, one column, one class and more rows than columns.
"""

from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np

from nnlib import (
    attention,
    closed_form,
    closed_form_attention,
    closed_form_convolution,
    closed_form_recurrent,
    convolution,
    functional,
    language,
    losses,
    recurrent,
)
from nnlib.sequences import CONVENTIONS

SHAPES = [(1, 1), (1, 4), (5, 1), (3, 4), (17, 6)]


@dataclass(frozen=True)
class Row:
    id: str
    function: object
    closed_form: object
    inputs: tuple
    fixed: tuple = ()
    params: dict = field(default_factory=dict)

    def call(self, *inputs):
        return self.function(*inputs, *self.fixed, **self.params)

    def derived(self):
        """The value and the backprop of the hand derivation."""
        return self.closed_form(*self.inputs, *self.fixed, **self.params)

    def cast(self, dtype):
        """The row in another precision; class numbers stay whole numbers."""
        floats = [f.astype(dtype) if f.dtype.kind == "f" else f for f in self.fixed]
        inputs = tuple(x.astype(dtype) for x in self.inputs)
        return replace(self, inputs=inputs, fixed=tuple(floats))


def _row(name, family, shape, inputs, *fixed, form=None):
    size = "x".join(map(str, shape))
    function, closed = getattr(family, name), getattr(closed_form, form or name)
    return Row(f"{form or name} {size}", function, closed, tuple(inputs), fixed)


def _rows_of(shape, rng):
    N, K = shape
    z, y = rng.normal(size=shape), rng.normal(size=shape)
    for D in (0, 1, 3):
        x, W = rng.normal(size=(N, D)), rng.normal(size=(D, K))
        yield _row("linear", functional, (N, D, K), (x, W, rng.normal(size=K)))
        X = rng.normal(size=(2, N, D))
        yield _row("linear", functional, (2, N, D, K), (X, W, rng.normal(size=K)))
        shared = _row("linear", functional, (N, D, K), (x, W, rng.normal(size=())))
        yield Row(f"{shared.id} shared bias", *list(vars(shared).values())[1:])
    for name in ("relu", "sigmoid", "tanh", "gelu_tanh"):
        yield _row(name, functional, shape, (3 * z,))
    for lead in ((), (2, 3)):
        inputs = [rng.normal(size=s) for s in ((*lead, N, K), (K,), (K,))]
        yield _row("layer_norm", functional, (*lead, N, K), inputs)
    yield _row("half_squared_error", losses, shape, (z, y))
    yes = rng.uniform(size=shape)
    yield _row("binary_cross_entropy", losses, shape, (3 * z,), yes)
    form = "softmax_cross_entropy"
    ids, p = rng.integers(0, K, N), rng.dirichlet(np.ones(K), N)
    yield _row("cross_entropy", losses, shape, (3 * z,), ids, form=form)
    soft = _row("cross_entropy", losses, shape, (3 * z,), p, form=form)
    yield Row(f"{soft.id} probabilities", *list(vars(soft).values())[1:])


# images, kernels, params
CONVOLUTIONS = [
    ((1, 1, 3, 3), (1, 1, 3, 3), {}),
    ((2, 3, 5, 4), (4, 3, 2, 3), {"padding": 1}),
    ((3, 2, 6, 5), (3, 2, 3, 1), {"stride": (3, 2), "padding": (2, 0)}),
    ((1, 4, 7, 6), (6, 2, 2, 3), {"groups": 2, "stride": 2, "padding": (0, 1)}),
    ((2, 3, 4, 4), (3, 1, 3, 3), {"groups": 3, "padding": 2}),
    ((2, 1, 6, 7), (2, 1, 2, 3), {"dilation": (3, 2), "stride": (1, 2), "padding": 1}),
    ((2, 4, 3, 2), (5, 4, 1, 1), {}),
    ((1, 2, 5, 5), (2, 2, 2, 2), {"stride": 3}),
]
POOLINGS = [
    ((2, 3, 4, 4), {"kernel": 2}),
    ((1, 2, 5, 7), {"kernel": 3, "stride": 2}),
    ((2, 1, 5, 4), {"kernel": (3, 2), "stride": (1, 2), "padding": (1, 1)}),
    ((3, 2, 6, 5), {"kernel": 2, "stride": 3, "padding": 1}),
    ((1, 1, 3, 3), {"kernel": 3}),
    ((1, 2, 4, 3), {"kernel": 1}),
]


def _image_row(name, inputs, params):
    function, form = (getattr(f, name) for f in (convolution, closed_form_convolution))
    sizes = " ".join("x".join(map(str, x.shape)) for x in inputs[:2])
    words = " ".join(f"{k}={v}" for k, v in params.items())
    return Row(f"{name} {sizes} {words}", function, form, tuple(inputs), (), params)


def _rows_of_images():
    rng = np.random.default_rng(9)
    for image, kernel, params in CONVOLUTIONS:
        shapes = image, kernel, kernel[:1]
        yield _image_row("conv2d", [rng.normal(size=s) for s in shapes], params)
    for image, params in POOLINGS:
        # Well apart, so that no difference quotient crosses a kink; and below 0, where
        # a padding of zeros would win the maximum.
        x = rng.permutation(np.prod(image)).reshape(image) * 0.1 - np.prod(image)
        for name in ("max_pool2d", "avg_pool2d"):
            yield _image_row(name, [x], params)


# N, T, D, H: one of each, one example, one step, one feature, one unit; no feature,
# no example
SEQUENCES = [(1, 1, 1, 1), (1, 3, 2, 2), (3, 1, 2, 3), (2, 3, 1, 4), (3, 4, 3, 1)]
SEQUENCES += [(2, 3, 0, 2), (0, 2, 2, 3)]
CELLS = [("rnn", 1, {}), ("lstm", 4, {})]
CELLS += [("gru", 3, {"convention": name}) for name in CONVENTIONS]


def sequence_inputs(name, parts, shape, rng, convention=None):
    """X, the state, the weights and the bias of a sequence function."""
    N, T, D, H = shape
    state = [(N, H)] * (2 if name == "lstm" else 1)
    b = (2, 3 * H) if convention == "pytorch" else (parts * H,)
    shapes = (N, T, D), *state, (D, parts * H), (H, parts * H), b
    return tuple(rng.normal(size=s) for s in shapes)


def lengths_mask(N, T, rng):
    """Sequences of any length from 1 to T; the first is the longest."""
    lengths = rng.integers(1, T + 1, N)
    return (np.arange(T) < np.maximum(lengths, T * (np.arange(N) == 0))[:, None]) * 1.0


def _sequence_rows():
    rng = np.random.default_rng(4)
    for name, parts, params in CELLS:
        function, form = getattr(recurrent, name), getattr(closed_form_recurrent, name)
        for shape in SEQUENCES:
            inputs = sequence_inputs(name, parts, shape, rng, **params)
            words = [name, "x".join(map(str, shape)), *params.values()]
            yield Row(" ".join(words), function, form, inputs, (), params)
            mask = lengths_mask(*shape[:2], rng)
            yield Row(
                " ".join(words) + " mask", function, form, inputs, (mask,), params
            )
    for shape in [(1, 1, 1), (3, 4, 2)]:
        X, form = (rng.normal(size=shape),), closed_form_recurrent.reverse
        yield Row(f"reverse {shape}", recurrent.reverse, form, X)
    for V, shape in [(1, (1,)), (5, (3, 4)), (7, (2, 2, 2))]:
        E, ids = rng.normal(size=(V, 3)), rng.integers(0, V, shape)
        form = closed_form_recurrent.embedding
        yield Row(f"embedding {V} {shape}", language.embedding, form, (E,), (ids,))


# leading axes, T, S, d, d_v: one query, one key, one feature, no batch and two of them,
# all sizes equal
ATTENTIONS = [
    ((), 1, 1, 1, 1),
    ((), 3, 4, 2, 3),
    ((2,), 4, 4, 1, 2),
    ((3,), 1, 5, 4, 1),
    ((2,), 2, 2, 2, 2),
    ((2, 3), 2, 3, 3, 2),
]


def attention_mask(shape, rng):
    """Any 0 and 1, but each query looks at a key."""
    mask = rng.integers(0, 2, shape) * 1.0
    np.put_along_axis(mask, rng.integers(0, shape[-1], (*shape[:-1], 1)), 1, -1)
    return mask


def _attention_rows():
    rng = np.random.default_rng(6)
    for (lead, T, S, d, d_v), heads in product(ATTENTIONS, (1, 3)):
        name = "multi_head" if heads > 1 else "scaled_dot_product"
        families = attention, closed_form_attention
        function, form = (getattr(f, f"{name}_attention") for f in families)
        widths = (T, heads * d), (S, heads * d), (S, heads * d_v)
        masks = [(), (S,), (T, S), (*lead, T, S), (*lead[:-1], 1, 1, S)]
        for shape in masks if lead else masks[:3]:
            inputs = tuple(rng.normal(size=(*lead, *width)) for width in widths)
            mask = (attention_mask(shape, rng),) if shape else ()
            words = f"{name} {lead} {T}x{S}x{d}x{d_v} mask {shape}"
            params = {"heads": heads} if heads > 1 else {}
            yield Row(words, function, form, inputs, mask, params)


ROWS = [
    row for n, s in enumerate(SHAPES) for row in _rows_of(s, np.random.default_rng(n))
]
ROWS += _rows_of_images()
ROWS += _sequence_rows()
ROWS += _attention_rows()
