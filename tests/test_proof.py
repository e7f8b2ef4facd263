"""The figures of the proof job: found by digest, and stored with each explorer.

That they are true is measured in tests/proof/test_proof_figures.py.
"""

import hashlib
import json
import math
from pathlib import Path

import nbformat
import numpy as np
import pytest
from finite_differences import Differences

from nnlib import Tape, Trace, gradient, ops
from nnlib.widgets import Explorer, proof

ROOT = Path(__file__).parents[1]
STORED = sorted((ROOT / "notebooks").glob("*.ipynb"))
FIGURES = {"values": 2, "torch_values": 0.0, "gradients": 1, "torch": 1.2e-16}


def recorded(title="one product", x=3.0):
    tape = Tape()
    a = tape.input("x", x)
    loss = (a * a).named("L")
    gradient(loss, [a])
    return Trace.from_tape(tape, title=title, loss=loss)


@pytest.fixture
def measure(monkeypatch, tmp_path):
    """Store figures for some traces, in place of those of the book."""

    def store(*traces):
        rows = {proof.digest(t.to_json()): {"title": t.title} | FIGURES for t in traces}
        file = tmp_path / "proof.json"
        file.write_text(json.dumps({"versions": {"torch": "9"}, "traces": rows}))
        monkeypatch.setattr(proof, "FILE", file)
        proof.measured.cache_clear()

    yield store
    proof.measured.cache_clear()


def test_an_explorer_carries_the_figures_of_each_variant(measure):
    one, two = recorded("one"), recorded("two")
    measure(one)
    variants = Explorer({"one": one, "two": two}).spec["variants"]
    assert variants[0]["proof"] == FIGURES | {"versions": {"torch": "9"}}
    assert "proof" not in variants[1]


def test_figures_are_not_shown_with_another_computation(measure):
    measure(recorded(x=3.0))
    for other in (recorded(x=math.nextafter(3.0, 4)), recorded("another title")):
        assert "proof" not in Explorer(other).spec["variants"][0]


def test_without_the_file_nothing_was_measured(monkeypatch, tmp_path):
    monkeypatch.setattr(proof, "FILE", tmp_path / "none.json")
    proof.measured.cache_clear()
    assert proof.proof_of(recorded().to_json()) is None
    proof.measured.cache_clear()


def test_the_digest_is_of_the_content():
    trace = recorded().to_json()
    turned = {k: trace[k] for k in reversed(trace)}
    assert proof.digest(turned) == proof.digest(json.loads(json.dumps(trace)))
    text = json.dumps(trace, sort_keys=True, separators=(",", ":"))
    assert proof.digest(trace) == hashlib.sha256(text.encode()).hexdigest()


def test_refreshing_stored_html_is_what_a_run_would_store(measure):
    trace = recorded("</script> <!-- é")
    measure()
    before = Explorer(trace, slug="s").to_html()
    measure(trace)
    after = Explorer(trace, slug="s").to_html()
    assert before != after
    assert proof.refreshed(f"<p>{before}</p>") == f"<p>{after}</p>"
    assert proof.refreshed(after) == after
    measure()
    assert proof.refreshed(after) == before


def outputs(path):
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            yield output.get("data", {}).get("text/html", "")


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_the_stored_outputs_carry_the_stored_figures(path):
    """So running a chapter again gives the same outputs (else run `make measure`)."""
    for html in outputs(path):
        assert proof.refreshed(html) == html


def test_the_measured_figures_are_two_digits_and_no_less_than_zero():
    for row in proof.measured()["traces"].values():
        for name in ("torch_values", "torch", "differences"):
            value = row.get(name, 0.0)
            assert value == float(f"{value:.1e}") and 0 <= value < 1


def verdicts(x, make, slope=None):
    """The verdict on each number of a loss of one input, for a given gradient."""
    tape = Tape()
    a = tape.input("x", x)
    loss = ops.sum(make(a), axes=tuple(range(np.ndim(x)))).named("L")
    gradient(loss, [a])
    trace = Trace.from_tape(tape, title="t", loss=loss)
    if slope is not None:
        step = trace.steps[trace.outputs["gradients"]["x"]]
        step |= {"op": "constant", "inputs": [], "value": [slope] * np.size(x)}
    return [row.kind for row in Differences(trace).rows()]


def test_central_differences_find_a_wrong_gradient():
    assert verdicts([1.0, -2.0], lambda x: x**3) == ["agrees", "agrees"]
    for slope in (-3.0, 1.0, 3.001, 0.0):
        assert verdicts([1.0], lambda x: x**3, slope) == ["differs"]


def test_kinks_and_what_is_no_number_are_told_apart_from_errors():
    def relu(x):
        return ops.maximum(x, 0.0)

    assert verdicts([0.0, 1.0, -1.0, 3e-6], relu) == ["kink"] + ["agrees"] * 3
    assert verdicts([2.0], relu, 0.5) == ["differs"]
    assert verdicts([0.0], lambda x: relu(x) ** 2) == ["faint"]
    with np.errstate(divide="ignore"):
        assert verdicts([0.0], ops.log) == ["odd"]
    assert verdicts([30.0], ops.sigmoid) == ["faint"]
