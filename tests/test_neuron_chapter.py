"""Chapter 01: its stored figures against numbers computed here in another way."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_diabetes, load_digits
from stored_chapter import Chapter, numbers

STORED = Chapter("01")
printed = STORED.printed
SIX_START = (0.4, -0.3, 0.2)


def walk(points, targets, w, passes):
    """The perceptron rule in plain Python; mistakes in each pass, and where w was."""
    w, counts, path = list(map(float, w)), [], []
    for _ in range(passes):
        counts.append(0)
        for x, t in zip(points, targets, strict=True):
            one = [*map(float, x), 1.0]
            if t * math.fsum(map(math.prod, zip(one, w, strict=True))) <= 0:
                w = [a + t * b for a, b in zip(w, one, strict=True)]
                counts[-1] += 1
                path.append(w)
    return counts, path


@pytest.fixture(scope="module")
def six():
    values = STORED.traces("neuron-perceptron")["six points"].replay()
    return values["X"], values["t"]


# ------------------------------------------------------------------ NOR without a bias


def test_no_direction_without_a_bias_gets_nor():
    corners, nor = [(0, 0), (0, 1), (1, 0), (1, 1)], [True, False, False, False]
    # The lines w1 = 0, w2 = 0 and w1 + w2 = 0, and between them; and no direction.
    eighths = [
        (math.cos(k * math.pi / 8), math.sin(k * math.pi / 8)) for k in range(16)
    ]
    tried = [tuple(round(v, 12) for v in w) for w in eighths] + [(0.0, 0.0)]
    sign = {tuple(np.sign([a, b, round(a + b, 12)])) for a, b in tried}
    right = [
        sum((a * x + b * y > 0) == t for (x, y), t in zip(corners, nor, strict=True))
        for a, b in tried
    ]
    stored = numbers(printed("nor-search"))
    assert stored[:3] == [len(sign), 0, 100 * max(right) / 4] == [13, 0, 75]
    assert stored[3:5] == [0.5, 100]


def test_without_a_bias_the_loss_stays_above_an_eighth():
    trace = STORED.traces("neuron-nor")["without"]
    for w in ([0, 0], [-1, -1], [-4, -4], [4, -4]):
        assert trace.replay({"w": np.array(w, float)[:, None]})["L"] > 0.125
    far = trace.replay({"w": np.array([[-9.0], [-9.0]])})["L"]
    assert far == pytest.approx(0.125, abs=1e-6)
    assert numbers(printed("nor-search"))[-1] == 0.125


def test_the_fit_without_a_bias_misses_the_mean():
    X, t = load_diabetes(return_X_y=True)
    w = np.linalg.solve(X.T @ X, X.T @ t)
    without, with_b = (np.mean((X @ w + b - t) ** 2) for b in (0, t.mean()))
    stored = numbers(printed("offset-fit"))
    expected = [0, without, t.mean(), with_b, t.mean(), t.mean() ** 2]
    np.testing.assert_allclose(stored, expected, atol=0.051)
    assert "the ten weights agree: True" in printed("offset-fit")


# ------------------------------------------------------------------ the perceptron rule


@pytest.mark.parametrize("name", ["six points", "XOR"])
def test_the_walk_of_the_explorer_is_the_stored_one(name):
    trace = STORED.traces("neuron-perceptron")[name]
    start = trace.replay()
    assert (*start["w"], start["b"]) == SIX_START
    counts, path = walk(start["X"], start["t"], SIX_START, 6)
    row = next(r for r in printed("walk").splitlines() if r.startswith(name))
    assert numbers(row) == counts
    state = {}
    for _ in range(6 * len(start["t"])):
        values = trace.replay(state)
        state = {k: values[f"{k}_new"] for k in ("w", "b", "i")}
    np.testing.assert_allclose([*state["w"], state["b"]], path[-1], atol=1e-12)
    assert state["i"] == 0


def test_the_margin_is_seven_ninths_and_bounds_the_mistakes(six):
    X, t = six
    A = t[:, None] * np.column_stack([X, np.ones(6)])
    # The point of the hull of t x that is nearest to 0, from the three that touch it:
    # their shares are positive and no point lies nearer, so it is the nearest.
    touch = A[[0, 1, 3]]
    shares = np.linalg.solve(touch @ touch.T, np.ones(3))
    nearest = shares @ touch / shares.sum()
    gamma, R = np.linalg.norm(nearest), np.linalg.norm(A, axis=1).max()
    assert min(shares) > 0
    assert (A @ nearest).min() == pytest.approx(gamma**2)
    assert gamma == pytest.approx(7 / 9)
    found = numbers(printed("novikoff-margin"))
    np.testing.assert_allclose(found, [gamma, R**2, (R / gamma) ** 2], atol=0.05)
    assert found[0] == round(gamma, 4)
    searched = numbers(printed("novikoff-search"))
    assert gamma - 0.01 < searched[1] <= searched[2] == round(gamma, 3)

    counts, path = walk(X, t, (0, 0, 0), 3)
    stored = numbers(printed("novikoff-bound"))
    assert stored == [len(path), counts.index(0) + 1, *path[-1]]
    for k, w in enumerate(path, 1):
        assert k * gamma <= np.linalg.norm(w) <= math.sqrt(k) * R
    assert len(path) <= (R / gamma) ** 2


@given(st.integers(0, 10_000))
def test_the_perceptron_of_the_chapter_takes_the_steps_and_keeps_the_bound(seed):
    perceptron = STORED.run(["perceptron-code"], np=np)["perceptron"]
    rng = np.random.default_rng(seed)
    w, X = rng.normal(size=3), rng.normal(size=(20, 2))
    A = np.column_stack([X, np.ones(20)])
    z = A @ w / np.linalg.norm(w)
    kept = np.abs(z) > 0.1
    if not kept.any():
        return
    bound = np.sum(A[kept] ** 2, axis=1).max() / np.abs(z[kept]).min() ** 2
    found, mistakes, passes = perceptron(X[kept], np.sign(z[kept]), 10_000)
    counts, path = walk(X[kept], np.sign(z[kept]), (0, 0, 0), passes)
    assert (mistakes, counts[-1]) == (len(path), 0)
    np.testing.assert_allclose(found, path[-1], atol=1e-9)
    assert mistakes <= bound
    assert np.all(np.sign(z[kept]) * (A[kept] @ found) > 0)


def test_the_digits_are_counted_right():
    pixels, digit = load_digits(return_X_y=True)
    pair = digit < 2
    counts, path = walk(pixels[pair], np.where(digit[pair] == 1, 1, -1), [0] * 65, 3)
    expected = [pair.sum(), sum(counts), counts.index(0) + 1]
    assert numbers(printed("digits"))[-3:] == expected
    assert len(path) == sum(counts)


def test_xor_comes_back_to_zero():
    square, t = [(-1, -1), (-1, 1), (1, -1), (1, 1)], [-1, 1, 1, -1]
    counts, path = walk(square, t, (0, 0, 0), 1)
    assert counts == [4]
    assert path[-1] == [0, 0, 0]
    last = printed("xor-cycle").splitlines()[-1]
    assert last.endswith("[0 0 0 0] again after 4 points")


# ------------------------------------------------------------ the cell with a clock


def test_the_spikes_are_those_of_the_formula():
    """From 0 the voltage I(1 - exp(-t/tau)) reaches 1 after tau ln(I/(I - 1))."""
    rows = [numbers(row) for row in printed("fire-numbers").splitlines()]
    assert rows[0][1] == 0
    for current, spikes, first, _second in rows[1:]:
        period = 0.02 * math.log(current / (current - 1))
        assert spikes == math.floor(1 / period)
        assert first == pytest.approx(period, abs=1e-3)
