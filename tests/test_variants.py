"""Variants with several switches: their labels, and their JSON without repetition."""

import itertools
import json

import numpy as np
import pytest

from nnlib import Tape, Trace, gradient, ops
from nnlib.convolution import conv2d
from nnlib.widgets import Explorer
from nnlib.widgets.proof import refreshed, script_text, specs_in
from nnlib.widgets.variants import packed, unpacked

NAMES = "stride", "padding", "dilation"
COMBINATIONS = list(itertools.product((1, 2, 3), (0, 1), (1, 2)))


def trace(steps):
    tape = Tape()
    X = tape.input("X", np.arange(36.0).reshape(1, 1, 6, 6))
    K = tape.input("K", np.arange(9.0).reshape(1, 1, 3, 3))
    Z = conv2d(X, K, [0.5], **dict(zip(NAMES, steps, strict=True))).named("Z")
    L = ops.sum(Z, axes=(0, 1, 2, 3)).named("L")
    gradient(L, [X, K])
    return Trace.from_tape(tape, title="A convolution", loss=L)


@pytest.fixture(scope="module")
def explorer():
    def label(steps):
        return tuple(f"{n} {v}" for n, v in zip(NAMES, steps, strict=True))

    return Explorer({label(steps): trace(steps) for steps in COMBINATIONS})


def test_each_position_of_a_label_is_a_switch(explorer):
    labels = [variant["label"] for variant in explorer.spec["variants"]]
    assert labels[0] == ["stride 1", "padding 0", "dilation 1"] and len(labels) == 12


def test_what_is_packed_is_the_same_again(explorer):
    assert unpacked(packed(explorer.spec)) == explorer.spec
    again = json.loads(json.dumps(packed(explorer.spec)))
    assert unpacked(again) == explorer.spec


def test_twelve_variants_are_small(explorer):
    assert len(script_text(explorer.spec)) <= 30_000


def test_a_page_holds_the_same_explorer(explorer):
    html = explorer.to_html()
    assert specs_in(html) == [explorer.spec]
    assert refreshed(html) == html


def test_without_a_script_one_table_and_the_other_variants_by_name(explorer):
    html = explorer.to_html()
    assert html.count("<table>") == 1
    assert "Above: stride 1, padding 0, dilation 1." in html
    assert html.count("stride 3, padding 1, dilation 2") == 1


def test_variants_of_one_label_are_stored_as_ever():
    pair = Explorer({"a": trace((1, 0, 1)), "b": trace((2, 0, 1))})
    assert packed(pair.spec) == pair.spec
    assert pair.to_html().count("<table>") == 2


def test_steps_that_a_variant_lacks_and_fields_that_go():
    a = {"id": 0, "op": "input", "labels": ["x"], "value": [1]}
    b = {"id": 0, "op": "input", "value": [1]}
    more = {"id": 1, "op": "neg", "inputs": [0]}
    variants = [
        {"label": ["one"], "trace": {"steps": [a, more], "title": "t"}},
        {"label": ["two"], "trace": {"steps": [b], "title": "t", "updates": {"0": 0}}},
        {"label": ["six"], "trace": {"steps": [a, more, more | {"id": 2}]}},
    ]
    assert unpacked(packed({"variants": variants}))["variants"][:2] == variants[:2]


def test_without_a_script_a_long_table_is_brief_where_there_are_switches():
    tape = Tape()
    x = first = tape.input("x", np.ones(20))
    for k in range(45):
        x = ops.tanh(x).named(f"y{k}")
    L = ops.sum(x, axes=(0,)).named("L")
    gradient(L, [first])
    long = Trace.from_tape(tape, title="A long chain", loss=L)
    html = Explorer({("a",): long, ("b",): long}).to_html()
    assert "<td>dL/dx</td>" in html and "<td>dL/dy7</td>" not in html
    assert "1, 1, 1, 1, … 20 in all" in html and "forward, and gradients" in html
    assert "<td>dL/dy7</td>" in Explorer(long).to_html()


def chain(length, word):
    """A trace whose steps are as many as make it large."""
    tape = Tape()
    x = tape.input("x", np.ones(3))
    for k in reversed(range(length)):
        x = (ops.tanh(x) + 1.0).named(f"{word}{k}")
    return Trace.from_tape(tape, title="A long chain", loss=None)


def test_large_variants_share_the_values_of_their_columns():
    traces = {("a",): chain(150, "x"), ("b",): chain(140, "x"), ("c",): chain(9, "y")}
    spec = Explorer(traces).spec
    told = packed(spec)["variants"]
    assert [isinstance(v["trace"]["steps"], dict) for v in told[:2]] == [True, True]
    assert told[1]["like"] == 0 and len(json.dumps(told[1])) < len(json.dumps(told[0]))
    assert unpacked(json.loads(json.dumps(packed(spec)))) == spec


@pytest.mark.parametrize(
    "keys, sentence",
    [
        ([("a", "b"), "c"], "Explorer: 'c' is no tuple, but other variants have one"),
        (
            [("a", "b"), ("c",)],
            "Explorer: ('a', 'b') and ('c',) have different numbers of switches",
        ),
        ([("a", 1), ("a", 2)], "Explorer: the variant ('a', 1) is no tuple of texts"),
        ([()], "Explorer: the variant () is no tuple of texts"),
    ],
)
def test_labels_that_make_no_switches_are_refused(keys, sentence):
    recorded = trace((1, 0, 1))
    with pytest.raises(ValueError) as refused:
        Explorer(dict.fromkeys(keys, recorded))
    assert str(refused.value) == sentence
