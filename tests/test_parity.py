"""The page's engine against Python: values, microscope, and what is refused.

One node process answers all questions of a test; see ``js/replay_cli.js``.
"""

import json
import random
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hostile import mutated
from models import example_trace, zoo_trace
from op_table import CASES, trace_of
from test_check import WRONG, bad_json
from tolerance import scales

from nnlib import Tape, Trace, ops
from nnlib.formula import symbol
from nnlib.tape import PRIMITIVES
from nnlib.trace import decode, element_labels
from nnlib.widgets.proof import specs_in

pytestmark = pytest.mark.proof
ROOT = Path(__file__).parents[1]
ENGINE = ROOT / "nnlib" / "widgets" / "js" / "engine"


def node(*arguments, text=""):
    assert shutil.which("node"), "the parity tests need Node 20 or newer"
    result = subprocess.run(
        ["node", *arguments],
        input=text,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    return result.stdout


def ask(questions):
    """Send questions to the engine and return its answers, in order."""
    text = "\n".join(json.dumps(q) for q in questions) + "\n"
    lines = node("tests/js/replay_cli.js", text=text).strip().split("\n")
    answers = [json.loads(line) for line in lines]
    assert len(answers) == len(questions)
    return answers


def evaluate(expression, *modules):
    """Evaluate a JavaScript expression over imported engine modules."""
    imports = "".join(
        f"import * as {m} from '{(ENGINE / m).as_uri()}.js';" for m in modules
    )
    code = f"{imports} console.log(JSON.stringify({expression}))"
    return json.loads(node("--input-type=module", "--eval", code))


def close(found, expected, name, scale):
    """Equal to 1e-12 of the element, or to 1e-12 of the largest number of the step."""
    found = decode(found, np.shape(expected))
    np.testing.assert_allclose(
        found, expected, rtol=1e-12, atol=1e-12 * scale, err_msg=name
    )


def compare(trace, answer, changes=None):
    assert "error" not in answer, answer
    python = trace.replay(changes)
    scale = scales(trace, python)
    for kind in ("values", "explained"):
        found = answer.get(kind, answer["values"])
        for numbers, (name, expected) in zip(found, python.items(), strict=True):
            close(numbers, expected, f"{trace.title}: {name}, {kind}", scale[name])


def test_every_primitive_has_a_kernel_and_a_shape_rule():
    assert set(evaluate("Object.keys(kernels.KERNELS)", "kernels")) == set(PRIMITIVES)
    assert set(evaluate("Object.keys(kernels.SHAPES)", "kernels")) == set(PRIMITIVES)


def questions(traces, **fields):
    return [{"trace": t.to_json(), **fields} for t in traces]


def test_every_case_of_the_op_table():
    traces = [trace_of(case) for case in CASES]
    for trace, answer in zip(traces, ask(questions(traces, explain=True)), strict=True):
        compare(trace, answer)
        assert len(answer["explained"]) == len(trace.steps)


def changes_of(trace, rng):
    """A new number for some elements of some inputs, by label."""
    changes = {}
    for step in trace.steps:
        if step["op"] == "input" and "ids" not in step["name"]:
            for index in np.ndindex(*step["shape"]):
                place = f"[{','.join(map(str, index))}]" if index else ""
                if rng.random() < 0.5:
                    changes[step["name"] + place] = float(rng.uniform(0.1, 2))
    return changes


def test_whole_traces_after_changes_of_their_inputs():
    rng, asked, expected = np.random.default_rng(0), [], []
    for trace in (example_trace(), zoo_trace()):
        for _ in range(20):
            changes = changes_of(trace, rng)
            asked.append({"trace": trace.to_json(), "set": changes, "explain": True})
            expected.append((trace, changes))
    for (trace, changes), answer in zip(expected, ask(asked), strict=True):
        compare(trace, answer, changes)


def chapter_specs():
    """The specs of all explorers in the stored outputs of the chapters."""
    for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        outputs = [o for c in cells for o in c.get("outputs", [])]
        for output in outputs:
            html = "".join(output.get("data", {}).get("text/html", ""))
            yield from specs_in(html)


def moves(spec, trace, rng):
    """A random value for each control that this variant has, one of its slider's."""
    known = {
        label
        for step in trace.steps
        if step["op"] == "input"
        for label in (step.get("labels") or element_labels(step["name"], step["shape"]))
    }
    controls = [c for c in spec["controls"] if c["target"] in known]
    return {c["target"]: notch(c, rng) for c in controls}


def notch(control, rng):
    """Whole numbers stay whole: an index between two rows is refused, not computed."""
    low, high, step = (control[key] for key in ("min", "max", "step"))
    return min(high, low + step * int(rng.integers(0, round((high - low) / step) + 1)))


def margins(step, values, odd):
    """How far the inputs of a mask are from a tie, where it is ``odd``."""
    x, *rest = values
    if step["op"] == "greater":
        return np.abs(x - rest[0])[odd]
    axis = step["params"]["axis"]
    short = np.where(odd, np.max(x, axis=axis, keepdims=True) - x, 0)
    return np.max(short, axis=axis, keepdims=True)[odd.any(axis, keepdims=True)]


def decided_by_rounding(trace, answer, python):
    """Whether a mask differs just where its inputs tie but for their last digits.

    Such a point lies on a kink, and what follows from the mask may differ. A mask that
    differs at an exact tie, or far from one, is a fault.
    """
    found = [
        decode(numbers, step["shape"])
        for numbers, step in zip(answer["values"], trace.steps, strict=True)
    ]
    expected, scale = list(python.values()), scales(trace, python)
    for step in trace.steps:
        odd = found[step["id"]] != expected[step["id"]]
        if step["op"] in ("greater", "first_max") and np.any(odd):
            here, there = (
                margins(step, [side[i] for i in step["inputs"]], odd)
                for side in (found, expected)
            )
            near = 1e-12 * scale[trace.steps[step["inputs"][0]]["name"]]
            return bool(np.all((0 < here + there) & (here + there <= near)))
    return False


def test_a_mask_may_differ_on_a_kink_only_by_rounding():
    tape = Tape()
    x, y = tape.input("x", [1.0, 2.0]), tape.input("y", [1.0, 3.0])
    trace = Trace.from_tape(tape, title="t", loss=ops.greater(x * y, y).named("m"))
    python = trace.replay()
    for y0, mask, allowed in ((1 - 1e-14, 1, True), (1.0, 1, False), (0.5, 1, False)):
        values = [[1, 2], [y0, 3], [1, 6], [mask, 1]]
        assert decided_by_rounding(trace, {"values": values}, python) is allowed


def test_every_explorer_of_the_chapters_after_moving_every_control():
    traces, changes, on_kinks = [], [], 0
    for spec in chapter_specs():
        rng = np.random.default_rng(list(spec["slug"].encode()))
        for variant in spec["variants"]:
            trace = Trace.from_json(variant["trace"])
            for _ in range(3):
                traces.append(trace)
                changes.append(moves(spec, trace, rng))
    assert len(traces) >= 3 * 10
    asked = [
        {"trace": t.to_json(), "set": c} for t, c in zip(traces, changes, strict=True)
    ]
    for trace, answer, change in zip(traces, ask(asked), changes, strict=True):
        if decided_by_rounding(trace, answer, trace.replay(change)):
            on_kinks += 1
        else:
            compare(trace, answer, change)
    assert on_kinks <= len(traces) / 50


SPECIAL = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    np.inf,
    -np.inf,
    np.nan,
    1e3,
    -1e3,
    37.0,
    1e308,
    -1e308,
    5e-324,
]


def special_trace():
    """Every element-wise op and reduction on numbers at the edge of what there is."""
    tape = Tape()
    x = tape.input("x", SPECIAL)
    y = tape.input("y", np.reshape(SPECIAL, (-1, 1)))
    for op in ("exp", "log", "tanh", "sigmoid", "erf", "neg"):
        PRIMITIVES[op](x)
    for exponent in (2, -1, 0.5, -0.5, 3, 0, 1.5, -2):
        ops.power(x, exponent=exponent)
    for op in ("add", "sub", "mul", "div", "maximum", "greater"):
        PRIMITIVES[op](x, y)
    pairs = ops.concat(x + 0 * y, y + 0 * x, axis=0)
    both = ops.reshape(
        ops.concat(ops.maximum(x, x), x, axis=0), shape=(2, len(SPECIAL))
    )
    for z in (pairs, both, y):
        for axis in (0, 1):
            ops.max(z, axis=axis), ops.first_max(z, axis=axis), ops.sum(z, axes=(axis,))
            ops.softmax(z, axis=axis), ops.logsumexp(z, axis=axis)
    return tape


def test_non_finite_numbers():
    with np.errstate(all="ignore"):
        trace = Trace.from_tape(special_trace(), title="special")
        (answer,) = ask(questions([trace], explain=True))
        for found, step in zip(answer["values"], trace.replay().items(), strict=True):
            name, expected = step
            np.testing.assert_allclose(
                decode(found, expected.shape), expected, rtol=1e-12, err_msg=name
            )


def test_both_name_the_same_symbols():
    names = [
        "w1",
        "z_h1",
        "alpha",
        "beta2",
        "x",
        "W10",
        "dL/dw1",
        "dL/dz_h1",
        "Gamma",
        "upsilon",
        "b",
    ]
    assert [symbol(n) for n in names] == evaluate(
        f"{json.dumps(names)}.map(symbols.latexOf)", "symbols"
    )


def refused(data):
    try:
        Trace.from_json(data)
    except ValueError as error:
        return str(error)
    return None


def agree(corpus):
    """Both validators accept, or both refuse with one short sentence."""
    disagreements = []
    for data, answer in zip(
        corpus, ask([{"trace": data} for data in corpus]), strict=True
    ):
        python, page = refused(data), answer.get("error")
        if page is not None:
            assert page and "\n" not in page and len(page) <= 300, page
        if (python is None) != (page is None):
            disagreements.append((python, page, json.dumps(data)[:300]))
    assert not disagreements, (
        f"{len(disagreements)} disagreements, first {disagreements[:3]}"
    )


def test_both_refuse_the_same_hostile_traces():
    rng = random.Random(2)
    corpus = [mutated(rng) for _ in range(1500)]
    agree(corpus)
    assert 0.1 < sum(refused(data) is None for data in corpus) / len(corpus) < 0.9


def test_both_refuse_what_is_plainly_wrong():
    # A key that is no text, and a NaN, cannot be written as JSON.
    plain = [data for data, _ in WRONG if json_safe(data)]
    assert len(plain) > 25
    agree(plain)


def json_safe(data):
    try:
        return json.loads(json.dumps(data, allow_nan=False)) == data
    except ValueError:
        return False


def test_both_refuse_text_that_is_no_trace():
    agree([text for text in bad_json() if isinstance(text, str) and "[[" not in text])


def test_numbers_survive_the_way_there_and_back():
    rng = np.random.default_rng(0)
    numbers = rng.integers(0, 2**64, 2000, dtype=np.uint64).view(np.float64)
    tape = Tape()
    tape.input("x", numbers)
    (answer,) = ask(questions([Trace.from_tape(tape, title="numbers")]))
    found = decode(answer["values"][0], numbers.shape)
    np.testing.assert_array_equal(found, numbers)
    finite = ~np.isnan(numbers)
    np.testing.assert_array_equal(
        np.signbit(found)[finite], np.signbit(numbers)[finite]
    )
