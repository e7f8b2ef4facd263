"""Shapes: the sentences, and the axes along which a broadcast repeats."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib.shapes import broadcast_axes, check_shape, normalise_axes, show


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0, 1, 2)])
def test_show_writes_what_python_writes(shape):
    assert show(shape) == str(shape)


def test_check_shape_binds_the_sizes():
    assert check_shape("linear: x", np.zeros((2, 3)), "N D") == {"N": 2, "D": 3}
    assert check_shape("W", np.zeros((4, 4)), "D D") == {"D": 4}
    assert check_shape("x", np.zeros((5, 2, 3)), "... N D", D=3) == {"N": 2, "D": 3}
    assert check_shape("x", np.zeros((2, 3)), "... N D") == {"N": 2, "D": 3}
    assert check_shape("t", 1.0, "") == {}


SENTENCES = [
    (((2, 5), "N D", {"D": 3}), "x has D = 5, shape (2, 5), but D = 3 is expected"),
    (((2, 5), "D D", {}), "x has D = 5, shape (2, 5), but D = 2 is expected"),
    (((5,), "N D", {}), "x has shape (5,) but needs axes (N, D)"),
    (((5,), "... N D", {}), "x has shape (5,) but needs axes (..., N, D)"),
    (((1, 2, 3), "N D", {}), "x has shape (1, 2, 3) but needs axes (N, D)"),
]


@pytest.mark.parametrize(("arguments", "sentence"), SENTENCES)
def test_check_shape_says_what_is_wrong(arguments, sentence):
    shape, axes, sizes = arguments
    with pytest.raises(ValueError) as caught:
        check_shape("x", np.zeros(shape), axes, **sizes)
    assert str(caught.value) == sentence


shapes = st.lists(st.integers(0, 3), max_size=4).map(tuple)


@given(shapes, st.data())
def test_broadcast_axes_undo_broadcasting(target, data):
    lead = data.draw(st.integers(0, len(target)))
    ones = data.draw(
        st.lists(st.booleans(), min_size=len(target), max_size=len(target))
    )
    shape = tuple(1 if one else n for n, one in zip(target, ones, strict=True))[lead:]
    repeated = broadcast_axes(shape, target)
    assert np.ones(target).sum(axis=repeated).size == np.prod(shape)
    counts = np.broadcast_to(np.ones(shape), target).sum(axis=repeated)
    assert np.all(counts * np.prod(shape) == np.prod(target))


def test_normalise_axes():
    assert normalise_axes(None, 3, "sum: x") == (0, 1, 2)
    assert normalise_axes(-1, 3, "sum: x") == (2,)
    assert normalise_axes((2, -3), 3, "sum: x") == (0, 2)
    with pytest.raises(ValueError) as caught:
        normalise_axes(3, 2, "sum: x")
    assert str(caught.value) == "sum: x has no axis 3: it has 2 axes"
