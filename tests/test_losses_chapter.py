"""Chapter 04: what its cells print and its explorers hold, against frozen values."""

import json
from pathlib import Path

import numpy as np
import pytest
from stored_chapter import Chapter, numbers

from nnlib.losses import binary_cross_entropy

STORED = Chapter("04")
numbers_after = STORED.numbers_after
FILE = Path(__file__).parent / "golden" / "layers_and_optimizers.json"
GOLDEN = json.loads(FILE.read_text())["softmax_crossentropy"]
BASIC = GOLDEN["basic"]
WAYS = ("naive", "shifted", "log-sum-exp")
close = {"rtol": 1e-12, "atol": 1e-15}
quiet = pytest.mark.filterwarnings("ignore:.*encountered:RuntimeWarning")


def in_way(way, logits, label):
    y = np.eye(3)[[label]]
    return STORED.traces("softmax-overflow")[way].replay({"z": [logits], "y": y})


@pytest.mark.parametrize("case", ["basic", "shift_invariance"])
def test_the_shares_and_their_gradient(case):
    (shares,) = STORED.traces("softmax-shares").values()
    found = shares.replay({"z": [GOLDEN[case]["logits"]]})
    np.testing.assert_allclose(found["a"], [GOLDEN[case]["probs"]], **close)
    np.testing.assert_allclose(found["L"], BASIC["loss"], **close)
    np.testing.assert_allclose(found["dL/dz"], [BASIC["grad_logits"]], **close)


@pytest.mark.parametrize("way", WAYS)
def test_three_ways_agree_where_nothing_breaks(way):
    found = in_way(way, BASIC["logits"], BASIC["label"])
    np.testing.assert_allclose(found["L"], BASIC["loss"], **close)
    np.testing.assert_allclose(found["dL/dz"], [BASIC["grad_logits"]], **close)


@quiet
@pytest.mark.parametrize("way", WAYS)
def test_the_shift_mends_overflow(way):
    golden = GOLDEN["overflow"]
    found = in_way(way, golden["logits"], 0)
    if way == "naive":
        assert np.isnan(found["a"]).all() and np.isnan(found["L"])
    else:
        np.testing.assert_allclose(found["a"], [golden["stable"]], **close)
        expected = golden["logsumexp"] - golden["logits"][0]
        np.testing.assert_allclose(found["L"], expected, rtol=1e-12)


@quiet
@pytest.mark.parametrize("way", WAYS)
def test_only_log_sum_exp_mends_underflow(way):
    golden = GOLDEN["underflow"]
    found = in_way(way, golden["logits"], golden["label"])
    if way != "log-sum-exp":
        assert found["L"] == np.inf
        return
    np.testing.assert_allclose(found["L"], golden["stable_loss"], rtol=1e-12)
    share = 1 / (1 + np.exp(5.0))
    expected = [[share, -1, 1 - share]]
    np.testing.assert_allclose(found["dL/dz"], expected, atol=1e-12)


def test_a_confident_mistake():
    """At z = -8 and y = 1; the shares in closed form, by way of tanh."""
    traces = STORED.traces("loss-confident-mistake")
    found = {label: trace.replay({"z": -8.0, "y": 1.0})["dL/dz"]
             for label, trace in traces.items()}  # fmt: skip
    a, slope = (1 + np.tanh(-4.0)) / 2, 1 / (4 * np.cosh(4.0) ** 2)
    np.testing.assert_allclose(found["cross-entropy"], a - 1, rtol=1e-12)
    np.testing.assert_allclose(found["squared error"], (a - 1) * slope, rtol=1e-10)
    assert 2900 < found["cross-entropy"] / found["squared error"] < 3000


def test_no_point_of_the_curves_is_lost():
    for trace in STORED.traces("loss-confident-mistake").values():
        for z in np.arange(-10, 3.01, 0.5):
            for y in (0.0, 0.9, 1.0):
                found = trace.replay({"z": z, "y": y})
                assert np.isfinite([found["L"], found["dL/dz"]]).all()


@quiet
@pytest.mark.parametrize("case", GOLDEN["bce_with_logits"])
def test_binary_losses_of_the_chapter_and_of_the_library(case):
    own = STORED.run(["stable-bce-code"], np=np)
    z, y = (float(part.split("=")[1]) for part in case.split(","))
    expected = GOLDEN["bce_with_logits"][case]["stable"]
    library = binary_cross_entropy(np.array([z]), np.array([y]))
    np.testing.assert_allclose(own["stable_bce"](z, y), expected, rtol=1e-12, atol=0)
    np.testing.assert_allclose(library, expected, rtol=1e-12, atol=0)
    naive = own["naive_bce"](np.float64(z), y)
    survives = abs(z) <= 2 or (z, y) == (-40, 1)
    assert np.isclose(naive, expected, rtol=1e-9, atol=0) == survives


def test_log1p_keeps_what_the_sum_loses():
    tiny = GOLDEN["bce_with_logits"]["z=40,y=1"]["stable"]
    lost, kept = numbers_after("stable-bce-log1p", "log(1 + x):")[0::2]
    assert lost == 0
    assert [kept, numbers_after("stable-bce-log1p", "y = 0:")[0]] == [
        float(f"{tiny:.4g}")
    ] * 2


def test_the_jacobian_is_the_one_of_the_reference():
    printed = STORED.printed("jacobian-numbers")
    found = numbers(printed.split("tape")[0])
    expected = np.round(BASIC["softmax_jacobian"], 6).ravel()
    np.testing.assert_allclose(found, expected, atol=1.01e-6)
    assert "False" not in printed


@pytest.mark.parametrize("factor", [0.1, 1, 2, 10])
def test_larger_logits_give_sharper_shares(factor):
    expected = np.round(GOLDEN["temperature"][f"{1 / factor}"], 5)
    found = numbers_after("softmax-sharp", f"{factor:4} z ->")
    np.testing.assert_allclose(found, expected)


def test_softmax_twice_has_a_floor():
    shares = np.array(BASIC["probs"])
    twice = -np.log(np.exp(shares[0]) / np.exp(shares).sum())
    floor = -np.log(np.e / (np.e + 2))
    assert numbers_after("twice", "once:") == [round(BASIC["loss"], 6)]
    assert numbers_after("twice", "twice:") == [round(twice, 6)]
    assert numbers_after("twice", "at best:")[0] == round(floor, 6)


def test_the_note_read_literally_does_not_sum_to_one():
    for j, share in enumerate(BASIC["probs"], start=1):
        found = numbers_after("softmax-literal", f"j = {j}: literal shares sum to")
        assert found == [round(1 / (3 * share), 3)] and abs(found[0] - 1) > 0.1


def test_where_the_exponentials_end():
    ends = GOLDEN["exp_overflow"]
    for kind, below, above in (
        ("float64", "709.7", "709.8"),
        ("float32", "88.7", "88.8"),
    ):
        found = numbers_after("overflow", f"exp({below}) = ")[0]
        key = f"{kind}_{below.replace('.', '_')}"
        assert found == float(f"{ends[key]:.3e}")
        assert ends[f"{kind}_{above.replace('.', '_')}"] == "inf"
