"""Every primitive against its oracle, and its rules against difference quotients."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from op_table import CASES, cases_of, loss_of, record, trace_of
from oracles import ORACLES

from nnlib import Tape, Trace, check_gradient, gradient, ops
from nnlib.signatures import RULES
from nnlib.tape import PRIMITIVES
from nnlib.trace import decode

FROZEN = json.loads((Path(__file__).parent / "golden" / "torch_ops.json").read_text())
BY_ID = {case.id: case for case in CASES}
UNFILLED = re.compile(r"\{\w+:\d\}|\{\{")
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)


def check_value(case):
    """The kernel gives what the oracle gives, with the oracle's shape."""
    arrays = case.arrays()
    y, expected = case.call(*arrays), ORACLES[case.op](*arrays, **case.params)
    assert np.shape(y) == np.shape(expected)
    np.testing.assert_allclose(y, expected, rtol=1e-12, atol=1e-14)


def check_rules(case, order):
    """The rules agree with central differences along random directions."""
    arrays = case.arrays()
    varied = {f"x{i}": a for i, a in enumerate(arrays[: case.varied])}
    fixed = arrays[case.varied :]

    def loss(tensors):
        return loss_of(case, [*tensors.values(), *fixed])[1]

    if varied:
        error = check_gradient(loss, varied, rng=case.rng(1), order=order)
        assert error < 2e-6, f"{case.id}: relative error {error:.1e}"


def check_round_trip(case):
    """JSON text changes nothing, and the replay is the recording, bit for bit."""
    tape, _, loss = record(case)
    trace = Trace.from_tape(tape, title=case.id, loss=loss)
    text = json.dumps(trace.to_json(), allow_nan=False)
    again = Trace.from_json(text)
    assert again.to_json() == trace.to_json()
    for step, value in zip(tape.steps, again.replay().values(), strict=True):
        np.testing.assert_array_equal(value, step.value)


def check_formula(case):
    """The LaTeX is there, its brackets balance, and no template is left unfilled."""
    for step in trace_of(case).steps:
        latex = step["latex"]
        if latex is None:
            continue
        assert latex.strip()
        assert latex.count("{") == latex.count("}"), latex
        assert latex.count(r"\left(") == latex.count(r"\right)"), latex
        assert not UNFILLED.search(latex) and "None" not in latex, latex


def check_frozen(name):
    """Value and gradients are those that PyTorch gave for the stored inputs."""
    row, case = FROZEN["cases"][name], BY_ID[name]
    tape, y, _ = record(
        case, [decode(values, shape) for shape, values in row["inputs"]]
    )
    expected = {y.id: row["y"]}
    expected |= {tape.gradients[i]: g for i, g in enumerate(row["gradients"])}
    for step, (shape, values) in expected.items():
        np.testing.assert_allclose(
            tape.steps[step].value, decode(values, shape), rtol=1e-11, atol=1e-13
        )


@pytest.mark.parametrize("name", FROZEN["cases"])
def test_frozen_pytorch_values(name):
    check_frozen(name)


def test_every_primitive_has_frozen_values():
    assert {BY_ID[name].op for name in FROZEN["cases"]} == set(PRIMITIVES)


@every_case
def test_value(case):
    check_value(case)


@every_case
@pytest.mark.parametrize("order", [1, 2])
def test_rules(case, order):
    check_rules(case, order)


@every_case
def test_round_trip(case):
    check_round_trip(case)


@every_case
def test_formula(case):
    check_formula(case)


@every_case
def test_recorded_value_is_the_plain_value(case):
    arrays = case.arrays()
    tape = Tape()
    tensors = [tape.input(f"x{i}", a) for i, a in enumerate(arrays)]
    np.testing.assert_array_equal(case.call(*tensors).value, case.call(*arrays))


@every_case
def test_float32_stays_float32(case):
    arrays = [a.astype(np.float32) for a in case.arrays()]
    assert case.call(*arrays).dtype == np.float32
    tape = Tape()
    x = tape.input("x", arrays[0])
    y = case.call(x, *arrays[1:])
    (dx,) = gradient(ops.sum(y, axes=tuple(range(y.ndim))), [x])
    assert {step.value.dtype for step in tape.steps} == {np.dtype(np.float32)}
    assert dx.shape == x.shape


def test_every_primitive_is_in_the_table():
    assert {case.op for case in CASES} == set(PRIMITIVES) == set(RULES) == set(ORACLES)


def test_every_primitive_has_a_rule_for_each_argument():
    for name, primitive in PRIMITIVES.items():
        if name != "concat":
            assert len(primitive.rules) == len(primitive.arguments), name


def test_table_tries_the_awkward_shapes():
    shapes = {a.shape for case in CASES for a in case.arrays()}
    assert () in shapes and any(0 in s for s in shapes) and any(1 in s for s in shapes)
    assert len(CASES) > 250 and all(len(cases_of(op)) >= 5 for op in PRIMITIVES)


INF, NAN = np.inf, np.nan
IEEE = [
    (lambda: ops.exp(1000.0), INF),
    (lambda: ops.exp(-1000.0), 0),
    (lambda: ops.log(0.0), -INF),
    (lambda: ops.log(-1.0), NAN),
    (lambda: ops.div(1.0, 0.0), INF),
    (lambda: ops.div(0.0, 0.0), NAN),
    (lambda: ops.power(np.array(0.0), exponent=-1), INF),
    (lambda: ops.power(np.array(-1.0), exponent=0.5), NAN),
    (lambda: ops.sigmoid(np.array([-1e4, 1e4, -INF, INF, NAN])), [0, 1, 0, 1, NAN]),
    (lambda: ops.tanh(np.array([-1e4, INF, NAN])), [-1, 1, NAN]),
    (lambda: ops.erf(np.array([-INF, INF, NAN])), [-1, 1, NAN]),
    (lambda: ops.maximum(np.array([NAN, 1.0]), np.array([1.0, NAN])), [NAN, NAN]),
    (lambda: ops.greater(np.array([NAN, INF]), np.array([1.0, 1.0])), [0, 1]),
    (lambda: ops.max(np.array([1.0, NAN, 2.0]), axis=0), NAN),
    (lambda: ops.first_max(np.array([1.0, NAN, 2.0, NAN]), axis=0), [0, 1, 0, 0]),
    (lambda: ops.logsumexp(np.array([1000.0, 1000.0]), axis=0), 1000 + np.log(2)),
    (lambda: ops.logsumexp(np.array([-1000.0, -1000.0]), axis=0), -1000 + np.log(2)),
    (lambda: ops.logsumexp(np.array([-INF, -INF]), axis=0), -INF),
    (lambda: ops.logsumexp(np.array([-INF, 3.0]), axis=0), 3),
    (lambda: ops.logsumexp(np.array([INF, 3.0]), axis=0), INF),
    (lambda: ops.softmax(np.array([1000.0, 1000.0]), axis=0), [0.5, 0.5]),
    (lambda: ops.softmax(np.array([-INF, 0.0]), axis=0), [0, 1]),
]


@pytest.mark.parametrize(("compute", "expected"), IEEE)
def test_non_finite_values_are_ieee(compute, expected):
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(compute(), expected, rtol=1e-15)


def test_special_powers_are_products_and_roots():
    x = np.array([0.1, 1.7, 3.3])
    for exponent, y in (
        (2, x * x),
        (-1, 1 / x),
        (0.5, np.sqrt(x)),
        (-0.5, 1 / np.sqrt(x)),
    ):
        np.testing.assert_array_equal(ops.power(x, exponent=exponent), y)


def gradient_at(f, *values):
    tape = Tape()
    xs = [tape.input(f"x{i}", v) for i, v in enumerate(values)]
    y = f(*xs)
    return [
        g.value.tolist() for g in gradient(ops.sum(y, axes=tuple(range(y.ndim))), xs)
    ]


def test_log1p_keeps_what_one_plus_x_rounds_away():
    assert ops.log1p(1e-18) == 1e-18
    np.testing.assert_allclose(ops.log1p(-1e-9), -1e-9 - 5e-19, rtol=1e-15)


def test_ties_follow_pytorch():
    assert gradient_at(lambda x: ops.maximum(x, 0), [-1.0, 0.0, 2.0]) == [[0, 0, 1]]
    assert gradient_at(ops.maximum, [3.0], [3.0]) == [[0], [1]]
    assert gradient_at(lambda x: ops.max(x, axis=0), [5.0, 7.0, 7.0]) == [[0, 1, 0]]


def test_masks_and_indices_carry_no_gradient():
    assert gradient_at(ops.greater, [1.0, 3.0], [2.0, 2.0]) == [[0, 0], [0, 0]]
    assert gradient_at(lambda x: ops.first_max(x, axis=0), [1.0, 3.0]) == [[0, 0]]
    assert gradient_at(ops.take, [[1.0], [2.0]], [1.0, 1.0]) == [[[0], [2]], [0, 0]]


def test_erf_and_the_others_take_whole_numbers():
    np.testing.assert_allclose(ops.erf(np.array([0, 1])), [0, 0.8427007929497148])
    np.testing.assert_allclose(ops.erf(1), 0.8427007929497148)
    for op in (ops.exp, ops.log, ops.tanh, ops.sigmoid):
        np.testing.assert_allclose(op(np.array([1, 2])), op(np.array([1.0, 2.0])))


SENTENCES = [
    (lambda x: ops.add(x, np.zeros(4)), "add: shapes (2, 3) and (4,) do not fit"),
    (
        lambda x: ops.matmul(x, np.zeros((2, 2))),
        "matmul: shapes (2, 3) and (2, 2) do not fit",
    ),
    (lambda x: ops.matmul(x, np.zeros(3)), "write one example as one row"),
    (
        lambda x: ops.matmul(ops.reshape(x, shape=(1, 2, 3)), np.zeros(3)),
        "write one example as one row",
    ),
    (
        lambda x: ops.matmul(np.zeros(2), ops.reshape(x, shape=(1, 2, 3))),
        "write one example as one row",
    ),
    (lambda x: ops.reshape(x, shape=(4,)), "reshape: shapes (2, 3) do not fit"),
    (
        lambda x: ops.narrow(x, axis=1, start=2, length=2),
        "axis 1 has 3 elements, not 2 ... 4",
    ),
    (
        lambda x: ops.narrow(x, axis=1, start=-1, length=2),
        "axis 1 has 3 elements, not -1 ... 1",
    ),
    (lambda x: ops.take(x, np.array([0, 2])), "index 2 is outside the 2 rows 0 ... 1"),
    (lambda x: ops.take(x, np.array([-1.0])), "index -1 is outside the 2 rows 0 ... 1"),
    (
        lambda x: ops.scatter_add(x, np.array([0, 5]), length=4),
        "index 5 is outside the 4 rows",
    ),
    (lambda x: ops.scatter_add(x, np.array([0, -1]), length=4), "index -1 is outside"),
    (
        lambda x: ops.concat(x, np.zeros((2, 2, 2)), axis=0),
        "concat: shapes (2, 3) and (2, 2, 2)",
    ),
    (lambda x: ops.sum(x, axes=(2,)), "sum: shapes (2, 3) do not fit"),
    (lambda x: ops.sum(x, axes=1), "do not fit: axes is 1, not a tuple"),
    (
        lambda x: ops.narrow(x, axis=1, start=2, length=-1),
        "axis 1 has 3 elements, not 2 ... 1",
    ),
    (
        lambda x: ops.narrow(x, axis=5, start=0, length=1),
        "narrow: shapes (2, 3) do not fit",
    ),
    (lambda x: ops.pad(x, axis=-3, before=0, after=1), "pad: shapes (2, 3) do not fit"),
]


@pytest.mark.parametrize(("wrong", "sentence"), SENTENCES)
def test_misfit_is_one_sentence(wrong, sentence):
    for x in (np.zeros((2, 3)), Tape().input("x", np.zeros((2, 3)))):
        with pytest.raises(ValueError) as caught:
            wrong(x)
        assert sentence in str(caught.value)
        assert "\n" not in str(caught.value) and len(str(caught.value)) <= 200
