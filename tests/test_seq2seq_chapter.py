"""Chapter 24: what its cells compute and its explorers hold, against frozen values."""

import json
from pathlib import Path

import numpy as np
import pytest
from stored_chapter import Chapter

STORED = Chapter("24")
printed = STORED.printed
FILE = Path(__file__).parent / "golden" / "attention.json"
GOLDEN = json.loads(FILE.read_text())["seq2seq_attention"]
SLOW = """dates-result-2 map-figure map-draw map-claims length-result length-figure
break-mask break-teacher-result""".split()
close = {"rtol": 1e-10, "atol": 1e-12}


@pytest.fixture(scope="module")
def chapter():
    """The names that all cells leave behind but those that train."""
    return STORED.run(STORED.all_but(SLOW))


# ---- numbers ----


def test_the_numbers_are_those_of_the_pencil(chapter):
    np.testing.assert_array_equal(chapter["H"], GOLDEN["encoder_states"])
    np.testing.assert_array_equal(chapter["q"][0], GOLDEN["decoder_query"])
    for name in "WU":  # the golden weights multiply columns, those of the book rows
        np.testing.assert_array_equal(chapter[name].T, GOLDEN[name])
    np.testing.assert_array_equal(chapter["v"], GOLDEN["v"])


@pytest.mark.parametrize("score, short", [("dot", "dot"), ("additive", "add")])
def test_one_look_is_golden(chapter, score, short):
    golden, a = GOLDEN[score], chapter[f"a_{short}"]
    np.testing.assert_allclose(chapter[f"e_{short}"][0], golden["scores"], **close)
    np.testing.assert_allclose(a[0], golden["weights"], **close)
    np.testing.assert_allclose((a @ chapter["H"])[0], golden["context"], **close)
    now = chapter["looks"][score].replay({})
    np.testing.assert_allclose(now["A"][0], golden["weights"], **close)
    np.testing.assert_allclose(now["c"][0], golden["context"], **close)


def test_the_mask_is_golden(chapter):
    golden = GOLDEN["padding_mask"]
    np.testing.assert_array_equal(chapter["mask"][0], golden["mask"])
    np.testing.assert_allclose(chapter["a_masked"][0], golden["weights"], **close)
    now = chapter["looks"]["dot"].replay({"M[0,3]": 0})
    np.testing.assert_allclose(now["A"][0], golden["weights"], **close)
    np.testing.assert_allclose(now["c"][0], golden["context"], **close)
    assert not now["dL/dH"][3].any()


def test_bleu_is_golden(chapter):
    golden = GOLDEN["bleu_example"]
    pair = golden["candidate"], golden["reference"]
    shares = [chapter["share"](*pair, n) for n in (1, 2)]
    np.testing.assert_allclose(shares, [golden["p1"], golden["p2"]], **close)
    np.testing.assert_allclose(chapter["bleu"](*pair, n=2), golden["bleu2"], **close)


# ---- explorers ----


@pytest.mark.parametrize("n", [1, 3, 12])
@pytest.mark.parametrize("w", [0.5, 0.8, 1.0])
def test_the_last_state_fades_and_attention_shares(chapter, n, w):
    given = {"n": float(n), "w": w, "ask": 2.0}
    last, look = (t.replay(given) for t in chapter["readers"].values())
    powers = w ** np.arange(n)
    np.testing.assert_allclose(last["dL/dx"][:n, 0], powers[::-1], **close)
    assert not last["dL/dx"][n:].any() and not look["dL/dx"][n:].any()
    a = np.exp(2.0 * np.eye(n)[0])
    a /= a.sum()
    expected = [a[j:] @ powers[: n - j] for j in range(n)]
    np.testing.assert_allclose(look["dL/dx"][:n, 0], expected, **close)
    np.testing.assert_allclose(look["A"][0, :n], a, **close)


@pytest.mark.parametrize("score", ["dot", "additive"])
def test_what_is_read_and_what_is_found_add_up(chapter, score):
    now = chapter["looks"][score].replay({})
    np.testing.assert_allclose(now["dL/dK"] + now["dL/dV"], now["dL/dH"], **close)
    np.testing.assert_allclose(now["dL/dV"], now["A"].T @ now["dc"], **close)
    dq, dH = chapter[f"{score}_backward"](chapter["q"], chapter["H"], now["dc"])
    np.testing.assert_allclose(dq, now["dL/dq"], **close)
    np.testing.assert_allclose(dH, now["dL/dH"], **close)


def test_the_toy_translates_until_content_decides(chapter):
    shared, apart = chapter["toys"].values()
    for rest, right in ((0.0, True), (0.2, True), (0.25, False), (1.0, False)):
        day = shared.replay({"rest": rest})["S"][2]
        assert (day[0] > day[2]) is np.bool_(right), rest
        written = apart.replay({"rest": rest, "sharp": 12.0})["C"][:, 3]
        np.testing.assert_allclose(written, [21, 7, 3], atol=0.01)


# ---- training ----


def test_no_day_that_is_held_out_was_seen(chapter):
    days = chapter["days"]
    assert len(set(days)) == len(days) == 5000
    assert {len(t) for t in chapter["targets"]} == {11}
    assert all(
        s[-4:] == t[1:5]
        for s, t in zip(chapter["sources"], chapter["targets"], strict=True)
    )


def test_a_few_steps_teach_the_year(chapter):
    """A quarter of the steps of the chapter gets more than half of the signs right."""
    x, y = chapter["x"][:2000], chapter["y"][:2000]
    sizes = len(chapter["letters"]), len(chapter["signs"])
    model = chapter["trained"](x, y, *sizes, score="additive", epochs=2)
    written = chapter["translate"](
        model, chapter["x_new"], start=0, steps=10, mask=chapter["real"]
    )
    right = (written == chapter["y_new"][:, 1:]).mean()
    assert right > 0.6


CLAIMS = """bleu-numbers
backward-witnesses backward-check keys-equal dates-result-2 map-claims
length-result break-mask break-teacher-result""".split()


@pytest.mark.parametrize("cell", CLAIMS)
def test_what_is_claimed_holds(cell):
    assert "True" in printed(cell) and "False" not in printed(cell)


def test_the_word_before_counts():
    assert "the same state: False" in printed("beside-try")


# ---- exercises: a right answer is right, and a known slip is named ----

LN2 = np.log(2)
WRONG = {
    1: {
        (0.6, -0.32, -0.8, -0.2): "keys as well",
        (0.6, -0.32, -0.2218, 0.2218): "values as well",
        (0.6, -0.8, -0.8 - 0.8 * LN2, -0.2 + 0.2 * LN2): "row sum",
        (0.6, 0.32, 1.0218, -0.0218): "the other way round",
        (0.6, -0.32, -1.12, -0.52): "not times h",
    },
    2: {
        (0.125, 0.25, 0, 1.5): "after the softmax",
        (0.25, 0.5, 0.25, 5.5): "no mask",
        (0.125, 0.25, 0.625, 7.75): "nothing is hidden",
        (0.2689, 0.7311, 0, 3.8068): "no second exp",
    },
    3: {
        (1, 0.5, 0.7071): "clip",
        (2 / 3, 0.5, 7 / 12): "geometric",
        (2 / 3, 0.5, 1 / 3): "root is missing",
        (2 / 3, 1 / 3, 0.4714): "two pairs",
    },
    5: {
        ((0, 0), (0, 0)): "which unit",
        ((5, 0), (-3, 0)): "the other column",
        ((1e6, 0), (0, 0)): "the other column",  # saturated, and so the same row
        ((1, 2), (3, 4)): "still hears",
        (1, 2): "the shape is",
    },
}
RIGHT = {
    1: [0.6, -0.32, -1.0218, 0.0218],
    2: [0.3333, 0.6667, 0, 4],
    3: [0.667, 0.5, 0.577],
    5: [[0, 1], [0, 2]],
}


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


@pytest.mark.parametrize(
    "last_line, expected",
    [
        ("return de", "go on to M"),
        ("return q.T @ (de @ H)", "right"),
        ("return (de @ H).T @ q", "rows belong to q"),
        ("return de @ H", "without q"),
        ("return de @ H @ M.T", "that is dL/dq"),
        ("return q.T @ (a @ H)", "no share as a value"),
    ],
)
def test_the_code_to_finish(chapter, last_line, expected):
    source, space = STORED.cells["ex4-answer"].source, dict(chapter)
    assert source.endswith("return de")
    exec(source.removesuffix("return de") + last_line, space)
    given = {"general_backward": space["general_backward"]}
    assert expected in said(chapter, 4, **given)
