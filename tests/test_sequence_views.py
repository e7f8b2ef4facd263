"""The Python side of the views of sequences: what they name, and what they refuse."""

import json

import numpy as np
import pytest

from nnlib import Tape, Trace, gradient, ops
from nnlib.cells import lstm_cell, rnn_cell, unroll
from nnlib.widgets import Cell, Explorer, Unrolled
from nnlib.widgets.proof import script_text, specs_in


def trace(steps=3, units=2, cell="rnn"):
    tape, rng = Tape(), np.random.default_rng(0)
    parts = 4 if cell == "lstm" else 1
    xs = [tape.input(f"x{t + 1}", rng.normal(size=(1, 2))) for t in range(steps)]
    state = (tape.input("h0", np.zeros((1, units))),)
    w = [
        tape.input("W_x", rng.normal(size=(2, parts * units))),
        tape.input("W_h", rng.normal(size=(units, parts * units))),
        tape.input("b", np.zeros(parts * units)),
    ]
    if cell == "lstm":
        state += (tape.input("c0", np.zeros((1, units))),)
    one = lstm_cell if cell == "lstm" else rnn_cell
    states = unroll(lambda x, *s: one(x, *s, *w), xs, state)
    tape.input("many", np.zeros((1, 2, 2)))
    L = ops.sum(states[-1][0], axes=(0, 1)).named("L")
    gradient(L, w)
    return Trace.from_tape(tape, title="A sequence", loss=L)


THREE = ("h1", "h2", "h3")


def test_the_views_are_json():
    view = Unrolled(THREE, losses=(None, None, "L"), first="h0", weights=("W_h",))
    spec = Explorer(trace(), view=view).spec["view"]
    assert spec == {
        "kind": "unrolled",
        "states": ["h1", "h2", "h3"],
        "losses": [None, None, "L"],
        "first": ["h0"],
        "weights": ["W_h"],
        "layers": 1,
    }
    spec = Explorer(trace(), view=Cell(step=[1, 2])).spec["view"]
    assert spec == {"kind": "cell", "steps": [1, 2], "layer": 1}


def test_layers_are_lists_of_states():
    view = Unrolled((THREE[:1], THREE[1:2]), inputs=("x1",))
    spec = Explorer(trace(), view=view).spec["view"]
    assert spec["layers"] == 2
    assert spec["states"] == ["h1", "h2"]


def test_a_cell_is_found_by_its_step():
    assert Explorer(trace(cell="lstm"), view=Cell(3))
    sentence = r"Cell: there is no LSTM \(i4 f4 g4 o4\), no GRU \(r4 z4 n4\), no RNN"
    with pytest.raises(ValueError, match=sentence):
        Explorer(trace(cell="lstm"), view=Cell(4))
    with pytest.raises(ValueError, match=r"no RNN \(h1_2\)"):
        Explorer(trace(), view=Cell(1, layer=2))


@pytest.mark.parametrize("step", [0, -1, 1.5, "1", (), True, (1, "2")])
def test_a_step_is_a_number(step):
    with pytest.raises(ValueError, match=r"Cell: step .* is no number from 1 on"):
        Cell(step)


@pytest.mark.parametrize("layer", [0, None, 1.0, True])
def test_a_layer_is_a_number(layer):
    with pytest.raises(ValueError, match=r"Cell: layer .* is no number from 1 on"):
        Cell(1, layer=layer)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"states": ()}, r"states is \(\), not a list of names"),
        ({"states": "h1"}, "states is 'h1', not a list of names"),
        ({"states": (THREE, ("h1",))}, "states has 1 names for 3 time steps"),
        ({"states": ((), ())}, "0 steps are not 1 to 400"),
        ({"states": ("h1",) * 401}, "401 steps are not 1 to 400"),
        ({"cells": ("h1",)}, "cells has 1 names for 3 time steps"),
        ({"cells": (THREE, THREE)}, "1 layers of states, but 2 of cells"),
        ({"inputs": ("x1",)}, "inputs has 1 names for 3 time steps"),
        ({"inputs": "x12"}, "inputs is 'x12', not a list of names"),
        ({"outputs": ("x1", "x2")}, "outputs has 2 names for 3 time steps"),
        ({"losses": ("L",)}, "losses has 1 names for 3 time steps"),
        ({"weights": "W_h"}, "weights is 'W_h', not a list of names"),
    ],
)
def test_lists_that_do_not_fit_are_refused(fields, sentence):
    with pytest.raises(ValueError, match=f"Unrolled: {sentence}"):
        Unrolled(**{"states": THREE} | fields)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"states": ("h1", "h2", "no")}, "the trace has no tensor no"),
        ({"states": ("h1", "h2", "many")}, r"many has shape \(1, 2, 2\), not \(N, H\)"),
        ({"states": ("h1", "h2", "h2")}, "h2 stands there twice"),
        ({"losses": (None, None, "h3")}, r"h3 has shape \(1, 2\), but a loss is one"),
    ],
)
def test_tensors_that_do_not_fit_are_refused(fields, sentence):
    with pytest.raises(ValueError, match=f"Unrolled: {sentence}"):
        Explorer(trace(), view=Unrolled(**{"states": THREE} | fields))


def test_eight_steps_of_an_lstm_weigh_less_than_60_kilobytes():
    explorer = Explorer(trace(8, 4, "lstm"), view=Cell(1))
    told = json.loads(script_text(explorer.spec))["variants"][0]["trace"]
    text = json.dumps(told, separators=(",", ":"), ensure_ascii=False)
    assert len(text.encode()) <= 60_000
    assert specs_in(explorer.to_html()) == [explorer.spec]
