"""Chapter 11: what its cells compute and its explorers hold, against frozen values."""

import numpy as np
import pytest
from stored_chapter import Chapter

from nnlib.convolution import Conv2d

STORED = Chapter("11")
SOBEL = np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
NOT_RUN = """channels-figure photo-edges-figure angle-figure photo-runs
photo-train-numbers svm-train exercise- self-test-""".split()
# Frozen from numpy and scipy.signal: (kernel in the chapter, on the step, on the ramp).
EDGES = {"Sobel": (-40, 8), "Prewitt": (-30, 6), "Scharr": (-160, 32)}
FULL = [[1, 4, 4, 0], [3, 13, 15, 2], [2, 13, 16, 6], [6, 8, 3, 4]]
LOSSES = {-2: (3, 2.1269280110429727), 0: (1, 0.6931471805599453),
          0.5: (0.5, 0.4740769841801067), 2: (0, 0.1269280110429725)}  # fmt: skip


@pytest.fixture(scope="module")
def chapter():
    """The names that the chapter's cells define; figures and training are left out."""
    return STORED.run(STORED.all_but(NOT_RUN))


@pytest.mark.parametrize("name", EDGES)
def test_the_kernels_on_the_step_and_on_the_ramp(chapter, name):
    edge, gain = EDGES[name]
    kernel, correlate = chapter["kernels"][name], chapter["correlate"]
    np.testing.assert_array_equal(
        correlate(chapter["step"], kernel), [[0, edge, edge, 0]] * 4
    )
    turned = correlate(chapter["step"], kernel[::-1, ::-1])
    np.testing.assert_array_equal(turned, [[0, -edge, -edge, 0]] * 4)
    assert np.all(correlate(chapter["ramp"], kernel) == gain)


@pytest.mark.parametrize("side", [64, 1000])
def test_a_convolution_keeps_the_inputs_and_drops_parameters(side):
    """Erratum E055: by counting, and by a layer that runs on a smaller image."""
    found = STORED.numbers_after("bill-shared", f"{side} x {side} x 3:")
    line = STORED.printed("bill-shared")
    assert f"{side * side * 3:,} inputs, 280 parameters" in line
    assert found[-3:] == [10, side - 2, side - 2]
    layer = Conv2d.init(3, 10, 3, rng=np.random.default_rng(0))
    assert sum(w.size for w in layer.parameters().values()) == 280
    assert layer(np.zeros((1, 3, 64, 64))).shape == (1, 10, 62, 62)
    assert f"{1000 * 1000 * 3 * 1000:,} weights" in STORED.printed("bill-numbers")


def test_a_diagonal_edge(chapter):
    corner, correlate = np.triu(np.ones((5, 5))), chapter["correlate"]
    expected = [[3, 1, 0], [3, 3, 1], [1, 3, 3]]
    np.testing.assert_array_equal(correlate(corner, SOBEL), expected)
    np.testing.assert_array_equal(correlate(corner, SOBEL.T), -np.array(expected))


def test_convolution_by_its_definition(chapter):
    g, k = chapter["g"], chapter["k"]
    np.testing.assert_array_equal(chapter["convolve"](g, k), FULL)
    np.testing.assert_array_equal(chapter["correlate"](g, k), [[17, 15], [12, 9]])


def test_the_gradient_of_a_kernel(chapter):
    X = np.array([[1, 2, 0, 1], [0, 1, 3, 2], [2, 0, 1, 1], [1, 1, 0, 2.0]])
    upstream = np.array([[1, 0, -1], [2, 1, 0], [0, 1, 1.0]])
    np.testing.assert_array_equal(chapter["correlate"](X, upstream), [[3, 8], [2, 2]])


def test_the_machine_on_four_points(chapter):
    by_tape = chapter["by_tape"]
    assert float(chapter["L"]) == pytest.approx(0.3279, abs=1e-12)
    np.testing.assert_allclose(by_tape["w"].ravel(), [-0.99, -0.504], atol=1e-12)
    np.testing.assert_allclose(chapter["by_hand"], by_tape["w"], atol=1e-12)
    np.testing.assert_allclose(by_tape["b"], [-0.25], atol=1e-12)


@pytest.mark.parametrize("margin", LOSSES)
def test_hinge_and_log_loss(chapter, margin):
    for trace in chapter["both"].values():
        at = trace.replay({"s": float(margin)})
        found = at["hinge"], at["logistic"]
        np.testing.assert_allclose(found, LOSSES[margin], atol=1e-12)


def test_the_learner_of_the_page_finds_sobel_and_on_the_step_does_not(chapter):
    found = {}
    for name in ("noise", "edge"):
        trace = chapter["learner"](np.asarray(chapter[name]))
        K = np.zeros((1, 1, 3, 3))
        for _ in range(100):
            K = trace.replay({"K": K})["K_new"]
        found[name] = K[0, 0]
    np.testing.assert_allclose(found["noise"], SOBEL, atol=1e-4)
    np.testing.assert_allclose(found["edge"], [[-4 / 3, 0, 4 / 3]] * 3, atol=1e-9)


def test_the_explorers_are_stored():
    assert set(STORED.specs()) == {"edge-window", "learn-sobel", "hinge-log-loss"}
