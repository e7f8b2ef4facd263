"""Laws of the tape: what is recorded, how it is named, and what is refused."""

import numpy as np
import pytest
from models import record_example, total

from nnlib import Tape, Trace, composite, gradient, ops, scope
from nnlib.tape import PRIMITIVES, Place, at, primitive


def test_array_in_array_out():
    y = ops.tanh(ops.add(np.ones(3), 1.0))
    assert isinstance(y, np.ndarray)
    assert np.shape(ops.add(1.0, 2.0)) == ()


def test_tensor_in_recorded_out():
    tape = Tape()
    x = tape.input("x", [1.0, 2.0])
    y = ops.mul(np.array([3.0, 4.0]), x)
    assert [s.op for s in tape.steps] == ["input", "constant", "mul"]
    assert y is tape.steps[2] and y.id == 2 and y.inputs == (tape.steps[1], x)
    assert y.value.tolist() == [3, 8]


OPERATORS = [
    (lambda x, y: x + y, "add"),
    (lambda x, y: x - y, "sub"),
    (lambda x, y: x * y, "mul"),
    (lambda x, y: x / y, "div"),
    (lambda x, y: x @ y, "matmul"),
]


@pytest.mark.parametrize(("operator", "op"), OPERATORS)
def test_operators_record_from_both_sides(operator, op):
    plain = np.array([[1.0, 2.0], [3.0, 5.0]])
    other = plain + 0.5
    for left, right in ((True, True), (True, False), (False, True)):
        tape = Tape()
        x = tape.input("x", plain) if left else plain
        y = tape.input("y", other) if right else other
        z = operator(x, y)
        assert z.op == op
        np.testing.assert_array_equal(z.value, operator(plain, other))


def test_unary_operators_record():
    x = Tape().input("x", [[1.0, 2.0, 3.0]])
    assert [(-x).op, (x**2).op, x.T.op] == ["neg", "power", "transpose"]
    assert x.T.shape == (3, 1)


def test_plain_numbers_keep_float32():
    x = Tape().input("x", np.ones(3, dtype=np.float32))
    for y in (x + 1, 0.5 * x, 1 - x, x / 3, x**2, ops.maximum(x, 0)):
        assert y.dtype == np.float32
    assert (x * np.float64(2)).dtype == np.float32


def test_whole_numbers_and_flags_become_floats():
    tape = Tape()
    for name, value in (("i", [1, 2]), ("b", [True, False]), ("u", np.uint8(3))):
        assert tape.input(name, value).dtype == np.float64


def test_an_input_that_is_no_number_is_refused():
    with pytest.raises(TypeError, match="input x holds <U1, not numbers"):
        Tape().input("x", ["a"])


def test_an_input_is_a_copy():
    value = np.ones(3)
    x = Tape().input("x", value)
    value[:] = 5
    assert x.value.tolist() == [1, 1, 1]


def test_a_constant_is_a_copy():
    value = np.ones(3)
    y = Tape().input("x", 2.0) * value
    value[:] = 5
    assert y.inputs[1].value.tolist() == [1, 1, 1]


def test_one_constant_for_each_plain_number():
    tape = Tape()
    x = tape.input("x", [1.0])
    _ = x * 2 + 2 - 2.0
    assert [s.op for s in tape.steps].count("constant") == 1


def test_zero_and_minus_zero_are_two_constants():
    x = Tape().input("x", 1.0)
    with np.errstate(divide="ignore"):
        assert [(x / 0.0).value, (x / -0.0).value] == [np.inf, -np.inf]


def test_bool_of_a_tensor_is_refused():
    x = Tape().input("x", 1.0)
    with pytest.raises(TypeError) as caught:
        if x:
            pass
    assert "x is a recorded tensor" in str(caught.value)
    assert "freeze one branch" in str(caught.value) and "\n" not in str(caught.value)


def test_equality_with_numbers_is_refused():
    x = Tape().input("x", [0.0, 1.0])
    for compare in (lambda: x == 0, lambda: 0 == x, lambda: x != np.ones(2)):
        with pytest.raises(TypeError, match="x is a recorded tensor, which == comp"):
            compare()
    assert x in {x: 1} and x in [-x, x] and x != -x


@pytest.mark.parametrize("exponent", [np.ones(1), "2", None])
def test_an_exponent_that_is_no_number_is_refused(exponent):
    x = Tape().input("x", [2.0])
    assert (x ** np.int64(3)).value == (x ** np.float32(3)).value == 8
    for wrong in (exponent, x):
        with pytest.raises(TypeError, match=r"power: the exponent is a \w+, not a n"):
            x**wrong


def test_iteration_is_refused():
    with pytest.raises(TypeError, match="x cannot be iterated"):
        list(Tape().input("x", [1.0]))


def test_missing_rule_names_op_and_argument():
    @primitive("cube({x}, {y})")
    def cube(x, y):
        return x**3 + y

    try:
        cube.vjp(lambda g, z, x, y: 3 * x**2 * g)
        tape = Tape()
        x, y = tape.input("x", 2.0), tape.input("y", 1.0)
        z = cube(x, y)
        assert gradient(z, [x])[0].value == 12
        with pytest.raises(ValueError, match="no gradient rule for cube, argument 1"):
            gradient(z, [y])
    finally:
        del PRIMITIVES["cube"]


def test_names_are_unique():
    tape = Tape()
    x = tape.input("x", 1.0)
    with pytest.raises(ValueError, match="the name x is taken"):
        tape.input("x", 2.0)
    with pytest.raises(ValueError, match="the name x is taken"):
        (x + 1).named("x")
    assert x.named("x") is x
    assert x.named("w").name == "w" and (x + 1).named("x").name == "x"


def test_anonymous_steps_are_called_by_number():
    x = Tape().input("x", 1.0)
    assert [(-x).name, (-x).name] == ["step1", "step2"]


def test_labels_are_counted():
    tape = Tape()
    with pytest.raises(ValueError) as caught:
        tape.input("W", np.ones((2, 3)), labels=["w1", "w2"])
    assert (
        str(caught.value) == "W has 6 elements, shape (2, 3), but 2 labels were given"
    )


def test_scopes_nest_and_close():
    tape = Tape()
    x = tape.input("x", 1.0)
    with scope("block"):
        with scope("attention"):
            a = -x
        b = -x
    assert [t.place.scope for t in (x, a, b, -x)] == [
        (),
        ("block", "attention"),
        ("block",),
        (),
    ]


def test_scope_closes_after_an_error():
    with pytest.raises(ZeroDivisionError), scope("block"):
        raise ZeroDivisionError
    assert Tape().input("x", 1.0).place == Place()


def test_backward_steps_inherit_scope_and_point_back():
    tape, loss, _ = record_example()
    backward = [s for s in tape.steps if s.place.phase == "backward"]
    assert len(backward) > 10
    for step in backward:
        forward = tape.steps[step.place.of]
        assert forward.place.phase == "forward"
        fresh = [
            t for t in step.inputs if t.op == "constant" and t.place.phase == "backward"
        ]
        for t in (step, *fresh):
            assert t.place.scope == tape.steps[t.place.of].place.scope
    assert backward[0].op == "constant" and backward[0].place.of == loss.id
    phases = [s.place.phase for s in tape.steps]
    assert phases == sorted(phases, key=["forward", "backward"].index)


MIXED = [
    (lambda x, y: x * y, "mul: x and y are recorded on different tapes"),
    (lambda x, y: square_and(x, y), "fused square_and: x and y are recorded on dif"),
    (lambda x, y: ops.concat(x, 1 * x, y, axis=0), "concat: x and .* and y are record"),
]


@pytest.mark.parametrize(("mixed", "sentence"), MIXED)
def test_two_tapes_are_refused(mixed, sentence):
    x, y = (Tape(fused=True).input(name, [3.0]) for name in "xy")
    with pytest.raises(ValueError, match=sentence):
        mixed(x, y)


def test_a_loss_on_another_tape_is_refused():
    x, y = Tape().input("x", 1.0), Tape().input("y", 2.0)
    with pytest.raises(ValueError, match="is not on the tape of"):
        gradient(y + 1, [x])
    with pytest.raises(ValueError, match="the loss x is on another tape"):
        Trace.from_tape(y.tape, title="mixed", loss=x)


def square_closed_form(x, *, scale=1.0):
    """scale x^2 and its backprop, in plain numpy."""
    return scale * x**2, lambda g: (2 * scale * g * x,)


@composite(square_closed_form)
def square(x, *, scale=1.0):
    return scale * x * x


@composite(lambda x, y: (x**2 + y, lambda g: (2 * g * x, g)))
def square_and(x, y):
    return x * x + y


def test_a_composite_runs_its_body_on_an_ordinary_tape():
    x = Tape().input("x", [3.0])
    assert square(x, scale=2.0).op == "mul"
    assert square(np.array([3.0])).tolist() == [9]


def test_a_composite_is_one_step_on_a_fused_tape():
    tape = Tape(fused=True)
    x = tape.input("x", [3.0])
    y = square(x, scale=2.0)
    (dx,) = gradient(total(y), [x])
    assert y.op == "fused square" and dx.value.tolist() == [12]


def test_a_fused_tape_cannot_be_exported():
    tape = Tape(fused=True)
    loss = total(square(tape.input("x", [3.0])))
    with pytest.raises(ValueError, match=r"fused step \(square\): record on Tape\(\)"):
        Trace.from_tape(tape, title="fused", loss=loss)


def test_a_tape_that_is_differentiated_twice_cannot_be_exported():
    x = Tape().input("x", 3.0)
    (dx,) = gradient(x**3, [x])
    gradient(dx, [x])
    sentence = "step3 of the backward pass is differentiated again"
    with pytest.raises(ValueError, match=sentence):
        Trace.from_tape(x.tape, title="twice", loss=dx)


def test_a_place_is_left_after_the_block():
    with at(Place(("a",), "update")):
        assert Tape().input("x", 1.0).place.phase == "update"
    assert Tape().input("x", 1.0).place.phase == "forward"


def test_repr_says_name_shape_and_step():
    assert repr(Tape().input("x", np.ones((1, 3)))) == "Tensor(x, shape (1, 3), step 0)"
    assert repr(ops.add) == "<primitive add>"
