"""Chapter 20: cells and explorers against frozen values, its checks against slips."""

import json
import re
from fractions import Fraction
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from stored_chapter import Chapter, as_chapters_run

STORED = Chapter("20")
FILE = Path(__file__).parent / "golden" / "recurrent.json"
LSTM_VALUES, GRU_VALUES = (json.loads(FILE.read_text())[k] for k in ("lstm", "gru"))
VARIANTS = dict(
    zip(
        ("cho", "reset after", "pytorch", "chung"),
        GRU_VALUES["variants"].values(),
        strict=True,
    )
)
SLOW = [
    *("adding-run", "adding-figure", "race-run"),
    *("highway-run", "highway-claims", "highway-figure"),
]
close = {"rtol": 1e-10, "atol": 1e-12}


@pytest.fixture(scope="module")
def run():
    """The names that all cells but the slow leave behind, and what each cell said."""
    space, said = {}, {}
    with as_chapters_run():
        for cell in STORED.all_but(SLOW):
            said[cell] = STORED.prints(cell, space)
            if cell == "matrices-explorer":  # the names are used again further down
                kept = dict(space)
    return SimpleNamespace(space=space, said=said, kept=kept)


def beside(golden, kind, parts):
    """Golden weights, W x with W (H, D), side by side as the code keeps them."""
    found = [np.array(golden[f"{kind}{part}"]) for part in parts]
    return np.hstack([p.T if p.ndim == 2 else p for p in found])


# ---- the LSTM ----


def test_the_weights_are_the_golden_ones(run):
    given = LSTM_VALUES["inputs"]
    for name, kind in (("W_x", "W"), ("W_h", "U"), ("b", "b")):
        found = run.space["weights"][name]
        np.testing.assert_array_equal(found, beside(given, kind, "ifgo"))
    for name in ("x", "h0", "c0"):
        np.testing.assert_array_equal(run.kept[name][0], given[name])


def test_the_shorthand_is_the_concatenated_form(run):
    """Both lines of the cell print z_f of the golden cell."""
    lines = run.said["maps-split"].splitlines()
    numbers = [re.findall(r"-?\d+\.\d+", line) for line in lines]
    f = np.array(LSTM_VALUES["step"]["f"])
    assert numbers[0] == numbers[1]
    np.testing.assert_allclose(
        np.array(numbers[0], float), np.log(f / (1 - f)), atol=5e-5
    )


def test_the_hand_written_cell_goes_forward_and_backward(run):
    space, golden = run.kept, LSTM_VALUES
    h, c, gates = space["lstm_forward"](
        space["x"], space["h0"], space["c0"], **space["weights"]
    )
    np.testing.assert_allclose(h[0], golden["step"]["h"], **close)
    np.testing.assert_allclose(c[0], golden["step"]["c"], **close)
    for gate, name in zip(gates, ("i", "f", "g_candidate", "o"), strict=True):
        np.testing.assert_allclose(gate[0], golden["step"][name], **close)
    np.testing.assert_array_equal(space["dh"][0], golden["upstream_dL_dh"])
    found = space["by_hand"]
    for name, kind in (("W_x", "W"), ("W_h", "U"), ("b", "b")):
        expected = beside(golden["grads"], kind, "ifgo")
        np.testing.assert_allclose(found[name], expected, **close)
    for name, key in (("x", "x"), ("h", "h0"), ("c", "c0")):
        np.testing.assert_allclose(found[name][0], golden["grads"][key], **close)


def test_the_explorer_of_two_units(run):
    found, golden = run.space["two_units"].replay({}), LSTM_VALUES
    keys = "i", "f", "g_candidate", "o", "c", "h"
    for name, key in zip("ifgoch", keys, strict=True):
        np.testing.assert_allclose(found[name][0], golden["step"][key], **close)
    np.testing.assert_allclose(found["L"], golden["step"]["loss"], **close)
    for name in ("x", "h0", "c0"):
        expected = golden["grads"][name]
        np.testing.assert_allclose(found[f"dL/d{name}"][0], expected, **close)


def test_three_steps(run):
    golden = LSTM_VALUES["three_steps"]
    space = run.space
    np.testing.assert_array_equal(space["X_3"][:, 0], golden["x"])
    expected = [*(s["h"] for s in golden["trace"]), golden["trace"][-1]["c"]]
    np.testing.assert_allclose(space["S"][0], expected, **close)
    assert "closed form: True" in run.said["time-check"]


def pencil():
    """The unit of the text as fractions, with tanh .7 from the table of the text."""
    f, i, g, o, c_old = (Fraction(*p) for p in ((4, 5), (1, 2), (3, 5), (3, 4), (1, 2)))
    c, t = f * c_old + i * g, Fraction("0.6044")
    dh = 2
    dc = dh * o * (1 - t * t)
    return {
        "c": c, "dL/do": dh * t, "dL/dc": dc, "dL/df": dc * c_old, "dL/di": dc * g,
        "dL/dg": dc * i, "dL/dc0": dc * f, "dL/dz_f": dc * c_old * f * (1 - f),
        "dL/dz_i": dc * g * i * (1 - i), "dL/dz_g": dc * i * (1 - g * g),
        "dL/dz_o": dh * t * o * (1 - o),
    }  # fmt: skip


def test_the_pencil_numbers_are_those_of_the_explorer(run):
    found = run.space["one_unit"].replay({})
    found |= {f"dL/dz_{k}": dz for k, dz in zip("ifgo", found["dL/dz"][0], strict=True)}
    for name, expected in pencil().items():
        assert np.isclose(found[name].item(), float(expected), atol=1e-4), name
    # Each weight of h is 1, so the four dz add up.
    assert np.isclose(found["dL/dh0"].item(), 0.7503, atol=5e-5)


def test_the_pencil_numbers_are_printed(run):
    printed = run.said["backward-pencil"]
    for name, expected in pencil().items():
        if name != "c":
            digits = re.findall(r"\d\.\d{4}", printed)
            assert any(abs(float(d) - expected) < 1.5e-4 for d in digits), name


def test_a_closed_output_gate_takes_the_gradient_too(run):
    found = run.space["one_unit"].replay({"w_o": -40.0})
    assert abs(found["dL/dc"].item()) < 1e-12 and abs(found["dL/dz"][0, 3]) < 1e-12
    assert found["c"].item() == pytest.approx(0.7)


def test_a_memory_follows_its_gates(run):
    rows = run.said["story-run"].splitlines()
    held = [float(re.search(r"c = +(-?[\d.]+)", row)[1]) for row in rows]
    shown = [float(re.search(r"h = +(-?[\d.]+)", row)[1]) for row in rows]
    assert held == [0, *[0.8] * 5, 0, -0.4]
    expected = [0, 0, 0, 0, np.tanh(0.8), 0, 0, np.tanh(-0.4)]
    np.testing.assert_allclose(shown, expected, atol=5e-5)


def test_the_highway(run):
    printed = run.said["highway-powers"]
    golden = LSTM_VALUES["cell_gradient_path"]
    for key in ("f0_9_pow_100", "f0_99_pow_100", "sigmoid_0_pow_100"):
        assert f"{golden[key]:.1e}" in printed
    assert f"{golden['sigmoid_of_forget_bias_1']:.3f}" in printed


def test_what_is_left_after_100_steps(run):
    """The ranges of the text, printed from eight seeds; the first is measured again."""
    rows = STORED.printed("highway-claims").splitlines()
    left = [[float(x) for x in re.findall(r"\de[-+]\d+", row)] for row in rows]
    plain, *gated = left
    assert [high < 1e-10 for _, high in gated] == [True, False, False, False]
    assert gated[0][1] < plain[0] < gated[1][0] < plain[1] < gated[1][1] < gated[2][0]
    assert left[3:] == [[0.3, 80], [60, 6e11]] and "more than 1 in 6 of 8" in rows[3]
    noise = np.random.default_rng(5).normal(size=(100, 1, 1))
    kinds = [run.space["RNN"].init]
    kinds += [partial(run.space["LSTM"].init, forget_bias=bias) for bias in (0, 1, 3)]
    for init, (low, high) in zip(kinds, left[:4], strict=True):
        found = run.space["sizes"](init(1, 16, rng=np.random.default_rng(0)), noise)
        assert 0.9 * low < found[0] / found[-1] < 1.1 * high


def test_the_highway_explorer_opens_with_the_forget_bias(run):
    """The numbers of the text, at the first step of both explorers."""
    found = (run.space["homeward"].replay({"b[1]": b})["dL/dc1"] for b in (-3, 0, 1, 6))
    sizes = np.ravel(list(found))
    np.testing.assert_allclose(sizes, [0.016, 0.206, 0.368, 0.555], atol=5e-4)
    plain = run.space["wild"].replay({})["dL/dh1"].item()
    assert plain == pytest.approx(0.340, abs=5e-4) and sizes[1] < plain < sizes[2]


def test_what_each_gate_sends_to_the_state(run):
    """The text names the output gate for unit 1 and the candidate for unit 2."""
    space, found = run.kept, run.space["two_units"].replay({})
    gates = [np.split(a, 4, axis=1) for a in (found["dL/dz"], space["W_h"])]
    sent = np.array([(dz @ U.T)[0] for dz, U in zip(*gates, strict=True)])  # i f g o
    assert np.abs(sent).argmax(axis=0).tolist() == [3, 2]
    np.testing.assert_allclose([sent[3, 0], sent[2, 1]], [0.115, -0.152], atol=5e-4)
    without = run.space["two_units"].replay({"c0[0,1]": 0.0})
    assert without["dL/dz"][0, 3] == 0


def test_the_circular_reading_gives_another_state(run):
    first, second = re.findall(r"\[\[(.*?)\]\]", run.said["inout-circular"])
    np.testing.assert_allclose(
        np.array(first.split(), float), LSTM_VALUES["step"]["h"], atol=5e-5
    )
    assert first != second


def test_a_shut_gate_hides_the_memory_from_h_alone(run):
    """The two memories differ; what reads h says .5 both times."""
    said = [re.findall(r"\d\.\d{4}", s) for s in run.said["inout-output"].splitlines()]
    assert [s[0] for s in said] == ["0.5000"] * 2 and said[0][1] != said[1][1]


def test_counts(run):
    counts = LSTM_VALUES["param_counts"]
    for key in ("d=10,h=20", "d=28,h=128"):
        one, two = counts[key]["note001_formula"], counts[key]["pytorch_two_biases"]
        row = f"by formula {one}  with one bias, with two: {one} {two}\n"
        assert row in run.said["count-numbers"]
    gru = GRU_VALUES["param_counts"]["d=10,h=20"]["one_bias"]
    assert f"GRU(10, 20): {gru}" in run.said["gru-unit"]


# ---- the GRU ----


@pytest.mark.parametrize("name", VARIANTS)
def test_each_convention_of_the_explorer(run, name):
    found, golden = run.space["variants"][(name,)].replay({}), VARIANTS[name]
    for letter in "rznh":
        np.testing.assert_allclose(found[letter][0], golden[letter], **close)
    for tensor in ("x", "h0"):
        expected = golden["grads"][tensor]
        np.testing.assert_allclose(found[f"dL/d{tensor}"][0], expected, **close)


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("r", [0, 1])
@pytest.mark.parametrize("z", [0, 1])
def test_biases_close_and_open_the_gates_of_the_explorer(run, name, r, z):
    """The slider's ends against a cell with its gates set, where no sigmoid is left."""
    space = run.space
    ends = {f"b_{gate}{j}": (1 if value else -1) * 10 for j in (1, 2)
            for gate, value in (("r", r), ("z", z))}  # fmt: skip
    found = space["variants"][(name,)].replay(ends)
    past = space["g_h"] @ space["G_h"][:, 4:]  # with equal gates in all conventions
    inner = space["two_biases"][1, 4:] if name == "pytorch" else 0
    candidate = np.tanh(
        space["g_x"] @ space["G_x"][:, 4:] + space["G_b"][4:] + r * (past + inner)
    )
    keeps = 1 - z if name == "chung" else z
    expected = space["g_h"] if keeps else candidate
    np.testing.assert_allclose(found["r"], np.full((1, 2), r), atol=1e-3)
    np.testing.assert_allclose(found["z"], np.full((1, 2), z), atol=1e-3)
    np.testing.assert_allclose(found["h"], expected, atol=1e-3)


def test_what_the_text_says_of_closed_and_open_gates(run):
    text = STORED.cells["gru-gates-answer"].source
    x, h, U, W = (run.space[name] for name in ("g_x", "g_h", "G_h", "G_x"))
    alone = (x @ W[:, 4:] + run.space["G_b"][4:])[0, 0]
    both = alone + (h @ U[:, 4:])[0, 0]
    for sum_, shown in ((alone, "\\tanh .8 = .664"), (both, "\\tanh .68 = .592")):
        assert shown in text
        sum_said, value_said = (float(found) for found in re.findall(r"\.\d+", shown))
        assert sum_ == pytest.approx(sum_said, abs=1e-12)
        assert np.tanh(sum_) == pytest.approx(value_said, abs=5e-4)
    rows = run.said["gru-gates"].splitlines()[1:]
    said = [row.split("n_1 ")[1].split(", h_1 ") for row in rows]
    n = [np.tanh(alone), np.tanh(both)] * 2
    np.testing.assert_allclose(np.array(said, float)[:, 0], n, atol=1e-3)
    expected = [*n[:2], h[0, 0], h[0, 0]]
    np.testing.assert_allclose(np.array(said, float)[:, 1], expected, atol=1e-3)
    assert [row.split(":")[0] for row in rows] == [
        f"b_z = {z:3}, b_r = {r:3}" for z in (-10, 10) for r in (-10, 10)
    ]


def test_the_hand_written_gru(run):
    space, golden = run.space, VARIANTS["cho"]
    grads, ways = space["gru_backward"](
        np.array([GRU_VALUES["upstream"]]), space["g_x"], space["g_h"],
        space["G_x"], space["G_h"], space["G_b"],
    )  # fmt: skip
    np.testing.assert_allclose(grads["h"][0], golden["grads"]["h0"], **close)
    np.testing.assert_allclose(grads["x"][0], golden["grads"]["x"], **close)
    for tensor, kind in (("W_x", "W"), ("W_h", "U"), ("b", "b")):
        expected = beside(golden["grads"], kind, "rzn")
        np.testing.assert_allclose(grads[tensor], expected, **close)
    assert len(ways) == 4


def test_the_four_ways_of_the_pencil_unit(run):
    """By hand, in decimals: nothing is rounded."""
    h, r, z, n, dh = 0.5, 0.5, 0.8, 0.6, 2
    a_n = dh * (1 - z) * (1 - n * n)
    a_r, a_z = a_n * 2 * h * r * (1 - r), dh * (h - n) * z * (1 - z)
    ways = [dh * z, a_n * 2 * r, a_r * 1, a_z * -1]
    np.testing.assert_allclose(ways, [1.6, 0.256, 0.064, 0.032], rtol=1e-12)
    unit = run.space["unit"]
    _, found = run.space["gru_backward"](np.array([[2.0]]), **unit)
    np.testing.assert_allclose(np.ravel(found), ways, rtol=1e-12)


def test_the_flip_turns_one_convention_into_the_other(run):
    numbers = re.search(r"\[(.*)\]", run.said["gru-flip"])[1].split()
    expected = VARIANTS["chung"]["h"]
    np.testing.assert_allclose(np.array(numbers, float), expected, atol=1e-6)


def test_the_printed_states_are_those_of_the_errata(run):
    for name, values in VARIANTS.items():
        first = f"{values['h'][0]:.6f}"
        row = next(s for s in run.said["gru-four"].splitlines() if s.startswith(name))
        assert float(first) == pytest.approx(float(row.split("[")[1].split()[0]))
        assert first.lstrip("0") in STORED.cells["notes-wrong"].source


# ---- what is claimed of training ----


def test_what_is_claimed_holds():
    rows = STORED.printed("adding-run").splitlines()
    assert [re.findall("True|False", row) for row in rows] == [
        ["False", "True"], ["True", "False"], ["True", "False"],
    ]  # fmt: skip
    right = [row.split(": ")[-1] for row in STORED.printed("race-run-2").splitlines()]
    assert right == ["False", "True", "True"] and "True" in STORED.printed("race-run")


def test_the_slope_of_tanh_is_larger_up_to(run):
    assert "1.663" in run.said["break-slopes"]


def test_a_relu_grows_by_a_factor_and_a_tanh_by_half(run):
    c = [float(x) for x in re.findall(r"c = ([\d.e+]+)", run.said["break-relu"])]
    assert c[2] < 50 and c[5] > 1e12 and c[1] - c[0] < 0.5 * 40 + 1e-9


# ---- exercises: the check tells right from wrong ----

ANSWERS = {
    1: ({"answer_1": [-0.18, 1.152, 1.8]}, {"answer_1": [-0.02, 0.128, 0.2]}),
    2: ({"answer_2": 4.968}, {"answer_2": 0.9931}),
    3: (
        {"tied": lambda dc, c, f, g: dc * (c - g) * f * (1 - f)},
        {"tied": lambda dc, c, f, g: dc * (c + g) * f * (1 - f)},
    ),
    4: ({"answer_4": 2}, {"answer_4": 1}),
    5: ({"answer_5": [60288, 60672, 5920]}, {"answer_5": [80384, 80896, 5920]}),
}


@pytest.mark.parametrize("number", ANSWERS)
def test_a_right_answer_is_right_and_a_slip_is_named(run, number):
    right, wrong = ANSWERS[number]
    check = f"exercise-{number}-check"
    assert STORED.verdict(check, run.space | right) == "right"
    yours = STORED.verdict(check, run.space | wrong)
    assert yours.startswith("not yet: ")
    assert any(said in yours for said in run.space[f"slips_{number}"]), yours


@pytest.mark.parametrize("number", ANSWERS)
def test_every_slip_of_an_exercise_is_a_different_mistake(run, number):
    slips = list(run.space[f"slips_{number}"].values())
    for k, slip in enumerate(slips):
        others = slips[:k]
        assert not any(np.shape(o) == np.shape(slip) and np.allclose(o, slip, rtol=5e-3)
                       for o in others)  # fmt: skip


def test_the_given_numbers_of_the_pencil_exercise():
    assert np.isclose(np.tanh(0.8 * -0.5 + 0.8 * -0.6), -0.7064, atol=5e-5)
    assert r"\tanh(-.88) = -.7064" in STORED.cells["exercise-1"].source
