"""PyTorch against every row of the op table, both orders, and the golden files."""

import json

import freeze
import numpy as np
import pytest
import torch
import torch_ops
from models import EXAMPLE
from op_table import CASES, loss_of, record
from oracles import ORACLES
from test_ops import FROZEN

from nnlib import Tape, gradient, ops
from nnlib.trace import decode

pytestmark = pytest.mark.proof
close = {"rtol": 1e-10, "atol": 1e-12}
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)


def test_the_version_is_the_pinned_one():
    assert torch.__version__.split("+")[0] == "2.13.0" == FROZEN["torch"]


def test_every_primitive_has_a_counterpart():
    assert set(torch_ops.OPS) == set(ORACLES)


@every_case
def test_value_and_gradients(case):
    tape, y, _ = record(case)
    expected, grads = torch_ops.first_order(case)
    np.testing.assert_allclose(y.value, expected, **close)
    for i, g in enumerate(grads):
        np.testing.assert_allclose(tape.steps[tape.gradients[i]].value, g, **close)


@every_case
def test_second_order(case):
    tape = Tape()
    arrays = case.arrays()
    xs = [tape.input(f"x{i}", a) for i, a in enumerate(arrays[: case.varied])]
    _, loss = loss_of(case, [*xs, *arrays[case.varied :]])
    if not xs:
        return
    total = None
    for g in gradient(loss, xs):
        part = ops.sum(g, axes=tuple(range(g.ndim)))
        total = part if total is None else total + part
    for found, expected in zip(
        gradient(total, xs), torch_ops.second_order(case), strict=True
    ):
        np.testing.assert_allclose(found.value, expected, rtol=1e-9, atol=1e-11)


def test_the_frozen_values_are_what_pytorch_says_now():
    fresh = json.loads(json.dumps(freeze.build()))
    assert (
        fresh.keys() == FROZEN.keys()
        and fresh["cases"].keys() == FROZEN["cases"].keys()
    )
    for name, row in fresh["cases"].items():
        stored = FROZEN["cases"][name]
        for a, b in zip(
            [row["y"], *row["gradients"]],
            [stored["y"], *stored["gradients"]],
            strict=True,
        ):
            np.testing.assert_allclose(
                decode(a[1], a[0]), decode(b[1], b[0]), rtol=1e-13, atol=1e-15
            )


def test_the_worked_example():
    given = EXAMPLE["inputs"]
    x, y = (torch.tensor(given[k], dtype=torch.float64) for k in "xy")
    W1, W2, b1, b2 = (
        torch.tensor(given[k], dtype=torch.float64, requires_grad=True)
        for k in ("W1", "W2", "b1", "b2")
    )
    o = torch.sigmoid(W2 @ torch.sigmoid(W1 @ x + b1) + b2)
    loss = 0.5 * ((o - y) ** 2).sum()
    loss.backward()
    np.testing.assert_allclose(loss.item(), EXAMPLE["forward"]["loss"], rtol=1e-14)
    found = [
        *W1.grad.T.ravel().tolist(),
        *W2.grad.T.ravel().tolist(),
        b1.grad.item(),
        b2.grad.item(),
    ]
    labels = [f"w{i}" for i in range(1, 11)] + ["b1", "b2"]
    expected = [EXAMPLE["gradients"][label] for label in labels]
    np.testing.assert_allclose(found, expected, rtol=1e-13)
