"""Chapter 23: its numbers and explorers against frozen values, its exercises tried."""

import json
from pathlib import Path

import numpy as np
import pytest
from stored_chapter import Chapter

from nnlib import closed_form_attention

STORED = Chapter("23")
printed, numbers_after = STORED.printed, STORED.numbers_after
GOLDEN = json.loads((Path(__file__).parent / "golden/attention.json").read_text())
POOLING, SCALED = GOLDEN["nadaraya_watson"], GOLDEN["scaled_dot_product_attention"]
GIVEN, FULL, CAUSAL = SCALED["inputs"], *SCALED["results"].values()
NOT_RUN = """digits- virtues- break- words-figure root-table masks-refused exercise-
self-test-""".split()
close = {"rtol": 1e-12, "atol": 1e-12}
quiet = pytest.mark.filterwarnings("ignore:.*encountered:RuntimeWarning")


@pytest.fixture(scope="module")
def chapter():
    """The names that the cheap cells leave behind."""
    return STORED.run(STORED.all_but(NOT_RUN))


# --------------------------------------------------------------- kernel regression


@pytest.mark.parametrize("case", POOLING["values"])
def test_the_kernel_explorer_predicts(chapter, case):
    x, w = (float(part.split("=")[1]) for part in case.split(","))
    found = chapter["kernel"].replay({"x": x, "w": w})
    np.testing.assert_allclose(found["a"], POOLING["values"][case]["weights"], **close)
    np.testing.assert_allclose(found["f"], POOLING["values"][case]["f"], **close)


def test_the_width_learns(chapter):
    golden, found = POOLING["learn_w"], chapter["kernel"].replay({})
    for name, key in (("f", "f"), ("L", "loss"), ("dL/dw", "dL_dw")):
        np.testing.assert_allclose(found[name], golden[key], **close)
    np.testing.assert_allclose(found["w_new"], 1 - 0.1 * golden["dL_dw"], **close)
    for line in ("f = 3.269559   dL/dw =", "tape:              dL/dw ="):
        assert numbers_after("width-slope", line) == [round(golden["dL_dw"], 6)]


def test_average_pooling_is_the_baseline():
    found = numbers_after("table-numbers", "pooling:")
    assert found == [POOLING["average_pooling"]] == [6]


def test_a_scaled_kernel_predicts_the_same():
    one, seven = (numbers_after("kernel-seven", f"{k} K:") for k in (1, 7))
    assert one[-1] == seven[-1] == round(POOLING["values"]["x=1.5,w=1"]["f"], 6)
    assert (one[0], seven[0]) == (1, 7)


# ------------------------------------------------------------ scaled dot products


def test_the_index_that_makes_all_weights_alike(chapter):
    golden = SCALED["index_error_note002"]
    np.testing.assert_allclose(chapter["as_written"], golden["as_written_weights"])
    right = golden["correct_weights_rows_query_t"]
    np.testing.assert_allclose(chapter["mended"], right, **close)


def test_what_the_notes_would_compute(chapter):
    wrong = SCALED["note004_query_value_mistake_output"][0]
    found = numbers_after("stages-wrong", "query and value:")
    assert found == np.round(wrong, 4).tolist()


@pytest.mark.parametrize("golden, mask", [(FULL, np.ones((3, 3))), (CAUSAL, np.tri(3))])
def test_the_walk_there_and_back(chapter, golden, mask):
    found = chapter["golden"].replay({"M": mask})
    names = {"S": "scores", "A": "weights", "O": "output", "dL/dQ": "dQ",
             "dL/dK": "dK", "dL/dV": "dV", "dL/dZ": "dScores"}  # fmt: skip
    for name, key in names.items():
        np.testing.assert_allclose(found[name], golden[key], **close)


def test_without_the_root(chapter):
    found = chapter["golden"].replay({"c": 1.0})
    np.testing.assert_allclose(found["A"], SCALED["unscaled_weights"], **close)


def test_the_gradient_by_hand(chapter):
    given = {k: np.array(GIVEN[k]) for k in ("Q", "K", "V", "upstream")}
    for found, key in zip(
        chapter["attention_backward"](*given.values()), ("dQ", "dK", "dV"), strict=True
    ):
        np.testing.assert_allclose(found, FULL[key], **close)


def test_the_score_of_the_pencil(chapter):
    assert f"{FULL['scores'][0][1]:.4f}" in STORED.cells["stages"].source


def test_the_pencil_example(chapter):
    found = chapter["pencil"].replay({})
    np.testing.assert_allclose(found["A"], [[3 / 6, 2 / 6, 1 / 6]], **close)
    np.testing.assert_allclose(found["O"], [[4]], **close)
    np.testing.assert_allclose(found["dL/dA"], [[4, 0, 12]], **close)
    np.testing.assert_allclose(found["dL/dS"], [[0, -4 / 3, 4 / 3]], **close)


def test_the_key_that_is_left_alone(chapter):
    """The text asks for the v1 that equals the mixture of the other two."""
    for v3 in (3.0, 6.0, 15.0):
        found = chapter["pencil"].replay({"V[0,0]": v3 / 3, "V[2,0]": v3})
        np.testing.assert_allclose(found["dL/dS"][0, 0], 0, **close)


# ------------------------------------------------------------------ the root, masks


def test_the_root_keeps_entropy_and_gradient(chapter):
    H = {d: chapter["sizes"].replay({"d": float(d)}) for d in (1, 64)}
    (plain, root), (plain_1, root_1) = H[64]["H"].ravel(), H[1]["H"].ravel()
    assert plain < 0.1 < 0.9 < root and plain_1 == pytest.approx(root_1)
    pushed = np.abs(H[64]["dL/dS"]).sum(axis=1)
    assert pushed[0] < 0.2 * pushed[1]


def test_where_the_plain_weights_collapse(chapter):
    """By 12, not at 20, and from 58 on; divided by the root, never."""
    largest = [chapter["sizes"].replay({"d": float(d)})["A"].max(1) for d in (12, 20)]
    assert largest[0][0] > 0.98 and largest[1][0] < 0.6
    for d in range(1, 65):
        plain, root = chapter["sizes"].replay({"d": float(d)})["A"].max(axis=1)
        assert root < 0.67 and (plain > 0.98 or d < 58)


def test_key_1_is_left_alone_where_the_output_meets_the_target(chapter):
    found = chapter["pencil"].replay({"V[0,0]": 4.0, "V[2,0]": 6.0})
    np.testing.assert_allclose(found["O"], [[3]], **close)
    np.testing.assert_allclose(found["dL/dS"], np.zeros((1, 3)), **close)


def test_the_entropies_are_those_of_the_weights(chapter):
    found = chapter["sizes"].replay({"d": 16.0})
    plain = -(found["A"] * np.log(found["A"])).sum(axis=1)
    np.testing.assert_allclose(found["H"].ravel(), plain, **close)


def test_variances_that_are_printed():
    for d in (4, 16, 64, 256):
        (variance, *_) = numbers_after("root-table", f"d = {d:3}: variance")
        assert variance == pytest.approx(d, rel=0.02)


@quiet
def test_a_row_that_may_see_nothing(chapter):
    found = chapter["golden"].replay({f"M[1,{i}]": 0.0 for i in range(3)})
    assert np.isnan(found["A"][1]).all() and np.isnan(found["dL/dK"]).all()
    assert np.isfinite(found["A"][[0, 2]]).all()
    with pytest.raises(ValueError, match=r"mask\[1\] is all 0"):
        chapter["attention"](*(chapter[n] for n in "QKV"), chapter["blind"])


def test_minus_a_billion_hides_nothing_where_all_is_hidden(chapter):
    unmasked = np.round(FULL["weights"][1], 3).tolist()
    assert numbers_after("masks-leak", "unmasked:") == unmasked
    float64, float32 = printed("masks-leak").splitlines()[:2]
    assert str(np.array(unmasked)) in float64 and "[0.333 0.333 0.333]" in float32


def test_the_price_of_the_mixture_needs_the_output_only(chapter):
    dA = np.array(GIVEN["upstream"]) @ np.transpose(GIVEN["V"])
    sums = (dA * FULL["weights"]).sum(axis=1)
    closed, _ = closed_form_attention.scaled_dot_product_attention(
        *(np.array(GIVEN[n]) for n in "QKV")
    )
    np.testing.assert_allclose(sums, (GIVEN["upstream"] * closed).sum(axis=1), **close)


CLAIMS = (
    "kernel-softmax product-numbers backward-witnesses backward-check backward-rows "
    "masks-softer digits-compare"
)


@pytest.mark.parametrize("cell", CLAIMS.split())
def test_what_is_claimed_holds(cell):
    assert "True" in printed(cell) and "False" not in printed(cell)


# ----------------------------------------------------------------------- exercises


def said(chapter, number, answer):
    """What the check of an exercise says of this answer."""
    space = dict(chapter)
    if isinstance(answer, str):
        exec(answer, space)
    else:
        STORED.prints(f"exercise-{number}-answer", space)
        space[f"answer_{number}"] = answer
    return STORED.verdict(f"exercise-{number}-check", space)


PLACES = """
def places_backward(x, x_i, y_i, w, y):
    a = softmax(-0.5 * ((x - x_i) * w) ** 2)
    f = a @ y_i
    return (f - y) * a * (y_i - f) * {}
"""
ADDED = "def added(allowed):\n    return {}"
RIGHT = [
    (1, [2, -1.6, -2.4, 4]),
    (2, [3, 2, 1]),
    (3, PLACES.format("(x - x_i) * w**2")),
    (4, [[3, -1]] * 3),
    (5, 6),
    (6, ADDED.format("np.where(allowed, 0, -np.inf)")),
]
WRONG = [
    (1, [2, -2, -4, 2], "row sum is missing"),
    (1, [2, -20, -10, 4], "the prices"),
    (1, [2, -16, -6, 8], "times the weight"),
    (1, [2, 1.6, 2.4, -4], "not 4 - o"),
    (1, [20, -160, -960, -1760], "divide by 10"),
    (2, [1, 2, 3], "softmax of (a)"),
    (2, [2, 1, 3], "add up to 1"),
    (2, [1, 3, 2], "(c) adds up to 1.62"),
    (3, PLACES.format("1"), "go on to x_i"),
    (3, PLACES.format("(x_i - x) * w**2"), "two minus signs"),
    (3, PLACES.format("(x - x_i)"), "inside of the square"),
    (4, [[1, 2], [1, 2], [2, 1]], "key 3 differs"),
    (4, [[1, 0], [0, 1], [1, 1]], "moves weight"),
    (4, [[0, 0]] * 3, "zeros only"),
    (4, [[1e-14, 0], [0, 1e-14], [0, 0]], "moves weight"),
    (4, [[np.nan, 1]] * 3, "no numbers"),
    (4, [1, 2, 3], "the shape is"),
    (5, 3, "entries of variance 1"),
    (5, 36, "that is the variance"),
    (6, ADDED.format("np.where(allowed, -np.inf, 0)"), "the other way round"),
    (6, ADDED.format("(1 - allowed) * -np.inf"), "NaN"),
    (6, ADDED.format("np.where(allowed, 0, -1e9)"), "see everything"),
]


@quiet
@pytest.mark.parametrize("number, answer", RIGHT)
def test_a_right_answer_passes(chapter, number, answer):
    assert said(chapter, number, answer) == "right"


@quiet
@pytest.mark.parametrize("number, answer, slip", WRONG)
def test_a_slip_is_named(chapter, number, answer, slip):
    verdict = said(chapter, number, answer)
    assert verdict.startswith("not yet") and slip in verdict
