"""LaTeX of names and steps: subscripts, brackets where needed, nothing injected."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from models import example_trace, record_example

from nnlib import Tape, gradient, ops
from nnlib.formula import formulas, number, symbol

SYMBOLS = {
    "t'": "t'",
    "x": "x",
    "w1": "w_{1}",
    "w10": "w_{10}",
    "W1": "W_{1}",
    "z_h1": "z_{h1}",
    "alpha": r"\alpha",
    "beta2": r"\beta_{2}",
    "loss": r"\mathrm{loss}",
    "dL/dW1": r"\frac{\partial L}{\partial W_{1}}",
    "dL/dz_h1": r"\frac{\partial L}{\partial z_{h1}}",
    "dL/dalpha": r"\frac{\partial L}{\partial \alpha}",
    "d": "d",
}


@pytest.mark.parametrize(("name", "latex"), SYMBOLS.items())
def test_symbol(name, latex):
    assert symbol(name) == latex


@given(st.text(max_size=20))
def test_any_name_gives_latex_that_balances_and_acts_on_nothing(name):
    latex = symbol(name)
    assert latex.count("{") == latex.count("}")
    commands = (
        latex.replace(r"\text", "").replace(r"\frac", "").replace(r"\partial", "")
    )
    if not name.isascii() or not name.replace("/", "").isalnum():
        assert (
            "\\" not in commands.replace(r"\mathrm", "") or "_" in name or "/d" in name
        )
    assert "\n" not in latex and "<" not in latex and "$" not in latex


@pytest.mark.parametrize(
    ("value", "latex"),
    [
        (1.0, "1"),
        (0.5, "0.5"),
        (-2, "-2"),
        (1e-7, r"1\times10^{-7}"),
        (1 / 3, "0.333333"),
    ],
)
def test_number(value, latex):
    assert number(value) == latex


def written(f, **values):
    tape = Tape()
    result = f(**tape.inputs(values))
    return formulas(tape)[result.id]


x, y, z, M = 2.0, 3.0, 5.0, np.ones((2, 2))
FORMULAS = [
    (lambda x, y, z: x + y * z, r"x + y \cdot z"),
    (lambda x, y, z: (x + y) * z, r"\left(x + y\right) \cdot z"),
    (lambda x, y, z: x - (y - z), r"x - \left(y - z\right)"),
    (lambda x, y, z: x - y - z, "x - y - z"),
    (lambda x, y, z: x - (y + z), r"x - \left(y + z\right)"),
    (lambda x, y, z: x + (y - z), "x + y - z"),
    (lambda x, y, z: -(x + y), r"-\left(x + y\right)"),
    (lambda x, y, z: x - (-y), r"x - \left(-y\right)"),
    (lambda x, y, z: (x + y) / z, r"\frac{x + y}{z}"),
    (lambda x, y, z: (x * y) ** 2, r"\left(x \cdot y\right)^{2}"),
    (lambda x, y, z: (x**2) ** 3, r"\left(x^{2}\right)^{3}"),
    (lambda x, y, z: x ** -0.5, "x^{-0.5}"),
    (lambda x, y, z: 2 * x, "2 x"),
    (lambda x, y, z: x * -2, r"x \cdot \left(-2\right)"),
    (lambda x, y, z: x * 2, r"x \cdot 2"),
    (lambda x, y, z: 2 * (3 * x), r"2 \cdot 3 x"),
    (lambda x, y, z: 2 * (3 - x), r"2 \left(3 - x\right)"),
    (lambda x, y, z: 2 * (3 * x - y), r"2 \left(3 x - y\right)"),
    (lambda x, y, z: x - (-2.0), r"x - \left(-2\right)"),
    (lambda x, y, z: ops.exp(x + y), "e^{x + y}"),
    (lambda x, y, z: ops.exp(x) ** 2, r"\left(e^{x}\right)^{2}"),
    (lambda x, y, z: ops.sigmoid(x + y) * z, r"\sigma(x + y) \cdot z"),
    (lambda x, y, z: ops.maximum(x, 0), r"\max(x, 0)"),
    (lambda x, y, z: ops.greater(x + 1, y), "[x + 1 > y]"),
]  # fmt: skip


@pytest.mark.parametrize(("f", "latex"), FORMULAS)
def test_brackets_stand_where_they_are_needed(f, latex):
    assert written(f, x=x, y=y, z=z) == latex


MATRIX_FORMULAS = [
    (lambda A, b: A @ A + b, r"A\,A + b"),
    (lambda A, b: (A + b) @ A, r"\left(A + b\right)\,A"),
    (lambda A, b: A.T @ A, r"A^{\top}\,A"),
    (lambda A, b: (A @ A).T, r"\left(A\,A\right)^{\top}"),
    (lambda A, b: A.T.T, "A"),
    (lambda A, b: A.T.T.T @ A, r"A^{\top}\,A"),
    (lambda A, b: (A @ A).T.T.T, r"\left(A\,A\right)^{\top}"),
    (lambda A, b: ops.sum(A, axes=(0, 1)), r"\sum A"),
    (lambda A, b: ops.sum(A, axes=(0,)), r"\sum_{\text{rows}} A"),
    (
        lambda A, b: ops.sum(A + b, axes=(1,)),
        r"\sum_{\text{columns}} \left(A + b\right)",
    ),
    (lambda A, b: ops.max(A, axis=-1), r"\max_{\text{columns}} A"),
    (lambda A, b: 2 * ops.sum(A, axes=(0, 1)), r"2 \sum A"),
    (lambda A, b: ops.sum(A, axes=(0, 1)) * b, r"\left(\sum A\right) \cdot b"),
    (lambda A, b: b * ops.sum(A * A, axes=(0, 1)), r"b \cdot \sum A \odot A"),
    (lambda A, b: b - ops.sum(A, axes=(0, 1)), r"b - \sum A"),
    (lambda A, b: -ops.sum(A, axes=(0, 1)), r"-\sum A"),
    (lambda A, b: ops.sum(A, axes=(0, 1)) ** 2, r"\left(\sum A\right)^{2}"),
    (lambda A, b: ops.narrow(A, axis=0, start=0, length=1), "A_{0:0+1}"),
    (lambda A, b: ops.concat(A, A, axis=0), r"[A,\; A]"),
    (lambda A, b: ops.softmax(A @ A, axis=1), r"\operatorname{softmax}(A\,A)"),
]


@pytest.mark.parametrize(("f", "latex"), MATRIX_FORMULAS)
def test_matrix_formulas(f, latex):
    assert written(f, A=M, b=3.0) == latex


def test_a_range_below_a_name_that_has_something_below():
    """Two subscripts of one letter are no formula."""
    f = lambda W_h: ops.narrow(W_h, axis=0, start=0, length=1)  # noqa: E731
    assert written(f, W_h=M) == "{W_{h}}_{0:0+1}"


def test_moving_numbers_keeps_the_binding():
    f = lambda A, b: ops.reshape(A + b, shape=(4,)) * b  # noqa: E731
    assert written(f, A=M, b=3.0) == r"\left(A + b\right) \cdot b"


def test_named_tensors_stand_for_themselves():
    tape, _, _ = record_example()
    right = formulas(tape)
    by_name = {s.name: right[s.id] for s in tape.steps if s.id in right}
    assert by_name["z1"] == r"x\,W_{1} + b_{1}"
    assert by_name["h"] == r"\sigma(z_{1})"
    assert by_name["L"] == r"0.5 \sum \left(o - y\right)^{2}"
    assert by_name["dL/dW2"] == r"h^{\top}\,\frac{\partial L}{\partial z_{2}}"


def test_a_given_symbol_wins():
    tape = Tape()
    x = tape.input("x", 1.0, symbol=r"\hat{x}")
    y = (x + 1).named("y")
    assert formulas(tape)[y.id] == r"\hat{x} + 1"


def test_the_trace_carries_symbol_and_latex():
    steps = {s["name"]: s for s in example_trace().steps}
    assert steps["W1"]["symbol"] == "W_{1}" and steps["W1"]["latex"] is None
    assert steps["z1"]["symbol"] == "z_{1}"
    assert all(
        s["latex"] for s in steps.values() if s["op"] not in ("input", "constant")
    )


def test_a_named_constant_is_a_symbol_and_no_number():
    tape = Tape()
    x = tape.input("x", 2.0)
    y = (x * x).named("y")
    gradient(y, [x])
    step = next(s for s in tape.steps if s.place.of == y.id and s.op == "mul")
    assert formulas(tape)[step.id] == r"\frac{\partial L}{\partial y} \cdot x"


def test_of_a_long_sum_the_middle_is_left_out():
    tape = Tape()
    terms = [tape.input(f"x{k}", 1.0) for k in range(1, 7)]
    total, written = terms[0], []
    for term in terms[1:]:
        total = total + term
        written.append(formulas(tape)[total.id])
    assert written[2] == "x_{1} + x_{2} + x_{3} + x_{4}"
    assert written[3] == r"x_{1} + x_{2} + \cdots + x_{5}"
    assert written[4] == r"x_{1} + x_{2} + \cdots + x_{6}"
    product = total * terms[0]
    assert formulas(tape)[product.id] == (
        r"\left(x_{1} + x_{2} + \cdots + x_{6}\right) \cdot x_{1}"
    )


def test_a_sum_of_negative_terms_keeps_its_signs():
    tape = Tape()
    x, y = tape.input("x", 1.0), tape.input("y", 2.0)
    z = (x - y) + (-x)
    assert formulas(tape)[z.id] == "x - y + -x"
