"""Chapter 06: the numbers of its explorers, and the tape that its reader builds."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from models import EXAMPLE
from stored_chapter import Chapter

from nnlib.check import LEAVES

STORED = Chapter("06")
FILE = Path(__file__).parent / "golden" / "layers_and_optimizers.json"
GOLDEN = json.loads(FILE.read_text())["multipath_chain_rule"]
TAPE = ("tape-rules", "tape-step", "tape-backward")
close = {"rtol": 1e-12, "atol": 1e-15}


@pytest.fixture(scope="module")
def traces():
    """The one trace of each explorer, by the explorer's slug."""
    slugs = STORED.specs()
    return {slug: trace for slug in slugs for trace in STORED.traces(slug).values()}


def test_the_network_is_the_one_of_the_reference(traces):
    found = traces["paths-network"].replay()
    for name in ("h1", "h2", "o"):
        tensor = {"h1": "h", "h2": "k", "o": "o"}[name]
        np.testing.assert_allclose(found[tensor], [GOLDEN[name]], **close)
    np.testing.assert_allclose(found["L"], GOLDEN["loss"], **close)
    for name in ("W1", "W2", "W3"):  # the reference has one neuron in each row
        expected = np.transpose(GOLDEN[f"dL_d{name}"])
        np.testing.assert_allclose(found[f"dL/d{name}"], expected, **close)


def test_each_path_and_its_switch(traces):
    every = traces["paths-switches"].replay({"gates": 1.0})
    rows = GOLDEN["paths_for_dL_dW1_rows"]
    np.testing.assert_allclose(every["paths"], rows, **close)
    np.testing.assert_allclose(every["sums"], every["dL/dW1"][0], **close)
    for i, gate in enumerate(("g1", "g2", "g3", "g4")):
        off = traces["paths-switches"].replay({"gates": 1.0} | {gate: 0.0})["paths"]
        expected = np.ravel(rows) * (np.arange(4) != i)
        np.testing.assert_allclose(np.ravel(off), expected, **close)


def test_it_starts_with_one_chain_for_each_weight(traces):
    found = traces["paths-switches"].replay()
    assert np.count_nonzero(found["paths"], axis=1).tolist() == [1, 1]
    assert not np.isclose(found["sums"], found["dL/dW1"][0], rtol=0.1).any()


def test_big_stops_each_have_a_named_number_to_predict(traces):
    """Without one, Predict asks for 'the result of mul' and the like."""
    for slug in ("paths-switches", "paths-count", "paths-differences"):
        told = {}
        for step in traces[slug].steps:
            if step["op"] not in LEAVES and step.get("phase", "forward") == "forward":
                scope = tuple(step.get("scope", ()))
                told[scope] = told.get(scope, False) or "symbol" in step
        assert len(told) >= 2, f"{slug} has one big stop"
        assert all(told.values()), f"{slug}: {told}"


def test_the_paths_of_a_digit_add_up_to_something():
    """The pixel is not black: equal zeros would prove nothing."""
    (output,) = STORED.cells["counting-digits"].outputs
    found = re.search(
        r"160 paths add up to (-?\d+\.\d+), the gradient: True", output.text
    )
    assert abs(float(found[1])) > 0.01


def test_the_given_numbers_of_the_pencil_exercise(traces):
    found = traces["paths-network"].replay()
    delta = np.ravel(found["dL/dk"] * (1 - found["k"] ** 2))
    slope = 1 - found["h"][0, 1] ** 2
    given = STORED.cells["exercise-1"].source.replace("$", "")
    for number in (*delta, slope):
        assert f"{number:.5f}".replace("0.", ".") in given


class Weight:
    """A weight that counts how often something is multiplied by it."""

    used = 0

    def __rmul__(self, other):
        Weight.used += 1
        return other


@pytest.mark.parametrize(("n", "M"), [(1, 2), (2, 2), (3, 5), (10, 4)])
def test_the_work_is_what_the_six_lines_multiply(traces, monkeypatch, n, M):
    monkeypatch.setattr(Weight, "used", 0)
    layer = np.array([[Weight() for _ in range(n)] for _ in range(n)]), np.zeros(n)
    own = STORED.run(["backprop"], np=np)
    activations = [np.full((1, n), 0.5) for _ in range(M + 1)]
    own["backprop"](activations, np.zeros((1, n)), [layer] * M)
    unused = n**2  # "not used after the first layer"
    work = traces["paths-count"].replay({"n": n, "M": M})["work"]
    assert work == Weight.used - unused == (M - 1) * n**2


@pytest.mark.parametrize(("n", "M"), [(1, 2), (2, 2), (10, 4), (100, 10)])
def test_paths_and_work_are_counted(traces, n, M):
    found = traces["paths-count"].replay({"n": n, "M": M})
    np.testing.assert_allclose(found["paths"], n ** (M - 1), rtol=1e-12)
    np.testing.assert_allclose(found["work"], (M - 1) * n**2)
    np.testing.assert_allclose(found["dL/dM"], np.log10(n), atol=1e-12)


def test_text_table_and_question_count_the_same_work():
    pairs = re.findall(
        r"n = +(\d+), M = +(\d+): (\S+) paths, (\S+) mult",
        STORED.printed("counting-numbers"),
    )
    assert len(pairs) == 4
    for n, M, number, work in pairs:
        n, M = int(n), int(M)
        assert (number, work) == (f"{n ** (M - 1):.0e}", f"{(M - 1) * n**2:.0e}")
    for cell in ("counting", "summary"):
        assert r"(M - 1)\,n^2" in STORED.cells[cell].source
    question = STORED.cells["self-test-1"].source
    assert "$M = 5$ layers of 3 nodes" in question
    for answer in (5 * 3, 3**5, (5 - 1) * 3**2):
        assert f'"{answer}": ' in question
    assert f'right="{3 ** (5 - 1)}"' in question


@pytest.mark.parametrize("k", [0, 0.25, 3, 5, 14])
def test_the_step_is_looked_up_exactly(traces, k):
    found = traces["paths-differences"].replay({"k": k})
    assert found["h"] == float(f"{10.0**-k:.4g}")


@pytest.mark.parametrize("theta", [0.1, 0.7, 2.0])
@pytest.mark.parametrize("k", [1, 2])
def test_the_error_is_the_one_of_the_pencil(traces, theta, k):
    """The cube's central difference is off by h^2, the forward by 3 theta h + h^2."""
    found = traces["paths-differences"].replay({"k": k, "theta": theta})
    h, slope = 10.0**-k, 3 * theta**2
    central, forward = h**2 / slope, (3 * theta * h + h**2) / slope
    np.testing.assert_allclose(found["log_central"], np.log10(central), atol=1e-9)
    np.testing.assert_allclose(found["log_forward"], np.log10(forward), atol=1e-9)


def test_no_step_of_the_slider_leaves_the_numbers(traces):
    for k in np.arange(0, 14.25, 0.25):
        for theta in (0.1, 0.7, 1.0, 2.0):
            found = traces["paths-differences"].replay({"k": k, "theta": theta})
            assert all(np.isfinite(value).all() for value in found.values())


def test_twelve_errors_are_those_of_the_reference():
    """The chapter prints them to two digits where the formula, not rounding, errs."""
    (output,) = STORED.cells["differences-table"].outputs
    for h, error in list(EXAMPLE["gradient_check_relative_error_vs_h"].items())[:4]:
        assert f"h = 1e-{int(h[-2:])}: central {error:.1e}" in output.text
    assert "False" not in output.text


def test_the_tape_of_the_reader_has_forty_lines_at_most():
    lines = [line for name in TAPE for line in STORED.cells[name].source.split("\n")]
    assert 30 < len(lines) <= 40


def test_the_tape_of_the_reader_adds_up_what_is_used_twice():
    own = STORED.run(TAPE, np=np)
    steps, a = [], np.array([[0.3, -1.2]])
    x = own["MyStep"](steps, a)
    once = own["apply"]("tanh", x)
    found = own["backward"](own["apply"]("sum", once * x - (x + once)))
    slope = 1 - np.tanh(a) ** 2
    expected = slope * a + np.tanh(a) - 1 - slope
    np.testing.assert_allclose(found[x.id], expected, **close)
