"""Laws of differentiation: accumulation, un-broadcasting, order, the check itself."""

import numpy as np
import pytest
from dags import dags
from hypothesis import given, settings
from models import example_values, forward, record_example, total

from nnlib import Tape, check_gradient, gradient, ops, value_and_grad
from nnlib.tape import PRIMITIVES


def test_seed_is_one():
    x = Tape().input("x", 2.0)
    (dx,) = gradient(x * 3, [x])
    assert dx.value == 3


def test_a_tensor_used_twice_gets_the_sum():
    x = Tape().input("x", 3.0)
    (dx,) = gradient(x * x + ops.tanh(x) * 0 + x, [x])
    assert dx.value == 7


def test_gradient_keeps_the_form_it_was_asked_in():
    tape = Tape()
    x, y = tape.input("x", 2.0), tape.input("y", 5.0)
    assert [g.value for g in gradient(x * y, [x, y])] == [5, 2]
    grads = gradient(x * y, {"first": x, "second": y})
    assert {n: float(g.value) for n, g in grads.items()} == {"first": 5, "second": 2}


def test_unused_input_gets_zeros():
    tape = Tape()
    x, unused = tape.input("x", 2.0), tape.input("unused", np.ones((2, 3)))
    dx, zeros = gradient(x * x, [x, unused])
    assert dx.value == 4
    np.testing.assert_array_equal(zeros.value, np.zeros((2, 3)))
    assert tape.gradients[unused.id] == zeros.id


def test_gradient_of_an_intermediate_and_of_the_loss():
    x = Tape().input("x", 2.0)
    h = x * 3
    loss = h * h
    dh, dloss = gradient(loss, [h, loss])
    assert [dh.value, dloss.value] == [12, 1]


def test_the_loss_must_be_one_number():
    x = Tape().input("x", np.ones((2, 1)))
    with pytest.raises(ValueError) as caught:
        gradient((x * 2).named("y"), [x])
    sentence = "gradient: the loss must be one number, but y has shape (2, 1)"
    assert str(caught.value) == sentence
    with pytest.raises(TypeError, match="the loss is a float, not a Tensor"):
        gradient(3.0, [x])


def test_a_loss_of_one_element_may_have_axes():
    x = Tape().input("x", [[2.0]])
    (dx,) = gradient(x * x, [x])
    assert dx.value.tolist() == [[4]]


@pytest.mark.parametrize(
    ("shape", "target"),
    [
        ((), (2, 3)), ((3,), (2, 3)), ((1, 3), (2, 3)), ((2, 1), (2, 3)),
        ((1, 1), (4, 2, 3)), ((1,), ()), ((1, 3), (0, 3)), ((2, 3), (2, 3)),
    ],
)  # fmt: skip
def test_unbroadcasting_sums_over_what_was_repeated(shape, target):
    tape = Tape()
    x, y = tape.input("x", np.ones(shape)), tape.input("y", np.full(target, 2.0))
    (dx,) = gradient(total(x * y), [x])
    assert dx.shape == shape
    repeats = np.broadcast_shapes(shape, target)
    expected = 2 * np.prod(repeats) / max(np.prod(shape), 1)
    np.testing.assert_array_equal(dx.value, np.full(shape, expected))


def test_two_gradients_on_one_tape():
    tape = Tape()
    x = tape.input("x", 3.0)
    square, cube = (x**2).named("S"), (x**3).named("C")
    (ds,), (dc,) = gradient(square, [x]), gradient(cube, [x])
    assert [ds.value, dc.value] == [6, 27]


def test_second_order():
    x = Tape().input("x", 3.0)
    (dx,) = gradient(x**3, [x])
    (ddx,) = gradient(dx, [x])
    (dddx,) = gradient(ddx, [x])
    assert [dx.value, ddx.value, dddx.value] == [27, 18, 6]


def test_a_long_chain_needs_no_recursion():
    tape = Tape()
    x = tape.input("x", 0.5)
    y = x
    for _ in range(5000):
        y = y + 0.001 * ops.tanh(y) * 0
    (dx,) = gradient(y, [x])
    assert len(tape.steps) > 15_000 and abs(dx.value - 1) < 1e-12


def test_gradients_are_named_after_their_tensors():
    tape, _, grads = record_example()
    assert [g.name for g in grads.values()] == ["dL/dW1", "dL/db1", "dL/dW2", "dL/db2"]
    named = {"dL/do", "dL/dz2", "dL/dh", "dL/dz1", "dL/dL"}
    assert named <= set(tape.names.values())


def test_gradients_inherit_element_labels():
    tape, _, grads = record_example()
    assert tape.labels[grads["W2"].id] == ["dL/dw7", "dL/dw8", "dL/dw9", "dL/dw10"]


def contributions_add_up(loss, tensors):
    """Check every gradient of a recorded tape against what its consumers contribute."""
    tape = loss.tape
    sums = {loss.id: np.ones_like(loss.value)}
    for step in tape.steps:
        parts = tape.contributions.get(step.id) or [None] * len(step.inputs)
        for x, part in zip(step.inputs, parts, strict=True):
            if part is not None:
                value = tape.steps[part].value
                assert np.shape(value) == x.shape
                sums[x.id] = sums.get(x.id, 0) + value
    for step, found in tape.gradients.items():
        expected = sums.get(step, np.zeros(tape.steps[step].shape))
        np.testing.assert_allclose(
            tape.steps[found].value, expected, rtol=1e-12, atol=1e-12
        )
    assert set(sums) <= set(tape.gradients) and {t.id for t in tensors} <= set(
        tape.gradients
    )


def test_contributions_of_the_example_add_up():
    tape, loss, _ = record_example()
    contributions_add_up(
        loss, [s for s in tape.steps if s.name in ("W1", "b1", "W2", "b2")]
    )


@settings(max_examples=60)
@given(dags())
def test_contributions_of_random_graphs_add_up(dag):
    tape = Tape()
    tensors = tape.inputs(dag.values)
    loss = dag(tensors)
    gradient(loss, tensors)
    contributions_add_up(loss, tensors.values())


@settings(max_examples=40)
@given(dags())
def test_gradients_of_random_graphs_are_slopes(dag):
    rng = np.random.default_rng(0)
    assert check_gradient(dag, dag.values, rng=rng, order=1, directions=1) < 1e-4


def test_check_gradient_agrees_on_the_example_in_both_orders():
    rng = np.random.default_rng(0)
    assert check_gradient(forward, example_values(), rng=rng) < 1e-7
    assert check_gradient(forward, example_values(), rng=rng, order=2) < 1e-5


def test_check_gradient_sees_a_wrong_rule(monkeypatch):
    values, rng = {"x": np.array([0.3, 0.7])}, np.random.default_rng(0)
    monkeypatch.setattr(PRIMITIVES["tanh"], "rules", (lambda g, y, x: g * (1 - y),))
    assert check_gradient(lambda t: total(ops.tanh(t["x"])), values, rng=rng) > 0.01


def test_check_gradient_sees_a_wrong_second_order(monkeypatch):
    def frozen(g, y, x):
        return g * (1 - np.square(y.value))  # right as a number, but off the tape

    values = {"x": np.array([0.3, 0.7])}
    monkeypatch.setattr(PRIMITIVES["tanh"], "rules", (frozen,))

    def error(order):
        rng = np.random.default_rng(0)
        loss = lambda t: total(ops.tanh(t["x"]))  # noqa: E731
        return check_gradient(loss, values, rng=rng, order=order)

    assert error(1) < 1e-8 < 0.01 < error(2)


def test_value_and_grad_gives_plain_arrays():
    loss, grads = value_and_grad(lambda p, x: total(p["w"] * x))(
        {"w": np.array([1.0, 2.0])}, np.array([3.0, 4.0])
    )
    assert loss == 11 and grads["w"].tolist() == [3, 4]
    assert type(grads["w"]) is np.ndarray


def test_value_and_grad_gives_arrays_of_one_s_own():
    values = {"x": np.ones(3), "y": np.ones(3)}
    _, grads = value_and_grad(lambda p: total(p["x"] + p["y"]))(values)
    grads["x"] += 1
    assert grads["x"].tolist() == [2, 2, 2] and grads["y"].tolist() == [1, 1, 1]


def test_value_and_grad_adds_up_and_gives_zeros():
    loss, grads = value_and_grad(lambda p: p["x"] * p["x"] + p["x"])(
        {"x": np.array(3.0), "unused": np.ones(2)}
    )
    assert loss == 12 and grads["x"] == 7 and grads["unused"].tolist() == [0, 0]


def test_value_and_grad_is_gradient():
    values = {
        n: v for n, v in example_values().items() if n in ("W1", "b1", "W2", "b2")
    }
    data = {n: v for n, v in example_values().items() if n not in values}

    def loss_of(params):
        tape = params["W1"].tape
        return forward({**params, **tape.inputs(data)})

    loss, grads = value_and_grad(loss_of)(values)
    _, recorded, expected = record_example()
    assert loss == recorded.value
    for name, g in expected.items():
        np.testing.assert_array_equal(grads[name], g.value, err_msg=name)


@settings(max_examples=40)
@given(dags())
def test_value_and_grad_of_random_graphs_is_gradient(dag):
    tape = Tape()
    tensors = tape.inputs(dag.values)
    expected = gradient(dag(tensors), tensors)
    _, grads = value_and_grad(dag)(dag.values)
    for name, g in expected.items():
        np.testing.assert_array_equal(grads[name], g.value, err_msg=name)


def test_a_closed_form_without_a_wanted_gradient_is_refused():
    from nnlib.losses import cross_entropy

    tape = Tape(fused=True)
    z, t = tape.input("z", [[1.0, 2.0]]), tape.input("t", [[0.5, 0.5]])
    with pytest.raises(ValueError, match=r"closed form .* no dt: record on Tape"):
        gradient(cross_entropy(z, t), [t])


@pytest.mark.parametrize(
    "wrong, sentence",
    [
        ({"order": 3}, "check_gradient: order is 3, not 1 or 2"),
        ({"directions": 0}, "check_gradient: directions is 0, not 1 or above"),
    ],
)
def test_check_gradient_refuses_what_it_would_not_do(wrong, sentence):
    values, rng = {"x": np.array(3.0)}, np.random.default_rng(0)
    with pytest.raises(ValueError, match=sentence):
        check_gradient(lambda t: t["x"] * t["x"], values, rng=rng, **wrong)


def test_check_gradient_takes_a_loss_of_one_element():
    values, rng = {"x": np.array([[3.0]])}, np.random.default_rng(0)
    assert check_gradient(lambda t: t["x"] * t["x"], values, rng=rng, order=2) < 1e-8
