"""The Python side of the views of images: what they name, and what they refuse."""

import numpy as np
import pytest

from nnlib import Tape, Trace, gradient, ops
from nnlib.convolution import conv2d
from nnlib.widgets import Explorer, Maps, ReceptiveField


def trace(**tensors):
    """A convolution of one image, and whatever else is asked for."""
    tape = Tape()
    x = tape.input("x", np.ones((1, 2, 4, 4)))
    K, b = tape.input("K", np.ones((3, 2, 3, 3))), tape.input("b", np.zeros(3))
    z = conv2d(x, K, b).named("z")
    for name, shape in tensors.items():
        tape.input(name, np.zeros(shape))
    L = ops.sum(z, axes=(0, 1, 2, 3)).named("L")
    gradient(L, [x])
    return Trace.from_tape(tape, title="Images", loss=L)


def test_the_views_are_json():
    maps = Explorer(trace(), view=Maps(("x", "z")))
    assert maps.spec["view"] == {"kind": "maps", "tensors": ["x", "z"]}
    field = Explorer(trace(), view=ReceptiveField(["x", "z"]))
    assert field.spec["view"] == {"kind": "field", "layers": ["x", "z"]}


@pytest.mark.parametrize(
    "shape", [(), (7,), (1, 300), (5, 6), (2, 5, 6), (1, 64, 1, 1)]
)
def test_images_and_vectors_are_maps(shape):
    assert Explorer(trace(t=shape), view=Maps(("t",)))


@pytest.mark.parametrize(
    ("shape", "sentence"),
    [
        ((2, 1, 4, 4), r"t has shape \(2, 1, 4, 4\), but one image is \(1, C, H, W\)"),
        ((65, 2, 2), r"t has shape \(65, 2, 2\), but at most 64 channels of 128 x 128"),
        ((2, 129), r"t has shape \(2, 129\), but at most 64 channels of 128 x 128"),
    ],
)
@pytest.mark.parametrize("view", [Maps(("x", "t")), ReceptiveField(("x", "t"))])
def test_what_is_no_image_is_refused(view, shape, sentence):
    with pytest.raises(ValueError, match=f"{type(view).__name__}: {sentence}"):
        Explorer(trace(t=shape), view=view)


def test_a_vector_has_no_receptive_field():
    sentence = r"ReceptiveField: t has shape \(3,\), without rows and columns"
    with pytest.raises(ValueError, match=sentence):
        Explorer(trace(t=(3,)), view=ReceptiveField(("x", "t")))


@pytest.mark.parametrize("view", [Maps(("x", "no")), ReceptiveField(("x", "no"))])
def test_an_unknown_tensor_is_refused(view):
    with pytest.raises(ValueError, match="the trace has no tensor no"):
        Explorer(trace(), view=view)


@pytest.mark.parametrize("names", [(), "x", None])
def test_a_list_of_no_names_is_refused(names):
    with pytest.raises(ValueError, match=r"Maps: tensors is .*, not a list of names"):
        Maps(names)
    sentence = r"ReceptiveField: layers is .*, not a list of at least 2 names"
    with pytest.raises(ValueError, match=sentence):
        ReceptiveField(names)


def test_one_layer_is_no_chain():
    with pytest.raises(ValueError, match="not a list of at least 2 names"):
        ReceptiveField(("x",))
