"""The Python side of the window: what it names, and what it refuses."""

import numpy as np
import pytest

from nnlib import Tape, Trace
from nnlib.convolution import conv2d, max_pool2d
from nnlib.widgets import Explorer, KernelWindow


@pytest.fixture(scope="module")
def trace():
    tape = Tape()
    X = tape.input("X", np.ones((1, 2, 5, 5)))
    K = tape.input("K", np.ones((3, 2, 3, 3)))
    b = tape.input("b", np.zeros(3))
    Z = conv2d(X, K, b).named("Z")
    max_pool2d(Z, kernel=3).named("P")
    return Trace.from_tape(tape, title="Two windows", loss=None)


def test_a_convolution_and_a_pooling(trace):
    made = Explorer(
        trace, view=KernelWindow("X", "Z", "K", "b"), controls=["K[0,0,0,0]"]
    )
    names = {"image": "X", "output": "Z", "kernel": "K", "bias": "b"}
    assert made.spec["view"] == {"kind": "window"} | names
    pooled = Explorer(trace, view=KernelWindow("Z", "P")).spec["view"]
    assert pooled == {"kind": "window", "image": "Z", "output": "P"}


@pytest.mark.parametrize(
    "names, sentence",
    [
        (("Y", "Z"), "KernelWindow: the trace has no tensor Y"),
        (("K", "Z"), "K has shape (3, 2, 3, 3), not (1, channels, rows, columns)"),
        (("X", "b"), "b has shape (3,), not (1, channels, rows, columns)"),
        (("X", "Z", "b"), "b has shape (3,), which has not 4 axes"),
        (("X", "Z", "K", "X"), "X has shape (1, 2, 5, 5), which has not 1 axes"),
        (("X", "Z", None, "b"), "KernelWindow: b is a bias without a kernel"),
    ],
)
def test_what_is_no_image_or_kernel_is_refused(trace, names, sentence):
    with pytest.raises(ValueError) as refused:
        Explorer(trace, view=KernelWindow(*names))
    assert str(refused.value).endswith(sentence)
