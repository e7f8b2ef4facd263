"""The op table: every primitive with arguments, parameters and shapes to try it on.

One row drives the value test, both orders of the gradient test, the JSON round trip, the
bit-for-bit replay, the formula, and the parity of the page's engine.
"""

# One row, one set of shapes, however long.
# ruff: noqa: E501

import zlib
from dataclasses import dataclass, field

import numpy as np

from nnlib import Tape, Trace, gradient, ops
from nnlib.tape import PRIMITIVES


@dataclass(frozen=True)
class Case:
    """One primitive on one set of argument shapes; ``make(rng)`` gives the arrays."""

    op: str
    make: callable
    params: dict = field(default_factory=dict)
    note: str = ""
    varied: int = 9  # how many leading arguments are differentiated

    @property
    def id(self):
        shapes = " ".join(str(a.shape).replace(" ", "") for a in self.arrays())
        params = " ".join(f"{k}={v}" for k, v in self.params.items()).replace(" ", "")
        return "-".join(filter(None, (self.op, shapes, params, self.note)))

    def rng(self, extra=0):
        return np.random.default_rng([zlib.crc32(self.op.encode()), extra])

    def arrays(self):
        return self.make(self.rng())

    def call(self, *arrays):
        return PRIMITIVES[self.op](*arrays, **self.params)


def normal(*shapes):
    return lambda rng: [rng.standard_normal(shape) for shape in shapes]


def positive(*shapes):
    """Values in (0.5, 2), away from the poles of log and division."""
    return lambda rng: [rng.uniform(0.5, 2, shape) for shape in shapes]


def apart(*shapes):
    """All elements at least 0.1 apart, so that no difference quotient crosses a kink."""

    def make(rng):
        total = sum(int(np.prod(shape)) for shape in shapes)
        values = iter(rng.permutation(total) * 0.1 - total * 0.05)
        return [
            np.reshape([next(values) for _ in range(np.prod(s, dtype=int))], s)
            for s in shapes
        ]

    return make


def rows(shape, indices, below):
    """An array and integral indices below ``below`` (floats, as in the page)."""
    return lambda rng: [
        rng.standard_normal(shape),
        rng.integers(0, below, indices).astype(float),
    ]


def ties(rng):
    return [np.array([[2.0, 5.0, 5.0], [1.0, 1.0, 1.0]])]


PAIRS = [
    ((2, 3), (2, 3)), ((2, 3), (3,)), ((2, 3), ()), ((), (2, 3)), ((2, 1), (1, 3)),
    ((), ()), ((4, 1, 3), (2, 1)), ((1,), (1, 1)), ((0, 3), (3,)), ((1, 3), (0, 3)),
]  # fmt: skip
SHAPES = [(), (3,), (2, 3), (2, 1, 3), (0, 2)]
REDUCTIONS = [
    ((2, 3), 0),
    ((2, 3), 1),
    ((3,), 0),
    ((2, 4, 3), 1),
    ((2, 1), 1),
    ((0, 3), 1),
]
SUMS = [
    ((2, 3), (0, 1)), ((2, 3), (0,)), ((2, 3), (1,)), ((2, 4, 3), (0, 2)), ((3,), (0,)),
    ((), ()), ((2, 3), ()), ((2, 1, 3), (1,)), ((0, 3), (0,)), ((2, 0), (0, 1)),
]  # fmt: skip
WINDOWS = [
    # image, kernel, stride, dilation, windows
    ((1, 1, 4, 4), (3, 3), (1, 1), (1, 1), (2, 2)),
    ((2, 3, 5, 4), (2, 3), (2, 1), (1, 1), (2, 2)),
    ((1, 2, 7, 6), (2, 2), (3, 2), (2, 3), (2, 2)),
    ((2, 1, 3, 3), (1, 1), (2, 2), (1, 1), (2, 2)),
    ((1, 1, 2, 5), (2, 5), (1, 1), (1, 1), (1, 1)),
    ((0, 2, 4, 4), (2, 2), (1, 1), (1, 1), (3, 3)),
]


def _arithmetic():
    for pair in PAIRS:
        for op in ("add", "sub", "mul"):
            yield Case(op, normal(*pair))
        yield Case("div", positive(*pair))
        for op in ("maximum", "greater"):
            yield Case(op, apart(*pair))
    for op in ("maximum", "greater"):
        yield Case(
            op, lambda rng: [np.array([1.0, 2.0]), np.array([1.0, 3.0])], {}, "ties", 0
        )


def _functions():
    for shape in SHAPES:
        for op in ("neg", "exp", "tanh", "sigmoid", "erf"):
            yield Case(op, normal(shape))
        for op in ("log", "log1p"):
            yield Case(op, positive(shape))
        for exponent in (2, -1, 0.5, -0.5, 3, 1, -2, 1.5):
            yield Case("power", positive(shape), {"exponent": exponent})
    for exponent in (0, 1, 2):
        zero = lambda rng: [np.array([-1.0, 0.0, 2.0])]  # noqa: E731
        yield Case("power", zero, {"exponent": exponent}, "at 0")
    yield Case("power", normal((2, 3)), {"exponent": 3}, "both signs")
    tiny = np.array([1e-18, 1e-9, 0.0, -0.5, 3.0, 1e9])
    yield Case("log1p", lambda rng: [tiny], {}, "next to nothing, and wide", 0)
    for op in ("tanh", "sigmoid", "erf"):
        yield Case(
            op,
            lambda rng: [np.array([-5.0, -2.5, -0.1, 0.0, 1e-9, 3.0, 7.0])],
            {},
            "wide",
        )


def _reductions():
    for shape, axes in SUMS:
        for keepdims in (False, True):
            yield Case("sum", normal(shape), {"axes": axes, "keepdims": keepdims})
    for shape, axis in REDUCTIONS:
        for keepdims in (False, True):
            yield Case("max", apart(shape), {"axis": axis, "keepdims": keepdims})
            yield Case("logsumexp", normal(shape), {"axis": axis, "keepdims": keepdims})
        yield Case("first_max", apart(shape), {"axis": axis})
        yield Case("softmax", normal(shape), {"axis": axis})
    for op in ("max", "logsumexp", "first_max", "softmax"):
        yield Case(op, apart((2, 3)), {"axis": -1}, "counted from the end")
    yield Case("sum", normal((2, 4, 3)), {"axes": (-1, 0)}, "counted from the end")
    yield Case("first_max", ties, {"axis": 1}, "ties", 0)
    yield Case("max", ties, {"axis": 1, "keepdims": False}, "ties", 0)


def _movements():
    for shape, new in [
        ((2, 3), (3, 2)),
        ((6,), (1, 2, 3)),
        ((), (1, 1)),
        ((1,), ()),
        ((0, 3), (3, 0)),
    ]:
        yield Case("reshape", normal(shape), {"shape": new})
    for shape, axes in [
        ((2, 3), (1, 0)),
        ((2, 3, 4), (2, 0, 1)),
        ((3,), (0,)),
        ((), ()),
        ((2, 1, 3), (0, 2, 1)),
    ]:
        yield Case("transpose", normal(shape), {"axes": axes})
    for shape, new in [
        ((3,), (2, 3)),
        ((2, 1), (2, 3)),
        ((), (2, 2)),
        ((1, 3), (4, 2, 3)),
        ((1,), (0,)),
        ((2,), (2,)),
    ]:
        yield Case("broadcast_to", normal(shape), {"shape": new})
    for shapes, axis in [
        (((2, 3), (1, 3)), 0), (((2, 3), (2, 1), (2, 2)), 1), (((2,), (0,), (1,)), 0),
        (((2, 3),), 1), (((2, 1, 3), (2, 2, 3)), 1),
    ]:  # fmt: skip
        yield Case("concat", normal(*shapes), {"axis": axis})
    for shape, axis, start, length in [
        ((5,), 0, 1, 3), ((2, 5), 1, 0, 2), ((2, 5), 1, 3, 2), ((4, 2, 3), 0, 2, 1), ((3, 2), 0, 1, 0), ((2, 3), 0, 0, 2),
    ]:  # fmt: skip
        yield Case(
            "narrow", normal(shape), {"axis": axis, "start": start, "length": length}
        )
    yield Case("concat", normal((2, 3), (2, 1)), {"axis": -1}, "counted from the end")
    yield Case(
        "narrow",
        normal((2, 5)),
        {"axis": -1, "start": 1, "length": 3},
        "counted from the end",
    )
    yield Case(
        "pad",
        normal((2, 3)),
        {"axis": -1, "before": 1, "after": 2},
        "counted from the end",
    )
    yield Case(
        "transpose", normal((2, 3, 4)), {"axes": (0, -1, -2)}, "counted from the end"
    )
    for shape, axis, before, after in [
        ((3,), 0, 1, 2),
        ((2, 3), 1, 2, 0),
        ((2, 1, 3), 1, 0, 3),
        ((0, 2), 0, 1, 1),
        ((2,), 0, 0, 0),
    ]:
        yield Case(
            "pad", normal(shape), {"axis": axis, "before": before, "after": after}
        )


def _products():
    for x, W in [
        ((2, 3), (3, 4)), ((1, 3), (3, 1)), ((5, 2, 3), (3, 4)), ((5, 2, 3), (5, 3, 4)), ((4, 1, 2, 3), (5, 3, 2)),
        ((2, 3), (4, 3, 2)), ((2, 0), (0, 3)), ((0, 2), (2, 3)), ((1, 1), (1, 1)),
    ]:  # fmt: skip
        yield Case("matmul", normal(x, W))


def _gathers():
    for shape, indices in [
        ((4, 3), (5,)),
        ((4,), (2, 3)),
        ((4, 2, 3), (2,)),
        ((3, 2), ()),
        ((3, 2), (0,)),
        ((1, 2), (3,)),
    ]:
        yield Case("take", rows(shape, indices, shape[0]), {}, "", 1)
    for shape, indices, length in [
        ((5, 3), (5,), 4), ((2, 3), (2, 3), 3), ((2, 3, 2), (2, 3), 4), ((3,), (3,), 1), ((0, 2), (0,), 3), ((2,), (), 3),
    ]:  # fmt: skip
        yield Case(
            "scatter_add", rows(shape, indices, length), {"length": length}, "", 1
        )


def _images():
    for image, kernel, stride, dilation, windows in WINDOWS:
        common = {"stride": stride, "dilation": dilation}
        yield Case("unfold", normal(image), {"kernel": kernel, **common})
        patches = (*image[:2], *kernel, *windows)
        yield Case("fold", normal(patches), {"size": image[2:], **common})


CASES = [
    *_arithmetic(), *_functions(), *_reductions(), *_movements(), *_products(), *_gathers(), *_images(),
]  # fmt: skip


def cases_of(op):
    """The rows of the table for one primitive."""
    return [case for case in CASES if case.op == op]


def loss_weights(shape):
    """Two arrays of uneven factors, the same on every machine."""
    n = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    return 0.5 + n * 7 % 11 / 10, 0.5 + n * 5 % 7 / 10


def loss_of(case, tensors):
    r"""A loss that sees every element twice: :math:`\sum_i w_i y_i^2 + u_i y_i`."""
    y = case.call(*tensors)
    w, u = loss_weights(y.shape)
    return y, ops.sum(y * y * w + y * u, axes=tuple(range(y.ndim)))


def record(case, arrays=None):
    """Record the case, its loss and its gradients; return the tape, y and the loss."""
    tape = Tape()
    arrays = case.arrays() if arrays is None else arrays
    tensors = [tape.input(f"x{i}", a) for i, a in enumerate(arrays)]
    y, loss = loss_of(case, tensors)
    y.named("y"), loss.named("L")
    gradient(loss, tensors)
    return tape, y, loss


def trace_of(case, arrays=None):
    """The exported trace of :func:`record`."""
    tape, _, loss = record(case, arrays)
    return Trace.from_tape(tape, title=case.id, loss=loss)
