"""The fast checks that face the sabotages of attention and what is built on it."""

import closed_form_table
import numpy as np
import test_attention
import test_closed_form
import test_seq2seq
import test_transformer
from sabotage_checks import Check, tests


def over(test, *cases):
    """A test once for each of its cases."""

    def run():
        for case in cases:
            test(*case)

    return Check(test.__name__.removeprefix("test_"), run)


def sentences(*modules):
    """Each sentence, word for word."""

    def run():
        for call, sentence in (row for m in modules for row in m.WRONG):
            try:
                call()
            except ValueError as error:
                assert str(error) == sentence
            else:
                raise AssertionError(f"accepted: {sentence}")

    return Check("sentence", run)


def derivation(*names):
    """The hand derivations of some functions, on every row of their table."""

    def run():
        for row in closed_form_table.ROWS:
            if row.function.__name__ in names:
                test_closed_form.test_values_and_gradients_of_the_tape(row)

    return Check(f"hand derivation of {' and '.join(names)}", run)


def _definition():
    for row in closed_form_table.ROWS:
        if row.function.__name__.endswith("_attention"):
            expected = test_attention.loops(*row.inputs, *row.fixed, **row.params)
            np.testing.assert_allclose(row.call(*row.inputs), expected, atol=1e-11)


TAPES = [(False,), (True,)]
BOTH = [(name, fused) for name in test_attention.MASKS for (fused,) in TAPES]
FROZEN = over(
    test_transformer.test_frozen_values_and_gradients,
    *((name, fused) for name in test_transformer.CASES for (fused,) in TAPES),
)
ATTENTION = (
    derivation("scaled_dot_product_attention", "multi_head_attention"),
    Check("definition of attention", _definition),
    over(test_attention.test_golden_attention, *BOTH),
    over(test_attention.test_golden_parts_of_attention, ("full",), ("causal",)),
    over(test_attention.test_what_is_masked_has_no_part, *TAPES),
    over(test_attention.test_scores_of_any_size_give_numbers, *TAPES),
    *tests(
        test_attention.test_golden_mistakes,
        test_attention.test_golden_padding,
        test_attention.test_masks_by_hand,
        test_attention.test_golden_one_key_gets_all_the_weight,
    ),
    sentences(test_attention),
)
SCORES = (
    over(
        test_attention.test_golden_kernel_regression,
        *([place] for place in test_attention.KERNELS["values"]),
    ),
    over(test_attention.test_golden_slope_of_the_width, *TAPES),
    over(test_attention.test_golden_alignment, ("dot",), ("additive",)),
    *tests(
        test_attention.test_golden_average_pooling_is_equal_weights,
        test_attention.test_each_example_from_the_others,
        test_attention.test_golden_mistakes,
    ),
    *ATTENTION[2:4],
    sentences(test_attention),
)
NORM = (
    derivation("layer_norm", "gelu_tanh"),
    over(test_transformer.test_golden_layer_norm, *TAPES),
    over(test_transformer.test_layer_norm_by_hand, *TAPES),
    *tests(test_transformer.test_gelu_of_gpt_is_near_the_exact_one),
    FROZEN,
)
TRANSFORMER = (
    FROZEN,
    over(
        test_transformer.test_golden_encoder_block,
        *((kind, fused) for kind in ("post", "pre") for (fused,) in TAPES),
    ),
    *tests(
        test_transformer.test_golden_positions,
        test_transformer.test_golden_counts,
        test_transformer.test_golden_gpt2,
        test_transformer.test_a_decoder_asks_and_the_encoder_answers,
        test_transformer.test_the_residual_stream_of_pre_norm_is_a_sum,
    ),
    sentences(test_transformer),
)
CACHE = (
    FROZEN,
    over(test_transformer.check_pieces, ([4], 0), ([1, 2, 3], 1), ([1] * 5, 2)),
    *tests(
        test_transformer.test_work_with_and_without_a_cache,
        test_transformer.test_writing_with_and_without_a_cache,
        test_transformer.test_where_a_gpt_looks,
        test_transformer.test_the_loss_is_the_mean_over_all_steps,
        test_transformer.test_golden_gpt2,
        test_transformer.test_names,
    ),
    sentences(test_transformer),
)
SEQ2SEQ = (
    over(
        test_seq2seq.test_the_definition_and_its_padding,
        *((score, test_seq2seq.GRU) for score in test_seq2seq.SCORES),
    ),
    over(test_seq2seq.test_writing_is_greedy, *([s] for s in test_seq2seq.SCORES)),
    *tests(
        test_seq2seq.test_the_bottleneck_sees_the_last_state_only,
        test_seq2seq.test_teacher_forcing_takes_both_in_one_array,
        test_seq2seq.test_names,
    ),
    sentences(test_seq2seq),
)
BLEU = tests(
    test_seq2seq.test_golden_bleu,
    test_seq2seq.test_bleu_by_hand,
)
NAMES = tests(test_attention.test_names_of_a_second_layer)
