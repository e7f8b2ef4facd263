"""The Python side of the views of attention: what they name, and what they refuse."""

import numpy as np
import pytest

from nnlib import Tape, Trace, gradient, ops
from nnlib.functional import softmax
from nnlib.widgets import Attention, Block, Explorer

WORDS = ("the", "cat", "sat")


def trace(heads=(), **tensors):
    """Attention of three tokens, and whatever else is asked for."""
    tape = Tape()
    Q, K, V = (
        tape.input(n, np.ones((*heads, 3, d)))
        for n, d in zip("QKV", (4, 4, 2), strict=True)
    )
    axes = (*range(len(heads)), len(heads) + 1, len(heads))
    A = softmax((Q @ ops.transpose(K, axes=axes)).named("S")).named("A")
    O = (A @ V).named("O")
    for name, shape in tensors.items():
        tape.input(name, np.zeros(shape))
    L = ops.sum(O, axes=tuple(range(len(heads) + 2))).named("L")
    gradient(L, [Q, K, V])
    return Trace.from_tape(tape, title="Attention", loss=L)


def test_a_head_is_json():
    view = Explorer(trace(), view=Attention(WORDS)).spec["view"]
    names = {"Q": ["Q"], "K": ["K"], "V": ["V"], "weights": ["A"], "output": ["O"]}
    texts = {"tokens": list(WORDS), "keys": list(WORDS)}
    assert view == {"kind": "attention"} | names | texts


def test_heads_are_lists_or_an_axis():
    view = Attention(WORDS, *[(n, n) for n in "QKVAO"], keys=("a", "b", "c"), X="X")
    spec = Explorer(trace(X=(3, 7)), view=view).spec["view"]
    assert spec["weights"] == ["A", "A"]
    assert spec["keys"] == ["a", "b", "c"]
    assert spec["X"] == "X"
    assert Explorer(trace(heads=(1, 2)), view=Attention(WORDS))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"K": "V"}, r"V has shape \(3, 2\), not \(3, 4\)"),
        ({"weights": "S2"}, r"S2 has shape \(2, 3\), not \(3, 3\)"),
        ({"output": "t"}, r"t has shape \(3,\), not \(3, 2\)"),
        ({"X": "S2"}, r"S2 has shape \(2, 3\), not \(3, 3\)"),
        ({"X": "wide"}, r"wide has shape \(3, 33\), but 1 to 32 columns can be drawn"),
        ({"V": "two", "output": "O"}, r"two has shape \(2, 3, 2\), not \(3, 2\)"),
        ({"Q": "s"}, r"s has shape \(\), not \(3, 0\)"),
        ({"keys": ("a", "b")}, r"K has shape \(3, 4\), not \(2, 4\)"),
        ({"Q": "no"}, "the trace has no tensor no"),
    ],
)
def test_matrices_that_do_not_fit_are_refused(changes, sentence):
    others = {"S2": (2, 3), "t": (3,), "wide": (3, 33), "two": (2, 3, 2), "s": ()}
    with pytest.raises(ValueError, match=f"Attention: {sentence}"):
        Explorer(trace(**others), view=Attention(WORDS, **changes))


def test_too_many_heads_are_refused():
    with pytest.raises(ValueError, match="more than 12 heads cannot be drawn"):
        Explorer(trace(heads=(13,)), view=Attention(WORDS))


@pytest.mark.parametrize("texts", ["the", (), ("a", 1), ("a",) * 25, ("",), None])
def test_tokens_are_short_texts(texts):
    with pytest.raises(ValueError, match=r"tokens is .*, not a list of 1 to 24 short"):
        Attention(texts)
    with pytest.raises(ValueError, match=r"tokens is .*, not a list of 1 to 24 short"):
        Block(("a", "b"), texts)


def test_a_head_needs_one_of_each():
    sentence = "2 of Q, 1 of K, 1 of V, 1 of weights, 1 of output: a head needs one of"
    with pytest.raises(ValueError, match=sentence):
        Attention(WORDS, Q=("Q1", "Q2"))
    with pytest.raises(ValueError, match="a head needs one of each"):
        Attention(WORDS, (), (), (), (), ())


def test_a_block_is_json():
    view = Explorer(trace(), view=Block(("V", "O"), WORDS, memory="K")).spec["view"]
    assert view == {
        "kind": "block",
        "stream": ["V", "O"],
        "tokens": list(WORDS),
        "memory": "K",
    }


@pytest.mark.parametrize(
    ("stream", "sentence"),
    [
        (("V", "t"), r"t has shape \(3,\), not \(3, d\) with d up to 32"),
        (("V", "S2"), r"S2 has shape \(2, 3\), not \(3, d\) with d up to 32"),
        (("two", "V"), r"two has shape \(2, 3, 2\), not \(3, d\) with d up to 32"),
        (("V",), "stream is .*, not a list of at least 2 names"),
        ("VO", "stream is 'VO', not a list of at least 2 names"),
        (("V",) * 34, "34 tensors of a stream, but at most 33 can be drawn"),
        (("V", "no"), "the trace has no tensor no"),
    ],
)
def test_a_stream_that_is_none_is_refused(stream, sentence):
    others = {"S2": (2, 3), "t": (3,), "two": (2, 3, 2)}
    with pytest.raises(ValueError, match=f"Block: {sentence}"):
        Explorer(trace(**others), view=Block(stream, WORDS))
