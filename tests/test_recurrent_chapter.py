"""Chapter 18: what its cells compute and its explorers hold, against frozen values."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from stored_chapter import Chapter

STORED = Chapter("18")
printed = STORED.printed
FILE = Path(__file__).parent / "golden" / "recurrent.json"
GOLDEN = json.loads(FILE.read_text())
BPTT, E3 = GOLDEN["rnn_bptt"], GOLDEN["rnn_bptt"]["e3"]
SLOW = "why-longer digits-result wait-train wait-figure time-code-2".split()
close = {"rtol": 1e-10, "atol": 1e-12}


@pytest.fixture(scope="module")
def chapter():
    """The names that all cells leave behind but those that train or fail."""
    return STORED.run(STORED.all_but(SLOW))


def transposed(found, expected):
    """The golden weights multiply columns, those of the book rows."""
    np.testing.assert_allclose(np.asarray(found).T, expected, **close)


def test_forward_is_golden(chapter):
    hs, ps = chapter["hs"], chapter["ps"]
    np.testing.assert_allclose([hs[t][0] for t in (1, 2, 3)], BPTT["h"], **close)
    np.testing.assert_allclose([ps[t][0] for t in (1, 2, 3)], BPTT["y"], **close)
    np.testing.assert_allclose(np.ravel(chapter["losses"]), BPTT["losses"], **close)
    assert BPTT["inputs"]["targets"] == list(chapter["ys"].values())


def test_the_tape_and_the_hand_are_golden(chapter):
    for name, golden in (("W_x", "Wx"), ("W_h", "Wh"), ("W_y", "Wy")):
        transposed(chapter["by_tape"][name].value, BPTT["grads"][golden])
    transposed(chapter["hand"], BPTT["grads"]["Wh"])
    transposed(chapter["closed"], BPTT["grads"]["Wh"])


def test_the_shares_are_golden(chapter):
    for k, expected in zip((3, 2, 1), E3["contributions_k3_k2_k1"], strict=True):
        transposed(chapter["parts"][k], expected)
    transposed(chapter["total"], E3["dWh_total"])
    transposed(chapter["dW_y"], E3["dWy_correct_pred_minus_target_outer_h3"])
    transposed(-chapter["dW_y"], E3["note004_as_written_target_minus_pred"])


def test_one_jacobian_for_each_step_back(chapter):
    d, J = chapter["d3"], chapter["J"]
    sizes = [np.linalg.norm(v) for v in (d, d @ J[3], d @ J[3] @ J[2])]
    np.testing.assert_allclose(sizes, E3["dh_norms_k3_k2_k1"], **close)


def test_the_first_explorer_turns_off_the_early_losses(chapter):
    all_on = chapter["three"].replay({})
    np.testing.assert_allclose(all_on["L"], BPTT["total"], **close)
    np.testing.assert_allclose([all_on[f"p{t}"][0] for t in (1, 2, 3)], BPTT["y"])
    only_last = chapter["three"].replay({"early": 0})
    transposed(only_last["dL/dW_h"], E3["dWh_total"])
    sizes = [np.linalg.norm(only_last[f"dL/dh{t}"]) for t in (3, 2, 1)]
    np.testing.assert_allclose(sizes, E3["dh_norms_k3_k2_k1"], **close)
    early = chapter["three"].replay({"late": 0})
    assert not early["dL/dh3"].any() and early["dL/dh2"].any()


@pytest.mark.parametrize("rho", [0.5, 1.0, 1.5])
def test_the_radius_is_that_of_the_power(chapter, rho):
    W = rho * chapter["M"]
    found = chapter["steady"](lambda z: 1.0 * z).replay({"rho": rho})
    expected = np.ones((1, 2)) @ np.linalg.matrix_power(W.T, 8)
    np.testing.assert_allclose(found["dL/dh0"], expected, rtol=1e-12)
    assert np.isclose(max(abs(np.linalg.eigvals(W))), rho)


def test_tanh_keeps_a_large_radius_from_exploding(chapter):
    bent = chapter["steady"](chapter["tanh"])
    size = {h: np.linalg.norm(bent.replay({"rho": 1.5, "h0": [[h, 0]]})["dL/dh0"])
            for h in (0.0, 0.3)}  # fmt: skip
    assert size[0.0] > 20 > 1 > size[0.3]


@pytest.mark.parametrize("weight", BPTT["dh50_dh0_scalar"])
def test_fifty_steps(chapter, weight):
    golden = BPTT["dh50_dh0_scalar"][weight]
    found = chapter["fifty"].replay({"w": float(weight)})
    np.testing.assert_allclose(found["dL/dh0"], golden["linear_50"], rtol=1e-9)


def test_the_table_of_fifty_steps_is_golden():
    rows = printed("scalar-table").splitlines()
    for row in rows:
        numbers = re.findall(r"\d[\d.]*(?:e[-+]\d+)?", row)
        golden = BPTT["dh50_dh0_scalar"][numbers[0]]
        found = [float(numbers[2]), float(numbers[3])]
        expected = [golden["linear_50"], golden["tanh_h0_5"]]
        np.testing.assert_allclose(found, expected, rtol=5e-3)
    assert len(rows) == 5


def test_with_tanh_it_hangs_on_the_start():
    """Near 0 it explodes as without tanh; from .5 it vanishes, as in the table."""
    rows = printed("scalar-start").splitlines()
    found = [float(row.split(": ")[1]) for row in rows]
    golden = BPTT["dh50_dh0_scalar"]["1.1"]
    expected = golden["linear_50"], golden["tanh_h0_5"]
    np.testing.assert_allclose([found[0], found[-1]], expected, rtol=5e-3)
    assert found[0] > found[1] > 1 > found[2] > found[3]


def test_truncation_is_golden(chapter):
    for k2 in (1, 2, 3):
        L, g = chapter["truncated"](1, k2)
        np.testing.assert_allclose(L, BPTT["total"], **close)
        transposed(g, BPTT["truncated_dWh_total_loss"][f"k2={k2}"])
    parts = [np.array(p) for p in E3["contributions_k3_k2_k1"]]
    for k2 in (1, 2, 3):
        found = chapter["cuts"][f"k2 = {k2}"].replay({})["dL/dW_h"]
        transposed(found, sum(parts[:k2]))
    two = chapter["cuts"]["k2 = 2"].replay({})
    transposed(two["dL/dW_h"], E3["truncated_k2_2"])


def test_the_state_that_is_cut_off_hears_nothing(chapter):
    names = {n: set(t.replay({})) for n, t in chapter["cuts"].items()}
    assert "dL/dh1" in names["k2 = 3"] and "dL/dh1" not in names["k2 = 2"]
    assert "dL/dh2" in names["k2 = 2"] and "dL/dh2" not in names["k2 = 1"]


def test_the_gradient_of_the_wait_falls_where_the_text_says(chapter):
    loud = {radius: chapter["sizes"](radius, n=16) for radius in (0.6, 1.0)}
    assert loud[0.6][7] < 1e-6 * loud[0.6][-1]
    assert loud[1.0][7] > 1e-2 * loud[1.0][-1]


CLAIMS = """onehot-code-2 why-shuffle-2 why-rnn concat-code wh-witnesses wh-check
digits-result wait-train time-code-2""".split()


@pytest.mark.parametrize("cell", CLAIMS)
def test_what_is_claimed_holds(cell):
    assert "True" in printed(cell) and "False" not in printed(cell)


def test_the_copies_add_up_and_nothing_else_does():
    claims = [line.rsplit(" ", 1) for line in printed("wh-copies-2").splitlines()]
    assert [said for _, said in claims] == ["True", "True", "False", "False"]


def test_counts():
    assert "parameters: 620" in printed("concat-count")
    assert "parameters: 640" in printed("concat-count")


def test_five_types_differ_in_what_is_read_and_written():
    rows = [re.findall(r"\d+", row) for row in printed("types-code-2").splitlines()]
    assert rows == [["1", "4"], ["5", "1"], ["5", "5"], ["5", "7"]]


def test_a_longer_sentence_does_not_fit_an_mlp():
    (error,) = STORED.cells["why-longer"].outputs
    assert error.ename == "ValueError" and "110 features" in error.evalue


# ---- exercises: a right answer is right, and a known slip is named ----

WRONG = {
    1: {
        (3, 2, 4, 4, 1, 5): "French",
        (3, 2, 5, 4, 3, 5): "photo",
        (4, 2, 5, 4, 1, 5): "whole review",
        (1, 1, 1, 1, 1, 1): "5 of 6 numbers are wrong",
    },
    2: {
        (-1, -3, -1, -5): "the state before it",
        (-6, -2, -1, -3): "do not average",
        (-6, -4, -4, -14): "multiplied by w",
        (6, 2, 1, 9): "every sign",
        (-6, -2, 0, -8): "h_0 is not 0",
        (-9, -3, -1, -13): "full derivatives",
    },
    4: {
        0.99: "negative",
        np.nan: "negative",
        -0.9: "vanishes",
        -1.1: "explodes",
        -1.012: "10^1.04",
    },
    5: {(2, 1 / 3): "step t itself", (3, 1): "last step of each window"},
}
RIGHT = {1: [3, 2, 5, 4, 1, 5], 2: [-6, -2, -1, -9], 4: -0.99, 5: [3, 0.3333]}


def said(chapter, number, **given):
    return STORED.verdict(f"ex{number}-check", chapter | given)


@pytest.mark.parametrize("number", RIGHT)
def test_a_right_answer_is_right(chapter, number):
    given = {f"answer_{number}": RIGHT[number]}
    assert said(chapter, number, **given) == "right"


@pytest.mark.parametrize(
    ("number", "answer"), [(n, a) for n, wrong in WRONG.items() for a in wrong]
)
def test_a_slip_is_named(chapter, number, answer):
    given = {f"answer_{number}": answer}
    yours = said(chapter, number, **given)
    assert yours.startswith("not yet") and WRONG[number][answer] in yours


def test_the_code_to_mend(chapter):
    source = STORED.cells["ex3-answer"].source
    state = ("hs[t].T", "hs[t - 1].T")
    bias = (
        "dz[max(dz)].sum(axis=0)",
        "sum(dz[t].sum(axis=0) for t in dz)",
    )
    for mends, expected in (
        ((), "And b is used at every step"),
        ((state,), "b is used at every step, too"),
        ((bias,), "W_h multiplies the state before"),
        ((state, bias), "right"),
    ):
        code, space = source, {"np": np}
        for old, new in mends:
            assert old in code
            code = code.replace(old, new)
        exec(code, space)
        given = {"weight_gradients": space["weight_gradients"]}
        assert expected in said(chapter, 3, **given)


@pytest.mark.parametrize(("k2", "learns"), [(1, False), (2, False), (3, True)])
def test_what_exercise_5_says_of_the_first_word(chapter, k2, learns):
    """a or b, then c, c; the rows of a and b start at 0, and only the end is judged."""
    rng, cell, linear = np.random.default_rng(0), chapter["rnn_cell"], chapter["linear"]
    p = {"W_x": np.zeros((3, 8)), "W_h": rng.normal(size=(8, 8)) / 3, "b": np.zeros(8),
         "W_y": rng.normal(size=(8, 2)), "b_y": np.zeros(2)}  # fmt: skip
    later = np.eye(3)[[2, 2]]
    for _ in range(50):
        t = chapter["Tape"]().inputs(p)
        L = chapter["truncated_bptt"](
            lambda x, h, t=t: cell(x, h, t["W_x"], t["W_h"], t["b"]),
            lambda h, on, t=t: on * chapter["cross_entropy"](
                linear(h, t["W_y"], t["b_y"]), np.array([0, 1])),
            [np.eye(3)[[0, 1]], later, later], [0.0, 0.0, 1.0], (np.zeros((2, 8)),),
            k1=1, k2=k2)  # fmt: skip
        p = {n: p[n] - 0.5 * g.value for n, g in chapter["gradient"](L, t).items()}
    assert p["W_x"][:2].any() == learns
    assert (L.value < 0.1) if learns else np.isclose(L.value, np.log(2), rtol=1e-12)


def test_the_cut_of_the_clipping_is_seen_at_the_start(chapter):
    """From its own length on a gradient is left alone; the explorer starts below."""
    size = np.linalg.norm(BPTT["grads"]["Wh"])
    assert (
        f"From {size:.4f}".replace("0.", ".")
        in STORED.cells["unrolled-clip-answer"].source
    )
    three = chapter["three"]
    assert np.linalg.norm(three.replay({})["g"]) < size - 0.1
    for tau in (0.05, 0.5, size - 1e-6, size + 1e-6, 2):
        found = three.replay({"tau": tau})["g"]
        np.testing.assert_allclose(np.linalg.norm(found), min(tau, size), rtol=1e-9)
        transposed(found, np.array(BPTT["grads"]["Wh"]) * min(1, tau / size))
    for row in printed("unrolled-clip").splitlines()[1:]:
        tau, after = re.findall(r"\d\.\d+", row)
        assert float(after) == pytest.approx(min(float(tau), size), abs=6e-5)


@pytest.mark.parametrize("w", [0.5, 0.9, 1.1, 1.5])
def test_fifty_steps_cut_after_ten(chapter, w):
    full, cut = (chapter[name].replay({"w": w}) for name in ("fifty", "cut"))
    heard = [t for t in range(51) if f"dL/dh{t}" in cut]
    assert heard == list(range(41, 51)) and "dL/dw" not in cut
    for t in range(51):
        if t:
            assert cut[f"h{t}"] == full[f"h{t}"] == pytest.approx(0.5 * w**t)
        assert full[f"dL/dh{t}"] == pytest.approx(w ** (50 - t))
        if t in heard:
            assert cut[f"dL/dh{t}"] == full[f"dL/dh{t}"]
