"""The page replays attention, blocks, a GPT and a Seq2Seq to the numbers of Python."""

import numpy as np
import pytest
from attention_cases import cases
from test_attention import recorded
from test_parity import ask, changes_of, compare
from test_seq2seq import batch, model_of

from nnlib import Tape, Trace, gradient, ops
from nnlib.attention import nadaraya_watson

pytestmark = pytest.mark.proof


def of_case(name, case):
    """Both passes of a layer, its inputs recorded, its mask among them."""
    tape, fixed = Tape(), dict(case.fixed)
    w = tape.inputs(case.layer.parameters())
    arrays = {n: tape.input(n, a) for n, a in case.arrays.items()}
    fixed |= {n: tape.input(n, a) for n, a in fixed.items()}
    y = case.layer.with_parameters(w)(**arrays, **fixed)
    L = ops.sum(y**2, axes=tuple(range(y.ndim)))
    gradient(L, {**w, **arrays})
    return Trace.from_tape(tape, title=name, loss=L)


def of_regression():
    tape, numbers = Tape(), np.random.default_rng(0)
    names, sizes = ("x", "X", "y", "w"), (3, 4, 4, ())
    pairs = zip(names, sizes, strict=True)
    inputs = {n: tape.input(n, numbers.normal(size=s)) for n, s in pairs}
    L = ops.sum(nadaraya_watson(*inputs.values()) ** 2, axes=(0,))
    gradient(L, inputs)
    return Trace.from_tape(tape, title="kernel regression", loss=L)


def of_translation():
    tape, model, (x, y, mask) = Tape(), model_of("additive"), batch()
    w = tape.inputs(model.parameters())
    tokens = {"x ids": x, "y ids": y, "mask ids": mask}
    z = model.with_parameters(w)(*(tape.input(n, a) for n, a in tokens.items()))
    L = ops.sum(z**2, axes=(0, 1, 2))
    gradient(L, w)
    return Trace.from_tape(tape, title="seq2seq", loss=L)


def test_whole_traces_after_changes_of_their_inputs():
    traces = [of_case(name, case) for name, case in cases().items()]
    traces += [recorded()[0], of_regression(), of_translation()]
    rng, asked, expected = np.random.default_rng(0), [], []
    for trace in traces:
        for _ in range(3):
            kept = ("mask", "M[")
            changes = changes_of(trace, rng).items()
            changes = {n: v for n, v in changes if not n.startswith(kept)}
            asked.append({"trace": trace.to_json(), "set": changes, "explain": True})
            expected.append((trace, changes))
    for (trace, changes), answer in zip(expected, ask(asked), strict=True):
        compare(trace, answer, changes)


def test_a_mask_that_hides_all_is_no_crash():
    trace, _ = recorded()
    shut = {f"M[2,{i}]": 0.0 for i in range(6)}
    (answer,) = ask([{"trace": trace.to_json(), "set": shut}])
    assert "error" not in answer
    at = [s["name"] for s in trace.steps].index("A1")
    found = np.array(answer["values"][at], dtype=object).reshape(6, 6)
    assert set(found[2]) == {"nan"} and "nan" not in set(found[3])
