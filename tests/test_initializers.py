"""First weights have the variance of their formula, and not its square or its root."""

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib.functional import relu, tanh
from nnlib.initializers import (
    kaiming_normal,
    kaiming_uniform,
    normal,
    xavier_normal,
    xavier_uniform,
    zeros,
)

FILE = Path(__file__).parent / "golden" / "layers_and_optimizers.json"
GOLDEN = json.loads(FILE.read_text())["init_and_vanishing"]
VARIANCES = {
    "kaiming_normal": (kaiming_normal, lambda n_in, n_out: 2 / n_in),
    "kaiming_uniform": (kaiming_uniform, lambda n_in, n_out: 2 / n_in),
    "xavier_normal": (xavier_normal, lambda n_in, n_out: 2 / (n_in + n_out)),
    "xavier_uniform": (xavier_uniform, lambda n_in, n_out: 2 / (n_in + n_out)),
    "normal(0.3)": (normal(0.3), lambda n_in, n_out: 0.09),
}
every_rule = pytest.mark.parametrize(
    "rule, variance", VARIANCES.values(), ids=VARIANCES
)


@every_rule
@pytest.mark.parametrize("shape", [(784, 256), (256, 784), (100, 1000), (400, 400)])
def test_variance(rule, variance, shape):
    W = rule(shape, rng=np.random.default_rng(0))
    expected = variance(*shape)
    # the sample variance of n normal numbers is off by about sqrt(2/n) of itself
    tolerance = 5 * math.sqrt(2 / W.size)
    assert abs(W.var() / expected - 1) < tolerance
    assert abs(W.mean()) < 5 * math.sqrt(expected / W.size)


@every_rule
@given(st.integers(1, 8), st.integers(1, 8), st.integers(0, 99))
def test_shape_type_and_reproducibility(rule, variance, n_in, n_out, seed):
    W = rule((n_in, n_out), rng=np.random.default_rng(seed))
    again = rule((n_in, n_out), rng=np.random.default_rng(seed))
    assert W.shape == (n_in, n_out) and W.dtype == np.float64
    np.testing.assert_array_equal(W, again)


@pytest.mark.parametrize("rule", [xavier_uniform, kaiming_uniform])
def test_uniform_rules_keep_to_their_limits(rule):
    W = rule((784, 256), rng=np.random.default_rng(0))
    a = math.sqrt(6 / (784 + 256 if rule is xavier_uniform else 784))
    assert np.abs(W).max() < a and np.abs(W).max() > 0.999 * a
    if rule is xavier_uniform:
        assert math.isclose(a, GOLDEN["n_in_784"]["glorot_uniform_limit_784_256"])


def test_golden_deviations():
    rng = np.random.default_rng(1)
    he = kaiming_normal((784, 256), rng=rng).std()
    assert math.isclose(he, GOLDEN["n_in_784"]["he_std"], rel_tol=0.01)
    glorot = xavier_normal((784, 256), rng=rng).std()
    assert math.isclose(glorot, GOLDEN["n_in_784"]["glorot_std_784_256"], rel_tol=0.01)


def through_30_layers(weights, activation):
    rng = np.random.default_rng(0)
    h = rng.standard_normal((64, 256))
    for _ in range(30):
        h = activation(h @ weights((256, 256), rng=rng))
    return h.std()


def test_the_signal_survives_30_layers():
    assert 0.3 < through_30_layers(kaiming_normal, relu) < 2
    assert 0.3 < through_30_layers(kaiming_uniform, relu) < 2
    assert 0.05 < through_30_layers(xavier_normal, tanh) < 0.3


def test_a_variance_taken_for_a_deviation_vanishes_and_the_other_way_explodes():
    assert 1e-33 < through_30_layers(normal(2 / 256), relu) < 1e-31
    assert 1e15 < through_30_layers(normal(math.sqrt(math.sqrt(2 / 256))), relu) < 1e17


def test_zeros_need_no_generator():
    assert not zeros((3,)).any() and zeros((3,)).dtype == np.float64


def test_normal_of_zero_is_zero():
    assert not normal(0)((2, 2), rng=np.random.default_rng(0)).any()


@pytest.mark.parametrize("std", [-1.0, float("nan")])
def test_normal_refuses_a_negative_deviation(std):
    with pytest.raises(
        ValueError, match=f"normal: std is {std}, but must be 0 or above"
    ):
        normal(std)


@pytest.mark.parametrize("name", [n for n in VARIANCES if "(" not in n])
@pytest.mark.parametrize("shape", [(3,), (), (2, 3, 4), (0, 3), (3, 0)])
def test_only_a_matrix_has_fans(name, shape):
    sentence = re.escape(f"{name}: shape {shape} is not (n_in, n_out)")
    with pytest.raises(ValueError, match=sentence):
        VARIANCES[name][0](shape, rng=np.random.default_rng(0))


@pytest.mark.parametrize("rule", [xavier_normal, kaiming_uniform, normal(1.0)])
def test_the_generator_is_required_by_name(rule):
    with pytest.raises(TypeError):
        rule((2, 2))
    with pytest.raises(TypeError):
        rule((2, 2), np.random.default_rng(0))
