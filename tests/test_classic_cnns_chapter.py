"""Chapter 13: what its cells print and its explorers hold, against frozen values."""

import json
from pathlib import Path

import numpy as np
import pytest
from stored_chapter import Chapter

from nnlib import architectures as nets

STORED = Chapter("13")
printed = STORED.printed
FILE = Path(__file__).parent / "golden" / "convolution.json"
GOLDEN = json.loads(FILE.read_text())
COUNTS = GOLDEN["parameter_counts"]
RECORDING = """imports pencil-functions lenet-record lrn-record small-record
bottleneck-record""".split()
close = {"rtol": 1e-12, "atol": 1e-15}


@pytest.fixture(scope="module")
def traces():
    """What the chapter records, by the functions that record it."""
    return STORED.run(RECORDING)


def test_the_explorers_are_there():
    slugs = {"lenet-sides", "lrn", "three-small-kernels", "bottleneck"}
    specs = STORED.specs()
    assert set(specs) == slugs
    assert all(len(json.dumps(spec)) < 30_000 for spec in specs.values())


def test_the_pencil_counts():
    golden = COUNTS["vgg16_note004_numbers"]
    for key in ("first_conv_weights", "first_conv_with_bias"):
        assert f"{golden[key]:,}" in printed("pencil-numbers")
    for key in ("fc1_weights", "fc1_with_bias"):
        assert f"{golden[key]:,}" in printed("pencil-numbers")


def test_lenet_by_its_sides(traces):
    trace = traces["lenet_sides"]()
    found = trace.replay()
    assert [found[name] for name in ("C1", "S2", "C3", "S4")] == [28, 14, 10, 5]
    golden = COUNTS["lenet5_modern_fullC3_softmax"]
    assert found["count"] == golden["total"]
    assert found["c5"] == golden["layers"]["fc1 400-120"]
    larger = trace.replay({"n": 36.0})
    wide = nets.LENET5._replace(image=(1, 36, 36))
    assert larger["count"] == nets.parameters(wide)
    assert found["dL/dC1"] == 4800


def test_both_lenets_are_printed():
    golden = COUNTS["lenet5_1998_original"]
    assert f"{COUNTS['lenet5_modern_fullC3_softmax']['total']:,}" in printed(
        "lenet-table"
    )
    parts = [f"{n:,}" for n in golden["layers"].values()]
    assert " + ".join(parts) + " = 60,000" in printed("lenet-1998-numbers")


@pytest.mark.parametrize(
    "name",
    ["alexnet_2012_two_gpu_groups", "alexnet_no_groups", "alexnet_torchvision"],
)
def test_three_alexnets(name):
    assert f"{COUNTS[name]['total']:,}" in printed("alexnet-counts")


def test_the_literal_input_size_loses_parameters():
    lost = (9216 - 5 * 5 * 256) * 4096
    total = COUNTS["alexnet_2012_two_gpu_groups"]["total"] - lost
    assert f"{total:,}" in printed("alexnet-counts") and round(lost / 1e6, 1) == 11.5
    assert "54.25" in printed("alexnet-sizes")


def test_the_response_norm_of_the_explorer(traces):
    golden = GOLDEN["local_response_norm"]
    paper, pytorch = traces["recorded"](1), traces["recorded"](5)
    expected = golden["torch_LocalResponseNorm_same_alpha"]
    np.testing.assert_allclose(paper.replay()["y"][0], golden["paper_formula"], **close)
    np.testing.assert_allclose(pytorch.replay()["y"][0], expected, **close)


def test_the_response_norm_backward_by_hand(traces):
    own = dict(traces)
    exec(STORED.cells["lrn-closed-form"].source.split("by_hand")[0], own)
    x, g = np.random.default_rng(1).normal(size=(2, 1, 6))
    x, step = 30 * x, 1e-4

    def loss(x):
        S = 2 + 1e-4 * np.convolve(x[0] ** 2, np.ones(5), "same")
        return np.sum(g[0] * x[0] * S**-0.75)

    rises = [loss(x + step * e) - loss(x - step * e) for e in np.eye(6)]
    measured = np.array(rises) / (2 * step)
    np.testing.assert_allclose(own["lrn_backward"](x, g)[0], measured, rtol=1e-7)


def test_vgg_layer_by_layer():
    golden = COUNTS["vgg16"]
    lines = printed("vgg-table").splitlines()
    counts = [int(line.split(")")[1].split()[0].replace(",", ""))
              for line in lines if ")" in line and "pool" not in line]  # fmt: skip
    assert counts == list(golden["layers"].values())
    assert f"{golden['total']:,}" in lines[-1]
    assert " 74.3 %" in lines[-4] and "89.4 %" in printed("vgg-shares")
    assert f"{golden['conv_total']:,}" in printed("vgg-shares")


def test_three_small_kernels_see_seven_pixels(traces):
    trace = traces["three_layers"]()
    start = trace.replay()
    before = start["y3"][0, 0, 1, 1]
    moved = np.zeros((9, 9), dtype=bool)
    for pixel in np.ndindex(9, 9):
        x = start["x"].copy()
        x[0, 0, *pixel] += 1
        moved[pixel] = trace.replay({"x": x})["y3"][0, 0, 1, 1] != before
    assert moved[[1, 7]].any(axis=1).all() and moved[:, [1, 7]].any(axis=0).all()
    assert not moved[[0, 8]].any() and not moved[:, [0, 8]].any()


def test_googlenet_is_not_sixty_million():
    for key in ("googlenet_v1_5x5_with_biases_no_bn", "googlenet_torchvision_bn_3x3"):
        for total in ("total", "total_with_aux"):
            assert f"{COUNTS[key][total]:,}" in printed("googlenet-counts")
    assert f"{COUNTS['vgg19']['total']:,}" in printed("googlenet-counts")


def test_the_bottleneck(traces):
    golden = COUNTS["inception_bottleneck_5x5"]
    found = traces["bottleneck"]().replay()
    expected = golden["bottleneck_total"] / 1e6
    np.testing.assert_allclose(found["direct"], golden["direct_mults"] / 1e6, **close)
    np.testing.assert_allclose(found["reduced"], expected, **close)
    np.testing.assert_allclose(found["saving"], golden["ratio"], **close)
    np.testing.assert_allclose(found["dL/dr"], 0.777728, **close)
    np.testing.assert_allclose(found["r_par"], golden["bottleneck_params"] / 1e3)
    np.testing.assert_allclose(found["d_par"], golden["direct_params"] / 1e3)
    assert f"{golden['direct_params']:,}" in printed("bottleneck-numbers")


def test_the_work_of_vgg():
    assert f"{COUNTS['vgg16']['macs']:,}" in printed("work-numbers")
    assert "0.8 %" in printed("work-numbers")


def test_no_claim_is_false():
    for cell in STORED.cells:
        assert "False" not in printed(cell).replace("norm=False", "")


def test_the_sum_does_not_give_the_blocks_away():
    lines = printed("vgg-blocks-counts").splitlines()
    assert all(f"{COUNTS['vgg16']['total']:,}" in line for line in lines[1:])
    assert lines[1].split("work")[1] != lines[2].split("work")[1]
