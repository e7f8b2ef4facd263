"""Parameters, shapes and receptive fields of the famous networks, to the last unit."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from nnlib.architectures import (
    ALEXNET_TORCHVISION,
    LENET5,
    LENET5_1998,
    Conv,
    Dense,
    Network,
    Pool,
    alexnet,
    googlenet,
    multiply_adds,
    parameters,
    receptive_field,
    table,
    vgg,
)
from nnlib.convolution import Conv2d, MaxPool2d, flatten
from nnlib.layers import Linear, Sequential, parameter_count

FILE = Path(__file__).parent / "golden" / "convolution.json"
GOLDEN = json.loads(FILE.read_text())
COUNTS = GOLDEN["parameter_counts"]
NETWORKS = {
    "lenet5_1998_original": LENET5_1998,
    "lenet5_modern_fullC3_softmax": LENET5,
    "alexnet_2012_two_gpu_groups": alexnet(),
    "alexnet_no_groups": alexnet(groups=1),
    "alexnet_torchvision": ALEXNET_TORCHVISION,
    **{f"vgg{depth}": vgg(depth) for depth in (11, 13, 16, 19)},
    "googlenet_v1_5x5_with_biases_no_bn": googlenet(),
    "googlenet_torchvision_bn_3x3": googlenet(torchvision=True),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_golden_parameters_of_each_layer(name):
    golden = COUNTS[name]
    counts = [row.parameters for row in table(NETWORKS[name]) if row.parameters]
    assert counts == list(golden["layers"].values())
    assert parameters(NETWORKS[name]) == golden["total"]


@pytest.mark.parametrize("depth", [11, 13, 16, 19])
def test_golden_vgg(depth):
    golden, rows = COUNTS[f"vgg{depth}"], table(vgg(depth))
    assert multiply_adds(vgg(depth)) == golden["macs"]
    shapes = [[r.layer.split()[0], r.shape[1], r.shape[0]] for r in rows[:-3]]
    assert shapes == golden["shapes_size_channels"]
    assert sum(r.parameters for r in rows[:-3]) == golden["conv_total"]


@pytest.mark.parametrize("torchvision", [False, True])
def test_golden_auxiliary_classifiers(torchvision):
    golden = COUNTS[
        "googlenet_torchvision_bn_3x3"
        if torchvision
        else "googlenet_v1_5x5_with_biases_no_bn"
    ]
    network = googlenet(torchvision=torchvision, auxiliary=True)
    rows = [r.parameters for r in table(network) if r.layer.startswith("auxiliary")]
    assert rows == golden["aux_classifiers"]
    assert parameters(network) == golden["total_with_aux"]
    assert (
        receptive_field(network.layers)[-1]
        == receptive_field(googlenet(torchvision=torchvision).layers)[-1]
    )


def test_golden_shapes_of_lenet():
    shapes = [list(row.shape) for row in table(LENET5)]
    golden = COUNTS["lenet5_modern_fullC3_softmax"]["shapes"]
    assert shapes == [s for kind, s in golden if kind not in ("Tanh", "Flatten")]


def test_shapes_of_googlenet():
    rows = {row.layer: row.shape for row in table(googlenet())}
    assert rows["inception 3a"] == (256, 28, 28)
    assert rows["inception 4e"] == (832, 14, 14)
    assert rows["inception 5b"] == (1024, 7, 7)
    ceil = GOLDEN["conv_output_sizes"]["googlenet_pool_ceil_mode"]
    assert rows["pool 1"] == (64, ceil["ceil"], ceil["ceil"])
    size = Pool(ceil["f"], ceil["s"]).measure((1, ceil["n"], ceil["n"]))[0][1]
    assert size == ceil["floor"]


# image, kernel, stride, padding, and how many windows PyTorch has with ceil_mode=True
CEILS = [(3, 2, 2, 1, 2), (4, 2, 2, 1, 3), (5, 2, 2, 0, 3), (6, 3, 2, 1, 4)]
CEILS += [(5, 3, 1, 1, 5), (4, 3, 4, 1, 2), (3, 3, 4, 1, 1), (112, 3, 2, 0, 56)]


@pytest.mark.parametrize("n, kernel, stride, padding, windows", CEILS)
def test_no_window_begins_on_the_right_padding(n, kernel, stride, padding, windows):
    pool = Pool(kernel, stride, padding, ceil=True)
    assert pool.measure((1, n, n))[0] == (1, windows, windows)


def test_multiply_adds_by_hand():
    assert table(LENET5_1998)[2].multiply_adds == 60 * 25 * 100
    layers = Conv(4, 3, stride=2, padding=1, groups=2), Dense(5)
    network = Network("two layers", (6, 7, 5), layers)
    shape = [row.shape for row in table(network)]
    assert shape == [(4, 4, 3), (5,)]
    assert [row.multiply_adds for row in table(network)] == [4 * 3 * 9 * 12, 48 * 5]


CONV_3X3, POOL_2X2 = Conv(1, 3), Pool(2, 2)
STACKS = {
    "three_3x3": (CONV_3X3, CONV_3X3, CONV_3X3),
    "two_3x3": (CONV_3X3, CONV_3X3),
    "conv3_pool2_conv3": (CONV_3X3, POOL_2X2, CONV_3X3),
    "lenet": LENET5.layers,
    "vgg16": vgg(16).layers,
}


@pytest.mark.parametrize("name", STACKS)
def test_golden_receptive_field(name):
    found = receptive_field(STACKS[name])
    assert found == [tuple(pair) for pair in GOLDEN["receptive_field"][name]]


def test_an_inception_sees_through_its_largest_kernel():
    r, j = receptive_field(googlenet().layers)[5]
    assert (r, j) == (receptive_field(googlenet().layers)[4][0] + 4 * 8, 8)


def test_a_built_network_has_these_parameters_and_shapes():
    rng, built, C, shape = np.random.default_rng(0), [], 1, LENET5.image
    for layer, row in zip(LENET5.layers, table(LENET5), strict=True):
        if isinstance(layer, Conv):
            built.append(Conv2d.init(C, layer.out, layer.kernel, rng=rng))
        elif isinstance(layer, Pool):
            built.append(MaxPool2d(layer.kernel, layer.stride))
        else:
            built += [flatten] if len(shape) == 3 else []
            built.append(Linear.init(math.prod(shape), layer.out, rng=rng))
        C, shape = row.shape[0], row.shape
        assert Sequential(*built)(np.zeros((1, *LENET5.image))).shape == (1, *shape)
    assert parameter_count(Sequential(*built)) == parameters(LENET5)


def test_an_image_that_is_too_small_is_refused():
    small = LENET5._replace(image=(1, 12, 12))
    with pytest.raises(ValueError, match="output_size: a kernel of 5 spans 5 pixels"):
        table(small)
    with pytest.raises(ValueError, match="spans 5 pixels, but the image has 3"):
        Pool(5, 2, ceil=True).measure((1, 3, 3))
