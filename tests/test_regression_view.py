"""The Python side of kernel regression: what the view names, and what it refuses."""

import numpy as np
import pytest

from nnlib import Tape, Trace, ops
from nnlib.functional import softmax
from nnlib.widgets import Explorer, KernelRegression

NAMES = ("x_i", "y_i", "x", "a", "f")


@pytest.fixture(scope="module")
def trace():
    tape = Tape()
    x_i, y_i = tape.input("x_i", [0.0, 1.0, 3.0]), tape.input("y_i", [2.0, -1.0, 4.0])
    x, w = tape.input("x", [[0.5]]), tape.input("w", 1.0)
    a = softmax(((x - x_i) * w) ** 2 * -0.5).named("a")
    f = ops.sum(a * y_i, axes=(1,)).named("f")
    L = ops.sum((f - 1.0) ** 2, axes=(0,)).named("L")
    return Trace.from_tape(tape, title="Kernel regression", loss=L)


def test_the_view_is_json(trace):
    made = Explorer(trace, view=KernelRegression(*NAMES, width="w", loss="L"))
    fields = ("points", "values", "query", "weights", "prediction")
    ends = {"width": "w", "loss": "L"}
    expected = {"kind": "regression"} | dict(zip(fields, NAMES, strict=True)) | ends
    assert made.spec["view"] == expected
    ranged = Explorer(trace, view=KernelRegression(*NAMES, range=(-1, 4)))
    assert ranged.spec["view"]["range"] == [-1, 4]


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (("no", *NAMES[1:]), "the trace has no tensor no"),
        (("x_i", "x", *NAMES[2:]), "x has shape (1, 1), but x_i has 3 points"),
        (("x_i", "y_i", "x", "f", "f"), "f has shape (1,), but x_i has 3 points"),
        (("x_i", "y_i", "x", "a", "a"), "a has shape (1, 3), not one number"),
        (("x_i", "y_i", "y_i", "a", "f"), "y_i has shape (3,), not one number"),
        ((*NAMES, "a"), "a has shape (1, 3), not one number"),
        ((*NAMES, "w", "a"), "a has shape (1, 3), not one number"),
    ],
)
def test_what_does_not_fit_is_refused(trace, names, sentence):
    with pytest.raises(ValueError) as refused:
        Explorer(trace, view=KernelRegression(*names))
    assert str(refused.value) == f"KernelRegression: {sentence}"


@pytest.mark.parametrize("range_", [(1, 0), (0, 0), (0,), (0, 1, 2), (0, np.inf), 3])
def test_a_range_is_two_numbers_the_smaller_first(range_):
    with pytest.raises(
        ValueError, match=r"KernelRegression: range .* is not \(x0, x1\)"
    ):
        KernelRegression(*NAMES, range=range_)
