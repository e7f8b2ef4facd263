"""The figures under every explorer, measured again: none missing, none too good."""

import measure_proof
import numpy as np
import pytest
import torch
from finite_differences import Differences

from nnlib import Tape, Trace, gradient, ops
from nnlib.widgets import proof

pytestmark = pytest.mark.proof
VARIANTS = [
    pytest.param(v["trace"], id=f"{path.stem}-{spec['slug']}-{v['label']}")
    for path, spec in measure_proof.explorers()
    for v in spec["variants"]
]
DEVIATIONS = {"torch_values": (1e-12, 1e-13), "torch": (1e-12, 1e-13)}
DEVIATIONS |= {"differences": (1e-6, 1e-9)}


def test_there_are_explorers():
    assert len(VARIANTS) > 20


@pytest.mark.parametrize("trace", VARIANTS)
def test_the_stored_figures_are_what_is_measured_now(trace):
    stored = proof.measured()["traces"].get(proof.digest(trace))
    assert stored, f"{trace['title']} has not been measured: run `make measure`"
    now = measure_proof.measure(trace)
    assert stored.keys() == now.keys()
    for name, figure in now.items():
        if name not in DEVIATIONS:
            assert stored[name] == figure, name
            continue
        most, floor = DEVIATIONS[name]
        assert stored[name] <= most, name
        assert figure <= max(10 * stored[name], floor), name


def test_nothing_is_stored_that_no_page_shows():
    assert proof.measured()["traces"].keys() == measure_proof.traces().keys()


def test_the_versions_are_those_that_the_proof_job_installs():
    pinned = (measure_proof.chapters.ROOT / "requirements-proof.txt").read_text()
    versions = proof.measured()["versions"]
    assert f"torch=={versions['torch']}\n" in pinned
    assert versions["torch"] == torch.__version__.split("+")[0]
    constraints = (measure_proof.chapters.ROOT / "constraints.txt").read_text()
    assert f"numpy=={versions['numpy']}\n" in constraints


def recorded(make, x):
    tape = Tape()
    a = tape.input("x", x)
    loss = ops.sum(make(a), axes=(0,)).named("L")
    gradient(loss, [a])
    return Trace.from_tape(tape, title="t", loss=loss)


def spoil(trace, change):
    """The trace with its gradient replaced by a constant."""
    step = trace.steps[trace.outputs["gradients"]["x"]]
    wrong = change(trace.replay()[step["name"]])
    step |= {"op": "constant", "inputs": [], "value": wrong.tolist()}
    return trace


@pytest.mark.parametrize("factor", [-1.0, 0.0, 1 + 1e-9, np.nan, np.inf])
def test_a_wrong_gradient_shows_in_the_figure(factor):
    x = np.array([0.3, -1.2])
    right = measure_proof.against_torch(recorded(ops.tanh, x))
    assert right["gradients"] == 2 and right["torch"] < 1e-15
    wrong = spoil(recorded(ops.tanh, x), lambda g: g * factor)
    assert measure_proof.against_torch(wrong)["torch"] > 1e-10


def test_a_wrong_gradient_shows_in_the_differences_too():
    wrong = spoil(recorded(ops.tanh, np.array([0.3, -1.2])), lambda g: -g)
    assert measure_proof.against_differences(wrong)["differences"] > 1


def test_a_tie_of_a_relu_has_the_gradient_that_pytorch_gives_it():
    trace = recorded(lambda x: ops.maximum(x, 0.0), np.array([0.0, 1.0]))
    assert measure_proof.against_torch(trace)["torch"] == 0
    assert [row.kind for row in Differences(trace).rows()] == ["kink", "agrees"]


def test_what_is_no_number_is_so_in_both():
    deviation = measure_proof.deviation
    assert deviation(np.array([np.nan, np.inf]), np.array([np.nan, np.inf])) == 0
    for other in (np.nan, -np.inf, 1.0):
        assert deviation(np.array([np.inf, 2.0]), np.array([other, 2.0])) == np.inf
    found = deviation(np.array([2.0, 4.0]), np.array([2.0, 5.0]))
    assert found == 0.2
