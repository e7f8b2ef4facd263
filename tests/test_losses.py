"""Losses: golden values, extremes, gradients, float types and error sentences."""

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib import Tape, Trace, check_gradient, gradient
from nnlib.functional import log_softmax, sigmoid, softmax
from nnlib.losses import (
    binary_cross_entropy,
    cross_entropy,
    half_squared_error,
    mean_squared_error,
)

FILE = Path(__file__).parent / "golden" / "layers_and_optimizers.json"
GOLDEN = json.loads(FILE.read_text())["softmax_crossentropy"]
TAPES = pytest.mark.parametrize("fused", [False, True])
RNG = np.random.default_rng(0)


def slope(loss, z, t, fused=False):
    """Return dL/dz."""
    tape = Tape(fused=fused)
    x = tape.input("z", z)
    return gradient(loss(x, t), [x])[0].value


# ---- squared errors ----


def test_half_squared_error_is_summed_and_not_averaged():
    o, y = np.array([[0.889550613969795, 0.8003996080673895]]), np.array([[0.1, 0.05]])
    assert math.isclose(half_squared_error(o, y), 0.593244871903886, rel_tol=1e-13)
    twice = half_squared_error(np.vstack([o, o]), np.vstack([y, y]))
    assert math.isclose(twice, 2 * 0.593244871903886, rel_tol=1e-13)


@TAPES
def test_half_squared_error_has_gradients_for_both(fused):
    tape = Tape(fused=fused)
    o, y = tape.input("o", [[3.0, 1.0]]), tape.input("y", [[1.0, 2.0]])
    do, dy = gradient(half_squared_error(o, y), [o, y])
    assert do.value.tolist() == [[2, -1]] and dy.value.tolist() == [[-2, 1]]


def test_mean_squared_error():
    o, y = RNG.normal(size=(2, 5, 3))
    assert math.isclose(mean_squared_error(o, y), np.mean((o - y) ** 2), rel_tol=1e-14)
    found = slope(mean_squared_error, o, y)
    np.testing.assert_allclose(found, 2 * (o - y) / 15, rtol=1e-13)


def test_the_formula_of_the_worked_example_reads_as_in_the_book():
    tape = Tape()
    o, y = tape.input("o", [[1.0]]), tape.input("y", [[0.0]])
    L = half_squared_error(o, y).named("L")
    latex = Trace.from_tape(tape, title="loss", loss=L).steps[L.id]["latex"]
    assert latex == r"0.5 \sum \left(o - y\right)^{2}"


# ---- binary cross-entropy ----


@pytest.mark.parametrize("case", GOLDEN["bce_with_logits"])
@TAPES
def test_binary_cross_entropy_golden(case, fused):
    z, t = (float(part.split("=")[1]) for part in case.split(","))
    tape = Tape(fused=fused)
    L = binary_cross_entropy(tape.input("z", [z]), np.array([t]))
    golden = GOLDEN["bce_with_logits"][case]["stable"]
    assert math.isclose(L.value, golden, rel_tol=1e-13, abs_tol=1e-16)


@pytest.mark.parametrize("z", [-1000.0, -40.0, -8.0, 0.0, 3.0, 40.0, 1000.0])
@pytest.mark.parametrize("t", [0.0, 0.3, 1.0])
@TAPES
def test_binary_cross_entropy_slope_is_sigmoid_minus_target(z, t, fused):
    found = slope(binary_cross_entropy, np.array([z]), np.array([t]), fused)
    np.testing.assert_allclose(found, sigmoid(np.array([z])) - t, atol=1e-15)


def test_why_not_squared_error_on_a_sigmoid():
    def squared(z, t):
        return mean_squared_error(sigmoid(z), t)

    z, t = np.array([-8.0]), np.array([1.0])
    assert math.isclose(slope(binary_cross_entropy, z, t)[0], -0.9997, abs_tol=5e-5)
    assert math.isclose(slope(squared, z, t)[0] / 2, -3.35e-4, rel_tol=1e-2)


def test_binary_cross_entropy_averages():
    z, t = RNG.normal(size=(2, 4, 3)), RNG.uniform(size=(2, 4, 3))
    a = sigmoid(z)
    naive = np.mean(-t * np.log(a) - (1 - t) * np.log(1 - a))
    assert math.isclose(binary_cross_entropy(z, t), naive, rel_tol=1e-12)


# ---- cross-entropy ----


@TAPES
def test_cross_entropy_golden(fused):
    golden = GOLDEN["basic"]
    z, t = np.array([golden["logits"]]), np.array([golden["label"]])
    for target in (t, np.eye(3)[t]):  # a class number and its one-hot form
        L = cross_entropy(Tape(fused=fused).input("z", z), target)
        assert math.isclose(L.value, golden["loss"], rel_tol=1e-14)
        dz = slope(cross_entropy, z, target, fused)
        np.testing.assert_allclose(dz[0], golden["grad_logits"], rtol=1e-12)


@TAPES
def test_cross_entropy_does_not_underflow(fused):
    golden = GOLDEN["underflow"]
    z = Tape(fused=fused).input("z", [golden["logits"]])
    L = cross_entropy(z, np.array([golden["label"]]))
    assert math.isclose(L.value, golden["stable_loss"], rel_tol=1e-14)


@pytest.mark.parametrize("shift", [-1000.0, 0.0, 1000.0])
@TAPES
def test_a_shift_of_all_logits_changes_nothing(shift, fused):
    z, t = RNG.normal(size=(6, 4)), np.array([0, 1, 2, 3, 0, 1])
    here = slope(cross_entropy, z, t, fused)
    there = slope(cross_entropy, z + shift, t, fused)
    np.testing.assert_allclose(here, there, atol=1e-12)
    assert abs(cross_entropy(z, t) - cross_entropy(z + shift, t)) < 1e-12


@TAPES
def test_an_impossible_class_costs_nothing_when_it_is_not_the_answer(fused):
    z, t = np.array([[0.0, -np.inf, 0.0]]), np.array([2])
    L = cross_entropy(Tape(fused=fused).input("z", z), t)
    assert math.isclose(L.value, math.log(2))
    assert slope(cross_entropy, z, t, fused).tolist() == [[0.5, 0, -0.5]]


@TAPES
def test_an_impossible_answer_costs_infinity(fused):
    z = Tape(fused=fused).input("z", [[0.0, -np.inf]])
    assert cross_entropy(z, np.array([1])).value == np.inf


@given(st.integers(1, 9), st.integers(1, 6), st.integers(0, 99))
def test_class_numbers_and_one_hot_rows_agree(N, K, seed):
    rng = np.random.default_rng(seed)
    z, t = rng.normal(size=(N, K)) * 10, rng.integers(0, K, N)
    hot = np.eye(K)[t]
    assert math.isclose(cross_entropy(z, t), cross_entropy(z, hot), abs_tol=1e-12)
    naive = -np.mean(log_softmax(z)[np.arange(N), t])
    assert math.isclose(cross_entropy(z, t), naive, abs_tol=1e-12)
    for fused in (False, True):
        for target in (t, hot):
            dz = slope(cross_entropy, z, target, fused)
            np.testing.assert_allclose(dz, (softmax(z) - hot) / N, atol=1e-14)


def test_softmax_in_the_model_as_well_is_a_mistake_with_a_floor():
    z, t = np.array([[2.0, 1.0, 0.1]]), np.array([0])
    assert math.isclose(cross_entropy(softmax(z), t), 0.8021, abs_tol=1e-4)
    perfect = softmax(np.array([[1000.0, 0.0, 0.0]]))
    assert math.isclose(cross_entropy(perfect, t), 0.5514, abs_tol=1e-4)


def test_targets_may_be_an_input_of_the_trace():
    tape = Tape()
    z, t = tape.input("z", [[1.0, 2.0], [0.0, 3.0]]), tape.input("t", [0, 1])
    L = cross_entropy(z, t).named("L")
    gradient(L, [z])
    trace = Trace.from_tape(tape, title="classes", loss=L)
    replayed = trace.replay({"t": [1, 0]})
    assert math.isclose(replayed["L"], cross_entropy(z.value, np.array([1, 0])))
    flipped = slope(cross_entropy, z.value, np.array([1, 0]))
    np.testing.assert_allclose(replayed["dL/dz"], flipped, rtol=1e-14)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64, np.float32, np.float64])
def test_class_numbers_of_any_type(dtype):
    z, t = RNG.normal(size=(3, 3)), np.array([0, 2, 1])
    expected = cross_entropy(z, t)
    assert cross_entropy(z, t.astype(dtype)) == expected
    assert cross_entropy(z, t.tolist()) == expected


# ---- all of them ----

LOSSES = {
    "half_squared_error": (half_squared_error, RNG.normal(size=(4, 3))),
    "mean_squared_error": (mean_squared_error, RNG.normal(size=(4, 3))),
    "binary_cross_entropy": (binary_cross_entropy, RNG.uniform(size=(4, 3))),
    "cross_entropy classes": (cross_entropy, np.array([0, 1, 2, 0])),
    "cross_entropy probabilities": (cross_entropy, RNG.dirichlet(np.ones(3), 4)),
}
every_loss = pytest.mark.parametrize("loss, t", LOSSES.values(), ids=LOSSES)


@every_loss
def test_gradients_of_both_orders(loss, t):
    z = {"z": RNG.normal(size=(4, 3))}
    rng = np.random.default_rng(1)
    assert check_gradient(lambda p: loss(p["z"], t), z, rng=rng, order=2) < 2e-6


@every_loss
@TAPES
def test_float32_stays_float32(loss, t, fused):
    z = RNG.normal(size=(4, 3)).astype(np.float32)
    t = t.astype(np.float32) if t.dtype.kind == "f" else t
    tape = Tape(fused=fused)
    x = tape.input("z", z)
    L = loss(x, t)
    assert L.dtype == loss(z, t).dtype == gradient(L, [x])[0].dtype == np.float32


@every_loss
def test_a_loss_is_one_number(loss, t):
    z = RNG.normal(size=(4, 3))
    assert np.shape(loss(z, t)) == () == loss(Tape().input("z", z), t).shape


@every_loss
def test_docstrings_hold_formula_errors_and_chapter(loss, t):
    for word in (".. math::", "Raises", "Reference:", "Chapter:"):
        assert word in loss.__doc__


WRONG = [
    (half_squared_error, (2, 3), (3, 2), "o has shape (2, 3), but y has shape (3, 2)"),
    (mean_squared_error, (2, 3), (3,), "o has shape (2, 3), but y has shape (3,)"),
    (binary_cross_entropy, (4, 1), (4,), "z has shape (4, 1), but t has shape (4,)"),
    (half_squared_error, (0, 3), (0, 3), "o is empty, shape (0, 3)"),
    (mean_squared_error, (0,), (0,), "o is empty, shape (0,)"),
    (binary_cross_entropy, (0,), (0,), "z is empty, shape (0,)"),
    (cross_entropy, (3,), (3,), "z has shape (3,), but needs rows of logits (N, K)"),
    (
        cross_entropy,
        (0, 3),
        (0,),
        "z has shape (0, 3), but needs rows of logits (N, K)",
    ),
    (
        cross_entropy,
        (4, 3),
        (3,),
        "t has shape (3,), but z needs class numbers (4,) or probabilities (4, 3)",
    ),
    (
        cross_entropy,
        (4, 3),
        (4, 1),
        "t has shape (4, 1), but z needs class numbers (4,) or probabilities (4, 3)",
    ),
]


@pytest.mark.parametrize("loss, z, t, sentence", WRONG)
@TAPES
def test_shapes_that_do_not_fit(loss, z, t, sentence, fused):
    x = Tape(fused=fused).input("z", np.zeros(z))
    with pytest.raises(
        ValueError, match=f"^{re.escape(f'{loss.__name__}: {sentence}')}$"
    ):
        loss(x, np.zeros(t))


@pytest.mark.parametrize(
    "t, sentence",
    [
        ([0, 3, 1], "t[1] = 3 is not one of the 3 classes 0 ... 2"),
        ([-1, 0, 1], "t[0] = -1 is not one of the 3 classes 0 ... 2"),
        ([0, 1, 0.5], "t[2] = 0.5 is not one of the 3 classes 0 ... 2"),
        ([0, np.nan, 1], "t[1] = nan is not one of the 3 classes 0 ... 2"),
        ([np.inf, 0, 1], "t[0] = inf is not one of the 3 classes 0 ... 2"),
    ],
)
@pytest.mark.parametrize("as_input", [False, True])
def test_classes_that_do_not_exist(t, sentence, as_input):
    tape = Tape()
    z = tape.input("z", np.zeros((3, 3)))
    t = tape.input("t", t) if as_input else np.array(t)
    with pytest.raises(ValueError, match=re.escape(f"cross_entropy: {sentence}")):
        cross_entropy(z, t)


@pytest.mark.parametrize(
    "shape, place", [((), "t"), ((1,), "t[0]"), ((1, 1), "t[0, 0]")]
)
@pytest.mark.parametrize("t", [-1.0, 1.5, math.nan])
@TAPES
def test_answers_that_are_neither_yes_nor_no(shape, place, t, fused):
    tape = Tape(fused=fused)
    z, t = np.zeros(shape), tape.input("t", np.full(shape, t))
    sentence = f"binary_cross_entropy: {place} is {t.value.item():g}, not a number from"
    with pytest.raises(ValueError, match=re.escape(sentence)):
        binary_cross_entropy(tape.input("z", z), t)


@pytest.mark.parametrize("row, total", [([0.5, 0.2], "0.7"), ([np.nan, 1], "nan")])
def test_probabilities_that_do_not_sum_to_one(row, total):
    sentence = f"row 1 of t sums to {total}, but probabilities sum to 1"
    with pytest.raises(ValueError, match=f"cross_entropy: {sentence}"):
        cross_entropy(np.zeros((2, 2)), np.array([[0.5, 0.5], row]))
