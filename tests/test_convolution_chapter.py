"""Chapter 12: what its cells compute and its explorers hold, against frozen values."""

import json
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from stored_chapter import Chapter, numbers

ROOT = Path(__file__).parents[1]
STORED = Chapter("12")
printed = STORED.printed
GOLDEN = json.loads((Path(__file__).parent / "golden/convolution.json").read_text())
VOLUMES, POOLING = GOLDEN["conv_volumes"], GOLDEN["pooling"]
SIZES = GOLDEN["conv_output_sizes"]
BACKWARD = VOLUMES["stride2_pad1_backward"]
CHEAP = (
    "imports matrix-build border-uses window-record window-explorer volumes-maps "
    "volumes-layer volumes-explorer pencil-explorer transpose-numbers index-code "
    "index-witnesses pooling-record "
    "pooling-numbers sight-record sight-vgg sight-explorer"
).split()
close = {"rtol": 1e-12, "atol": 1e-12}


@pytest.fixture(scope="module")
def chapter():
    """The names that the cheap cells leave behind."""
    return STORED.run(c for c in STORED.cells if c.startswith(tuple(CHEAP)))


@pytest.fixture(scope="module")
def inside():
    """The names of the section that looks inside a network."""
    return STORED.run(["imports", "cnn-model", "inside-record", "inside-paint"])


def test_the_volume_is_the_golden_one(chapter):
    stack = VOLUMES["stack"]
    np.testing.assert_array_equal(chapter["X"][0], stack["X"])
    np.testing.assert_array_equal(chapter["K"], stack["W"])
    np.testing.assert_array_equal(chapter["b"], stack["b"])
    np.testing.assert_array_equal(chapter["Z"][0], stack["Y"])
    np.testing.assert_array_equal(
        chapter["parts"][0], stack["per_channel_maps_filter0"]
    )


def test_the_loops_go_backward_through_a_stride_and_padding(chapter):
    np.testing.assert_array_equal(chapter["dZ"], BACKWARD["upstream"])
    np.testing.assert_array_equal(chapter["dX"][:, 1:-1, 1:-1], BACKWARD["dX"])
    np.testing.assert_array_equal(chapter["dK"], BACKWARD["dW"])
    np.testing.assert_array_equal(chapter["db"], BACKWARD["db"])


def test_the_loops_on_one_channel(chapter):
    one = {k: np.array(v, dtype=float) for k, v in VOLUMES["single_channel"].items()}
    X, K, dZ = one["X"][None], one["K"][None, None], one["upstream"][None]
    dX, dK, db = chapter["conv_backward"](X, K, dZ)
    np.testing.assert_array_equal(dX[0], one["dX"])
    np.testing.assert_array_equal(dK[0, 0], one["dK"])
    assert db == [one["db"]]


@pytest.mark.parametrize(
    "key, steps",
    [("valid_6x6_3x3", {}), ("same_padding", {"padding": 1})],
)
def test_how_often_a_pixel_is_used(chapter, key, steps):
    count, _ = chapter["uses"](6, 3, **steps)
    np.testing.assert_array_equal(count, SIZES[f"pixel_use_counts_{key}"])


def test_the_sizes_that_are_printed():
    known = {(r["n"], r["f"], r["s"], r["p"]): r for r in SIZES["rows"]}
    found = 0
    for line in printed("size-table").splitlines()[:-1]:
        numbers = [float(x) for x in line.replace(",", " ").replace(":", " ").split()
                   if x.replace(".", "").isdigit()]  # fmt: skip
        case, (without, out) = tuple(map(int, numbers[:4])), numbers[4:]
        if case in known:
            row = known[case]
            assert (without, out) == (row["formula_without_floor"], row["out"])
            found += 1
    assert found >= 6


def test_each_window_explorer_has_the_size_of_its_switches(chapter):
    for (stride, padding, dilation), trace in chapter["variants"].items():
        s, p, d = (int(label[-1]) for label in (stride, padding, dilation))
        found = trace.replay({})
        size = chapter["output_size"](6, 3, stride=s, padding=p, dilation=d)
        assert found["Z"].shape == (1, 1, size, size)
        padded = np.pad(found["X"][0], ((0, 0), (p, p), (p, p)))
        if d == 1:
            back = chapter["conv_backward"](padded, found["K"], found["G"][0], s)
            inside = back[0][:, p : p + 6, p : p + 6]
            np.testing.assert_allclose(found["dL/dX"][0], inside, **close)
            np.testing.assert_allclose(found["dL/dK"], back[1], **close)
            np.testing.assert_allclose(found["dL/db"], back[2], **close)


@pytest.mark.parametrize("kind, key", [("max", "max"), ("average", "avg")])
def test_pooling_routes_the_golden_gradient(chapter, kind, key):
    found = chapter["pools"][f"pooling {kind}", "windows 2×2 apart"].replay({})
    np.testing.assert_array_equal(found["X"][0, 0], POOLING["X"])
    np.testing.assert_array_equal(found["G"][0, 0], POOLING["upstream"])
    np.testing.assert_array_equal(found["P"][0, 0], POOLING[key])
    np.testing.assert_array_equal(found["dL/dX"][0, 0], POOLING[f"dX_{key}"])


def test_overlapping_windows_share_a_winner(chapter):
    found = chapter["pools"]["pooling max", "windows 3×3 overlapping"].replay({})
    np.testing.assert_array_equal(found["P"][0, 0], POOLING["overlapping_3x3_s1"])
    assert found["dL/dX"][0, 0, 2, 0] == 1 + 3


def test_how_far_a_unit_sees(chapter):
    golden, conv, pool = GOLDEN["receptive_field"], (3, 1), (2, 2)
    for name, layers in [
        ("three_3x3", [conv] * 3),
        ("conv3_pool2_conv3", [conv, pool, conv]),
        ("vgg16", list(chain.from_iterable(chapter["blocks"]))),
    ]:
        assert list(chapter["sight"](layers)) == golden[name][-1]


def test_the_matrix_gives_the_gradient(chapter):
    """A row of T is the flipped kernel; the loops find what T and its places give."""
    row = np.zeros((4, 4))
    row[:3, :3] = chapter["K9"][0, 0, ::-1, ::-1]
    np.testing.assert_array_equal(chapter["T"][14].reshape(4, 4), row)
    dz, photo = chapter["dz"].reshape(1, 4, 4), chapter["photo"][0]
    dX, dK, _ = chapter["conv_backward"](photo, chapter["K9"], dz)
    np.testing.assert_allclose(chapter["dx_tape"], dX.ravel(), **close)
    np.testing.assert_allclose(chapter["dK_tape"], dK.ravel(), **close)


CLAIMS = "transpose-numbers-2 index-witnesses-4 cnn-result break-small-2 break-labels"


@pytest.mark.parametrize("cell", CLAIMS.split())
def test_what_is_claimed_holds(cell):
    assert "True" in printed(cell) and "False" not in printed(cell)


def test_the_stored_weights_are_small_and_no_pickles():
    stored = np.load(ROOT / "notebooks/data/digits_cnn.npz", allow_pickle=False)
    assert {name: stored[name].shape for name in stored} == {
        "0.K": (8, 1, 3, 3), "0.b": (8,), "3.K": (16, 8, 3, 3), "3.b": (16,),
        "7.W": (64, 10), "7.b": (10,)}  # fmt: skip
    assert all(np.array_equal(stored[n], stored[n].round(2)) for n in stored)


def test_the_pencil_explorer_shows_the_numbers_of_the_text(chapter):
    found = chapter["line"].replay({})
    assert found["dL/dK"].ravel().tolist() == [-3, -1]
    assert found["dL/dX"].ravel().tolist() == [2, -5, 8, -3]


def controls(slug):
    return {control["target"] for control in STORED.specs()[slug]["controls"]}


def places(name, *shape):
    return {f"{name}[{','.join(map(str, i))}]" for i in np.ndindex(shape)}


def test_every_weight_of_a_small_kernel_is_the_readers():
    assert places("K", 1, 1, 3, 3) <= controls("window-steps")
    pencil = places("K", 1, 1, 1, 2) | places("G", 1, 1, 1, 3)
    assert controls("four-numbers-two-taps") == pencil
    volume = places("K", 2, 3, 3, 3) | places("G", 1, 2, 4, 4)
    assert volume <= controls("volume-backward")
    for variant in STORED.traces("volume-backward").values():
        assert np.abs(variant.replay({})["G"]).max() <= 12  # the slider's end


@pytest.mark.parametrize("p, d, outside", [(0, 1, 0), (1, 1, 5), (1, 2, 5), (2, 1, 8)])
def test_how_many_taps_of_the_first_window_fall_outside(p, d, outside):
    starts = [d * u - p for u in range(3)]
    assert sum(a < 0 or b < 0 for a in starts for b in starts) == outside
    if outside == 8:
        answer = STORED.cells["window-answer"].source
        assert "Five of nine; with padding 2 and dilation 1, eight" in answer


def test_the_padding_that_keeps_the_size_and_the_kernel_that_copies(chapter):
    one = np.eye(9)[4].reshape(1, 1, 3, 3)
    for s, p, d in [("1", "1", "1"), ("1", "2", "2")]:
        label = f"stride {s}", f"padding {p}", f"dilation {d}"
        found = chapter["variants"][label].replay({"K": one})
        np.testing.assert_array_equal(found["Z"], found["X"])
    kept = [label[1:] for label, trace in chapter["variants"].items()
            if trace.replay({})["Z"].shape == (1, 1, 6, 6)]  # fmt: skip
    assert kept == [("padding 1", "dilation 1"), ("padding 2", "dilation 2")]


def one_map(X, kernel, bias):
    """A map by four loops, with no function of nnlib."""
    Z = np.zeros((4, 4))
    for i, j in np.ndindex(4, 4):
        for c, u, v in np.ndindex(3, 3, 3):
            Z[i, j] += X[c, i + u, j + v] * kernel[c, u, v]
    return Z + bias


def test_ten_kernels_make_ten_maps(chapter):
    found = chapter["ten"].replay({})
    X, K, b = found["X"][0], found["K"], found["b"]
    assert K.size + b.size == 280 == (3 * 3 * 3 + 1) * 10
    assert STORED.specs()["ten-kernels"]["variants"][0]["trace"]["title"] == (
        "Ten kernels, 280 parameters"
    )
    maps = [one_map(X, kernel, bias) for kernel, bias in zip(K, b, strict=True)]
    np.testing.assert_array_equal(found["Z"][0], maps)
    np.testing.assert_array_equal(found["Z"][0, :2], VOLUMES["stack"]["Y"])
    assert all(np.array_equal(a, np.round(a)) for a in (X, K, b))


def test_how_many_numbers_hang_on_a_pixel_a_weight_and_a_bias(chapter):
    found = chapter["ten"].replay({})
    pixel = np.count_nonzero(found["K"][:, 0], axis=(1, 2))  # (2, 2): all nine taps
    weight = np.count_nonzero(found["X"][0, 0, :4, :4])
    said = [[int(n) for n in row.replace("[", " ").replace("]", " ").split()
             if n.isdigit()]
            for row in printed("volumes-hang").replace("X[0,0,2,2]", "")
            .replace("K[0,0,0,0]", "").replace("b[9]", "").splitlines()]  # fmt: skip
    assert said == [
        [pixel.sum(), *pixel], [weight, weight, *[0] * 9], [16, *[0] * 9, 16],
    ]  # fmt: skip
    assert pixel.sum() < 90 and weight < 16


@pytest.mark.parametrize("layer, r, j", [("conv", 7, 1), ("pooling", 8, 2),
                                         ("strided conv", 9, 2)])  # fmt: skip
def test_the_second_layer_decides_how_far_a_unit_sees(chapter, layer, r, j):
    """A pixel counts as seen if some value of it changes the unit."""
    trace = chapter["stacks"][(f"second {layer}",)]
    X = trace.replay({})["X"]
    base = trace.replay({})["layer 3"][0, 0]
    seen = np.zeros((2, 12), bool)
    for row in range(12):
        image = X.copy()
        image[0, 0, row] = 1000 + np.arange(12)
        changed = trace.replay({"X": image})["layer 3"][0, 0] != base
        seen[:, row] = changed[0, 0], changed[1, 0]
    first, second = (np.flatnonzero(rows) for rows in seen)
    assert list(first) == list(range(r)) and second[0] - first[0] == j
    assert f"conv, {layer}, conv: ({r}, {j})" in printed("sight-vgg-2")


def test_the_painted_digit_by_other_means(inside):
    """The maps by loops; the slopes of the score by differences."""
    trace, stored = inside["sister"], inside["stored"]
    old, eight = inside["X"].value[0, 0], inside["X"].value[0, 0].copy()
    eight[3:5, 3:5] = 16

    def maps(image):
        x, K = np.pad(image / 16, 1), stored["0.K"][:, 0]
        sums = [[[np.sum(k * x[i : i + 3, j : j + 3]) for j in range(8)]
                 for i in range(8)] for k in K]  # fmt: skip
        return np.maximum(np.array(sums) + stored["0.b"][:, None, None], 0)

    moved = np.abs(maps(eight) - maps(old)).max(axis=(1, 2))
    lines = printed("inside-paint").splitlines()
    assert lines[0] == "it reads 0 and then 8"
    said = numbers(lines[1])
    assert said[:-1] == pytest.approx(moved, abs=6e-3) and said[-1] == moved.argmax()
    two = np.sort(moved)[-2:]
    assert two[1] - two[0] > 0.5
    h = 1e-5
    slopes = np.full((8, 8), -np.inf)
    for i, j in np.argwhere(eight < 16):
        nudge = np.zeros((8, 8))
        nudge[i, j] = h
        up, down = (
            trace.replay({"X": (eight + n)[None, None], "digit": 8})["L"]
            for n in (nudge, -nudge)
        )
        slopes[i, j] = (up - down) / (2 * h)
    best = [divmod(int(k), 8) for k in np.argsort(-slopes, axis=None)[:3]]
    assert [line.split("]")[0].split("0,0,")[1] for line in lines[2:]] == [
        f"{i},{j}" for i, j in best
    ]
    for line, place in zip(lines[2:], best, strict=True):
        assert float(line.split()[-1]) == pytest.approx(slopes[place], abs=6e-3)


@pytest.mark.parametrize("n", [6, 7, 8])
@pytest.mark.parametrize("k, s, p", [(3, 2, 0), (3, 2, 1), (2, 3, 1), (1, 3, 0)])
def test_zeros_for_what_the_floor_dropped_make_a_stride_one_of_1(chapter, n, k, s, p):
    """dK and dX as sums of stride 1, over dZ with zeros between and q at its end."""
    rng = np.random.default_rng(n)
    x, kernel = rng.normal(size=(n + 2 * p,) * 2), rng.normal(size=(k, k))
    q, size = (n + 2 * p - k) % s, (n + 2 * p - k) // s + 1
    dZ = rng.normal(size=(size, size))
    spread = np.zeros((s * (size - 1) + 1 + q,) * 2)
    spread[: s * size : s, : s * size : s] = dZ
    dX, dK, _ = chapter["conv_backward"](x[None], kernel[None, None], dZ[None], s)
    m, full = len(spread), np.pad(spread, k - 1)
    flipped = kernel[::-1, ::-1]
    slid = [[np.sum(full[a : a + k, b : b + k] * flipped) for b in range(len(x))]
            for a in range(len(x))]  # fmt: skip
    over = [[np.sum(x[u : u + m, v : v + m] * spread) for v in range(k)]
            for u in range(k)]  # fmt: skip
    np.testing.assert_allclose(slid, dX[0], **close)
    np.testing.assert_allclose(over, dK[0, 0], **close)


def test_which_gradients_hang_on_a_weight(chapter):
    """Only dX, in the windows whose first tap lies on the image."""
    trace = STORED.traces("volume-backward")["stride 2, padding 1"]
    found = trace.replay({})
    on_image = [(i, j) for i, j in np.ndindex(3, 3) if 2 * i >= 1 and 2 * j >= 1]
    heard = sum(found["G"][0, 1, i, j] != 0 for i, j in on_image)
    said = [numbers(row)[0] for row in printed("volume-changes").splitlines()[:4]]
    assert found["K"][1, 0, 0, 0] == -2 and said == [heard, 0, 0, 0]
    assert printed("volume-changes").endswith("there: True\nand elsewhere: 0.0\n")


def test_where_windows_of_digits_tie(chapter):
    images = chapter["load_digits"]().images
    count = {"all 0": 0, "tie at 16": 0, "others": 0}
    for image in images.astype(int):
        for i, j in np.ndindex(4, 4):
            window = sorted(image[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].ravel())
            if window[-1] == window[-2]:
                where = {0: "all 0", 16: "tie at 16"}.get(window[-1], "others")
                count[where] += 1
    total = 16 * len(images)
    for where, ties in count.items():
        (said,) = STORED.numbers_after("pooling-ties-mask-2", f"{where}:")
        assert said == round(100 * ties / total, 1)
    (said,) = STORED.numbers_after("pooling-ties-mask-2", "in windows of 0:")
    assert said == 3 * count["all 0"]


def test_layer_2_sees_less_and_neighbours_stand_apart():
    rows = printed("sight-layers").splitlines()
    assert [numbers(row) for row in rows] == [
        [1, 2, 5, 2, 2, 1], [2, 2, 4, 4, 2, 2], [2, 2, 5, 4, 2, 2],
    ]  # fmt: skip


def test_how_channels_grow_in_the_papers():
    _, lenet, _, _, alexnet, _, _, vgg, _ = printed("papers-table-2").splitlines()
    assert alexnet.endswith("3/1/1→384@13 3/1/1→256@13")
    assert vgg.endswith("3/1/1→512@28 3/1/1→512@14") and "16@10" in lenet
    assert [float(layer.split("→")[1].split("@")[0]) for layer in vgg.split()[1:]] == [
        64, 128, 256, 512, 512,
    ]  # fmt: skip


TURNED = [[1, 2, 3], [4, 5, 4], [3, 2, 1]]
ANSWERS = [
    (2, [6, 14], "right"),
    (2, [12, 20], "both sides together"),
    (2, [12, 14], "both sides together; the width is right"),
    (4, TURNED, "right"),
    (4, [[1], [1, 2]], "no 3 × 3 table"),
    (4, [[1, 2, 3], [4, 5], [6]], "no 3 × 3 table"),
    (4, "Sobel", "no 3 × 3 table"),
    (4, [[1, 2], [2, 1]], "the shape is (2, 2)"),
    (4, np.ones((3, 3)), "at least two must differ"),
    (4, [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], "minus itself"),
    (4, [[1, 0, 1], [2, 0, 2], [3, 0, 3]], "rows and columns at once"),
    (4, np.arange(9.0).reshape(3, 3), "another kernel"),
    (5, [7, 6960, 12560], "right"),
    (5, [7, 6960, 12544], "the biases of the one"),
    (5, [7, 6912, 12560], "the biases of the three"),
    (5, [7, 6928, 12544], "2 of 3 numbers"),
    (5, [7, 6944, 12560], "1 of 3 numbers"),
]


@pytest.mark.parametrize("number, answer, told", ANSWERS)
def test_an_answer_and_what_is_said_of_it(chapter, number, answer, told):
    given = {f"answer_{number}": answer}
    said = STORED.verdict(f"exercise-{number}-check", chapter | given)
    assert said.startswith("not yet: ") != (told == "right") and told in said
