"""The fast checks that face the sabotages: tests of this suite, called as functions."""

import closed_form_table
import numpy as np
import test_architectures
import test_autodiff
import test_check
import test_closed_form
import test_convolution
import test_formula
import test_language
import test_losses
import test_ops
import test_recurrent
import test_tape
import test_trace
import test_worked_example
from models import GOLDEN, example_trace
from op_table import cases_of
from pytest import MonkeyPatch

from nnlib import Tape, Trace, check_gradient, gradient, losses, optimizers


class Check:
    """A function with the name under which it is reported."""

    def __init__(self, name, run):
        self.name, self.run = name, run

    def __call__(self):
        self.run()


def tests(*functions):
    """Tests of this suite that need no fixture, each under its own name."""
    return tuple(Check(f.__name__.removeprefix("test_"), f) for f in functions)


def replayed(test):
    """A test of the worked example, which takes the replayed trace."""
    return Check(
        test.__name__.removeprefix("test_"), lambda: test(example_trace().replay())
    )


def over_cases(kind, op, check):
    def run():
        for case in cases_of(op):
            check(case)

    return Check(f"{kind} of {op}", run)


def _non_finite():
    for compute, expected in test_ops.IEEE:
        np.testing.assert_allclose(compute(), expected, rtol=1e-15)


def _frozen(op):
    def run():
        for name in test_ops.FROZEN["cases"]:
            if test_ops.BY_ID[name].op == op:
                test_ops.check_frozen(name)

    return Check(f"PyTorch values of {op}", run)


EXAMPLE = tuple(
    map(
        replayed,
        (
            test_worked_example.test_forward,
            test_worked_example.test_deltas,
            test_worked_example.test_all_twelve_gradients,
            test_worked_example.test_one_step_of_gradient_descent,
        ),
    )
)


def of_op(op):
    """Everything that the op table says about one primitive, and the worked example."""
    return (
        over_cases("value", op, test_ops.check_value),
        over_cases("slope", op, lambda case: test_ops.check_rules(case, 1)),
        _frozen(op),
        Check("non-finite values", _non_finite),
        *tests(
            test_ops.test_ties_follow_pytorch,
            test_ops.test_log1p_keeps_what_one_plus_x_rounds_away,
        ),
        *EXAMPLE,
    )


def _unbroadcasting():
    for shape, target in [
        ((), (2, 3)),
        ((3,), (2, 3)),
        ((1, 3), (2, 3)),
        ((2, 1), (2, 3)),
    ]:
        test_autodiff.test_unbroadcasting_sums_over_what_was_repeated(shape, target)


def _sees_a_wrong_rule():
    with MonkeyPatch.context() as patch:
        test_autodiff.test_check_gradient_sees_a_wrong_rule(patch)


def _refuses_two_tapes():
    for mixed, sentence in test_tape.MIXED:
        test_tape.test_two_tapes_are_refused(mixed, sentence)


ENGINE = (
    Check("two_tapes_are_refused", _refuses_two_tapes),
    Check("unbroadcasting_sums_over_what_was_repeated", _unbroadcasting),
    Check("check_gradient_sees_a_wrong_rule", _sees_a_wrong_rule),
    *tests(
        test_autodiff.test_seed_is_one,
        test_autodiff.test_a_tensor_used_twice_gets_the_sum,
        test_autodiff.test_gradient_keeps_the_form_it_was_asked_in,
        test_autodiff.test_unused_input_gets_zeros,
        test_autodiff.test_second_order,
        test_autodiff.test_contributions_of_the_example_add_up,
        test_autodiff.test_check_gradient_agrees_on_the_example_in_both_orders,
        test_autodiff.test_value_and_grad_is_gradient,
        test_autodiff.test_value_and_grad_gives_arrays_of_one_s_own,
        test_autodiff.test_value_and_grad_adds_up_and_gives_zeros,
        test_tape.test_plain_numbers_keep_float32,
        test_tape.test_one_constant_for_each_plain_number,
        test_tape.test_names_are_unique,
        test_tape.test_backward_steps_inherit_scope_and_point_back,
        test_trace.test_memory_order_of_an_input_changes_no_bit,
    ),
    *EXAMPLE,
)


def _special_values_survive():
    values = np.array([np.nan, np.inf, -np.inf, -0.0, 0.5, 3.0])
    tape = Tape()
    x = tape.input("x", values)
    found = Trace.from_json(Trace.from_tape(tape, title="t").to_json()).replay()["x"]
    np.testing.assert_array_equal(found, x.value)
    np.testing.assert_array_equal(np.signbit(found), np.signbit(x.value))


TRACE = (
    Check("special_values_survive", _special_values_survive),
    *tests(
        test_trace.test_replay_is_the_recording,
        test_trace.test_replay_by_element_label,
        test_trace.test_replay_of_an_unknown_name_is_refused,
        test_trace.test_updates_round_trip_and_train,
    ),
    *EXAMPLE,
)


def _sentences():
    for data, sentence in test_check.WRONG:
        try:
            Trace.from_json(data)
        except ValueError as error:
            assert str(error) == sentence
        else:
            raise AssertionError(f"accepted: {sentence}")


CHECK = (
    Check("sentence", _sentences),
    *tests(test_check.test_declared_sizes_allocate_nothing),
)


def _brackets():
    for f, latex in test_formula.FORMULAS:
        test_formula.test_brackets_stand_where_they_are_needed(f, latex)


def _symbols():
    for name, latex in test_formula.SYMBOLS.items():
        test_formula.test_symbol(name, latex)


FORMULA = (
    Check("brackets_stand_where_they_are_needed", _brackets),
    Check("symbol", _symbols),
    *tests(test_formula.test_named_tensors_stand_for_themselves),
)


def _cross_entropy():
    """Body of primitives and closed form both give the golden loss and slope."""
    golden = GOLDEN["cross_entropy"]
    for fused in (False, True):
        tape = Tape(fused=fused)
        z = tape.input("z", [golden["logits"]])
        loss = losses.cross_entropy(z, np.array([golden["label"]]))
        (dz,) = gradient(loss, [z])
        np.testing.assert_allclose(loss.value, golden["loss"], rtol=1e-12)
        np.testing.assert_allclose(dz.value[0], golden["grad_logits"], rtol=1e-12)


def _mean_over_rows():
    z, t = np.array([[1.0, 2.0], [3.0, -1.0], [0.0, 0.5]]), np.array([1, 0, 1])
    rows = [losses.cross_entropy(z[i : i + 1], t[i : i + 1]) for i in range(3)]
    np.testing.assert_allclose(losses.cross_entropy(z, t), np.mean(rows), rtol=1e-12)


def _half_squared_error():
    o, y = np.array([[1.0, 2.0]]), np.array([[0.5, -1.0]])
    np.testing.assert_allclose(losses.half_squared_error(o, y), (0.25 + 9) / 2)
    error = check_gradient(
        lambda t: losses.half_squared_error(t["o"], y),
        {"o": o},
        rng=np.random.default_rng(0),
    )
    assert error < 1e-7


def _answers():
    for t in (-1.0, 1.5):
        test_losses.test_answers_that_are_neither_yes_nor_no((1,), "t[0]", t, False)


LOSSES = (
    Check("cross-entropy golden values", _cross_entropy),
    Check("cross-entropy is a mean", _mean_over_rows),
    Check("half squared error by hand", _half_squared_error),
    Check("answers that are neither yes nor no", _answers),
    *tests(test_closed_form.test_sigmoid_keeps_small_numbers),
)


def _walk(optimizer):
    """Three steps on the gradients of the golden section, all w."""
    given = GOLDEN["optimisers"]["inputs"]
    params = {"w": np.array(given["w0"])}
    state, seen = optimizers.init(optimizer, params), []
    for t, g in enumerate(given["gradients"], start=1):
        params, state = optimizers.step(optimizer, params, {"w": np.array(g)}, state, t)
        seen.append(float(params["w"]))
    return seen


RULES = {
    "sgd": lambda: optimizers.SGD(lr=0.1),
    "momentum_0.9_pytorch_form": lambda: optimizers.Momentum(lr=0.1, mu=0.9),
    "momentum_0.9_ema_form": lambda: optimizers.Momentum(lr=0.1, mu=0.9, average=True),
    "adagrad": lambda: optimizers.AdaGrad(lr=0.1),
    "rmsprop_eps_outside_beta0.9_eps0.01": lambda: optimizers.RMSProp(
        lr=0.1, beta=0.9, eps=0.01
    ),
    "rmsprop_eps_inside_beta0.9_eps0.01": lambda: optimizers.RMSProp(
        lr=0.1, beta=0.9, eps=0.01, eps_inside=True
    ),
    "adam_eps1e-08": lambda: optimizers.Adam(lr=0.1),
    "adamw_wd0.1": lambda: optimizers.AdamW(lr=0.1, decay=0.1),
}


def _golden_walk(name):
    def run():
        expected = GOLDEN["optimisers"]["outputs"][name]["w"]
        np.testing.assert_allclose(_walk(RULES[name]()), expected, rtol=1e-9)

    return Check(f"golden steps of {name}", run)


OPTIMIZERS = tuple(map(_golden_walk, RULES))


def over_images(name):
    """What a convolution or pooling has to pass on every row of the table."""
    rows = [r for r in closed_form_table.ROWS if r.function.__name__ == name]
    oracle = {
        "conv2d": test_convolution.loops,
        "max_pool2d": test_convolution.pool_loops(np.max, -np.inf),
        "avg_pool2d": test_convolution.pool_loops(np.mean, 0),
    }[name]

    def definition():
        for row in rows:
            expected = oracle(*row.inputs, **row.params)
            np.testing.assert_allclose(row.call(*row.inputs), expected, atol=1e-11)

    def derivation():
        for row in rows:
            test_closed_form.test_values_and_gradients_of_the_tape(row)

    return (
        Check(f"definition of {name}", definition),
        Check(f"hand derivation of {name}", derivation),
    )


def _in_pieces():
    with MonkeyPatch.context() as patch:
        test_convolution.test_blocks_of_patches_change_nothing(patch)


def _both_tapes(test):
    def run():
        for fused in (False, True):
            test(fused)

    return Check(test.__name__.removeprefix("test_"), run)


def _golden_output_sizes():
    for row in test_convolution.GOLDEN["conv_output_sizes"]["rows"]:
        test_convolution.test_golden_output_sizes(row)
    test_convolution.test_golden_dilated_and_same()


CONVOLUTION = (
    *over_images("conv2d"),
    Check("blocks_of_patches_change_nothing", _in_pieces),
    _both_tapes(test_convolution.test_golden_gradients),
    *tests(
        test_convolution.test_golden_stack,
        test_convolution.test_layers_are_their_functions,
        test_convolution.test_kernels_have_the_fan_of_their_patch,
        test_closed_form.test_a_first_layer_leaves_out_the_gradient_of_its_data,
    ),
)
POOLING = (
    *over_images("max_pool2d"),
    *over_images("avg_pool2d"),
    _both_tapes(test_convolution.test_golden_pooling),
    _both_tapes(test_convolution.test_a_tie_after_relu_pays_once),
    *tests(test_convolution.test_golden_local_response_norm),
)


def _counts():
    for name in test_architectures.NETWORKS:
        test_architectures.test_golden_parameters_of_each_layer(name)
    for torchvision in (False, True):
        test_architectures.test_golden_auxiliary_classifiers(torchvision)
    for depth in (11, 16):
        test_architectures.test_golden_vgg(depth)


def _receptive_fields():
    for name in test_architectures.STACKS:
        test_architectures.test_golden_receptive_field(name)


def _ceils():
    for row in test_architectures.CEILS:
        test_architectures.test_no_window_begins_on_the_right_padding(*row)


ARCHITECTURES = (
    Check("golden_output_sizes", _golden_output_sizes),
    Check("golden_parameters_of_each_layer", _counts),
    Check("golden_receptive_field", _receptive_fields),
    Check("no_window_begins_on_the_right_padding", _ceils),
    *tests(
        test_architectures.test_shapes_of_googlenet,
        test_architectures.test_multiply_adds_by_hand,
        test_architectures.test_an_inception_sees_through_its_largest_kernel,
    ),
)


def over_sequences(name):
    """What a sequence function has to pass on every row of the table."""
    rows = [r for r in closed_form_table.ROWS if r.function.__name__ == name]

    def definition():
        for row in rows:
            expected = test_recurrent.loops(name, row.inputs, *row.fixed, **row.params)
            np.testing.assert_allclose(row.call(*row.inputs), expected, atol=1e-11)

    def derivation():
        for row in rows:
            test_closed_form.test_values_and_gradients_of_the_tape(row)

    return (
        Check(f"definition of {name}", definition),
        Check(f"hand derivation of {name}", derivation),
    )


def _over(test, *cases):
    """A test once for each of its cases."""

    def run():
        for case in cases:
            test(*case)

    return Check(test.__name__.removeprefix("test_"), run)


def _over_layers(test):
    return _over(test, *([make] for make in test_recurrent.LAYERS.values()))


def _recurrent_sentences():
    for call, sentence in (*test_recurrent.WRONG, *test_language.WRONG):
        try:
            call()
        except ValueError as error:
            assert str(error) == sentence
        else:
            raise AssertionError(f"accepted: {sentence}")


def _reversed():
    for row in closed_form_table.ROWS:
        if row.function.__name__ == "reverse":
            test_closed_form.test_values_and_gradients_of_the_tape(row)


RNN = (
    *over_sequences("rnn"),
    _both_tapes(test_recurrent.test_golden_bptt),
    _both_tapes(test_recurrent.test_golden_bptt_of_the_whole_sequence),
    *tests(test_recurrent.test_golden_contributions_of_each_step),
)
LSTM = (
    *over_sequences("lstm"),
    _both_tapes(test_recurrent.test_golden_lstm),
    *tests(
        test_recurrent.test_golden_three_steps_of_an_lstm,
        test_recurrent.test_the_last_state_is_that_of_each_length,
        test_recurrent.test_first_weights,
    ),
)
GRU = (
    *over_sequences("gru"),
    _over(
        test_recurrent.test_golden_gru,
        *((fused, c) for fused in (False, True) for c in test_recurrent.VARIANTS),
    ),
)
UNROLLED = (
    _both_tapes(test_recurrent.test_golden_truncation),
    _over_layers(test_recurrent.test_a_layer_is_its_cell_unrolled),
    Check("hand derivation of reverse", _reversed),
    *tests(
        test_recurrent.test_no_gradient_crosses_the_cut,
        test_recurrent.test_no_truncation_is_bptt,
        test_recurrent.test_golden_bidirectional,
        test_recurrent.test_golden_deep,
        test_recurrent.test_two_biases_are_added,
        test_recurrent.test_the_last_state_is_that_of_each_length,
        test_recurrent.test_the_second_direction_begins_at_the_end_of_each_sequence,
        test_recurrent.test_feeding_back_is_one_to_many,
        test_recurrent.test_reading_backwards,
    ),
)
LANGUAGE = (
    Check("sentence", _recurrent_sentences),
    _both_tapes(test_language.test_an_embedding_is_a_one_hot_product),
    _over(
        test_language.test_golden_temperature,
        *([t] for t in test_language.GOLDEN["temperature"]),
    ),
    *tests(
        test_language.test_golden_perplexity,
        test_language.test_golden_top_k,
        test_language.test_a_token_without_probability_is_never_drawn,
    ),
)
