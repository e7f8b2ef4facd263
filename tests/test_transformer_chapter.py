"""Chapter 25: what its cells compute and its explorers hold, against frozen values."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from stored_chapter import Chapter

from nnlib import closed_form, ops, value_and_grad
from nnlib.gpt import generate
from nnlib.transformer import DecoderBlock

STORED = Chapter("25")
printed = STORED.printed
FILE = Path(__file__).parent / "golden" / "attention.json"
GOLDEN = json.loads(FILE.read_text())["transformer"]
COUNTS = GOLDEN["counts"]
SLOW = "deep-table deep-result gpt-train gpt-cheat parallel-times".split()
close = {"rtol": 1e-10, "atol": 1e-12}


@pytest.fixture(scope="module")
def chapter():
    """The names that all cells leave behind but those that train."""
    return STORED.run(STORED.all_but(SLOW))


def test_the_numbers_are_the_golden_ones(chapter):
    assert GOLDEN["X"] == chapter["X"].tolist()
    for name in "QKVO":
        assert GOLDEN[f"W{name.lower()}"] == chapter["given"][f"W_{name}"].tolist()
    for name in ("W1", "b1", "W2", "b2"):
        assert np.array_equal(GOLDEN["ffn"][name], chapter[name])


def test_the_pencil_of_four_words(chapter):
    """The query (2, 0) meets the keys (0, 0), (2, 0), (0, 1) and (0, 2)."""
    e = np.exp(4 / np.sqrt(2))
    expected = np.array([1, e, 1, 1]) / (e + 3)
    found = chapter["four"].replay({})
    np.testing.assert_allclose(found["A"][3], expected, rtol=1e-12)
    V = np.array([[0, 0], [2, 2], [0, 1], [0, 2]])
    np.testing.assert_allclose(found["O"][3], expected @ V, rtol=1e-12)


def test_a_thing_that_needs_nothing_looks_at_what_needs_things(chapter):
    moved = chapter["four"].replay({"X": [[0, 0], [2, 0], [0, 1], [4, 0]]})
    assert np.argmax(moved["A"][3]) == 2 and moved["A"][3, 2] > 0.8


def test_heads_are_golden(chapter):
    heads, X = chapter["heads"], chapter["X"]
    np.testing.assert_allclose(heads(X), GOLDEN["multihead"]["y"], **close)
    found = heads(X, mask=chapter["causal_mask"](3))
    np.testing.assert_allclose(found, GOLDEN["masked_multihead"]["y"], **close)


def test_the_last_word_changes_nothing_before_it(chapter):
    other, heads = chapter["other"], chapter["heads"]
    assert np.abs(heads(other) - heads(chapter["X"])).max(axis=1).min() > 0.1
    six = chapter["six"]["X"].copy()
    six[5] += [1, -1, 2, 0, 0, 0, 0, 0]
    for (kind,), trace in chapter["masks"].items():
        change = np.abs(trace.replay({"X": six})["Y"] - trace.replay({})["Y"])
        changed = list(change.max(axis=1) > 1e-12)
        assert changed == [kind == "open"] * 5 + [True]


def softmax(S):
    e = np.exp(S - S.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def attend(Q, K, V, M=1.0):
    with np.errstate(divide="ignore"):
        return softmax(Q @ K.T / np.sqrt(Q.shape[1]) + np.log(M)) @ V


def two_heads(X, W, M):
    Q, K, V = (X @ W[f"W_{n}"] for n in "QKV")
    O = [attend(Q[:, c], K[:, c], V[:, c], M) for c in (slice(0, 4), slice(4, 8))]
    return np.hstack(O) @ W["W_O"]


def differences(f, X, h=1e-6):
    """The gradient of f by central differences, number by number."""
    found = np.zeros_like(X)
    for at in np.ndindex(X.shape):
        step = np.zeros_like(X)
        step[at] = h
        found[at] = (f(X + step) - f(X - step)) / (2 * h)
    return found


@pytest.mark.parametrize("kind", ["masked", "open"])
def test_two_heads_forward_and_back(chapter, kind):
    W, G = chapter["six"], chapter["six"]["G"]
    M = np.tril(np.ones((6, 6))) if kind == "masked" else np.ones((6, 6))
    found = chapter["masks"][(kind,)].replay({})
    np.testing.assert_allclose(found["Y"], two_heads(W["X"], W, M), **close)
    right = differences(lambda X: np.sum(two_heads(X, W, M) * G), W["X"])
    np.testing.assert_allclose(found["dL/dX"], right, rtol=1e-6, atol=1e-8)
    reached = list(np.abs(found["dL/dX"]).max(axis=1) > 0)
    assert reached == [True] * 3 + [kind == "open"] * 3


@pytest.mark.parametrize(("swap", "places"), [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_words_change_places(chapter, swap, places):
    found = chapter["shuffled"].replay({"swap": swap, "places": places})
    E = np.array([[2.0, 0], [0, 1], [1, 1]])
    p = np.arange(3)
    PE = places * np.round([np.sin(p), np.cos(p)], 2).T
    order = [2, 1, 0] if swap else [0, 1, 2]
    y, z = (attend(X, X, X) for X in (E + PE, E[order] + PE))
    for name, right in {"fX": y, "fX'": z, "PfX": y[order]}.items():
        np.testing.assert_allclose(found[name], right, **close)
    np.testing.assert_allclose(found["mX'"][0], z.mean(axis=0), **close)
    same = not (swap and places)  # X' is P X: attention is equivariant
    assert np.allclose(found["X'"], found["X"][order]) == same
    assert np.allclose(found["fX'"], found["PfX"]) == same
    assert np.allclose(found["mX'"], found["mX"]) == same


@pytest.mark.parametrize("slug", ["depth", "decoder-block"])
def test_each_norm_has_its_number(slug):
    """Forward and back: what is written is sigma_4, never two things the same."""
    for variant in STORED.specs()[slug]["variants"]:
        symbols = [s.get("symbol") or "" for s in variant["trace"]["steps"]]
        norms = [s for s in symbols if re.search(r"sigma|mu|c_|partial [vr]", s)]
        assert len(set(norms)) == len(norms) and r"\sigma_3^2" in norms
        assert not any(re.search(r"partial [vr]", s) for s in norms)


def test_positions_are_golden(chapter):
    found = chapter["sinusoidal_positions"](4, 4)
    np.testing.assert_allclose(found, GOLDEN["positional_encoding_d4_first4"], **close)
    at = chapter["look_up"].replay({"token": [3.0], "place": [5.0]})
    table = chapter["sinusoidal_positions"](12, 4)
    np.testing.assert_allclose(at["x"][0], at["E"][3] + table[5], rtol=1e-12)
    assert np.argmax(at["alike"]) == 5


def test_the_feed_forward_network_is_golden(chapter):
    found = chapter["feed_forward"](chapter["X"])
    np.testing.assert_allclose(found, GOLDEN["ffn"]["y"], **close)


@pytest.mark.parametrize("kind", ["pre", "post"])
def test_the_block_is_golden(chapter, kind):
    found = chapter["kinds"][(f"{kind}-norm",)].replay({})
    expected = GOLDEN[f"encoder_block_{kind}_norm"]
    np.testing.assert_allclose(found["x2"], expected, **close)
    flat = np.allclose(found["x2"].std(axis=1), 1, atol=1e-3)
    assert flat == (kind == "post")


@pytest.mark.parametrize("kind", ["pre", "post"])
def test_the_decoder_is_that_of_the_library(chapter, kind):
    """With weights other than those recorded, too; outputs and both gradients."""
    given, rng = chapter["translation"], np.random.default_rng(0)
    drawn = {n: rng.normal(size=np.shape(x)) for n, x in given.items()}
    trace = chapter["decoders"][(f"{kind}-norm",)]
    names = {"attention": 1, "cross_attention": 2}
    for numbers in (given, drawn):
        p = {n: np.array(x, dtype=float) for n, x in numbers.items()}
        W = {f"{a}.W_{n}": p[f"W_{n}{k}"] for a, k in names.items() for n in "QKVO"}
        W |= {"feed_forward.0.W": p["W1"], "feed_forward.2.W": p["W2"]}
        block = DecoderBlock.init(4, 1, 4, rng=rng, pre_norm=kind == "pre")
        drawn_too = block.parameters()
        plain = {n: 0 * w for n, w in drawn_too.items() if w.ndim == 1}
        plain |= {n: 1 + w for n, w in plain.items() if n.endswith("gamma")}
        block = block.with_parameters(drawn_too | plain | W)
        weigh = value_and_grad(
            lambda x, block=block, p=p: ops.sum(
                block(x["x0"], x["Y"]) * p["G"], axes=(0, 1)
            )
        )
        _, right = weigh({"x0": p["x0"], "Y": p["Y"]})
        found = trace.replay(p)
        np.testing.assert_allclose(found["x3"], block(p["x0"], p["Y"]), **close)
        for name in ("x0", "Y"):
            np.testing.assert_allclose(found[f"dL/d{name}"], right[name], atol=1e-12)


@pytest.mark.parametrize("kind", ["pre", "post"])
def test_cat_finds_chat_and_does_not_see_black(chapter, kind):
    found = chapter["decoders"][(f"{kind}-norm",)].replay({})
    weights = [x for n, x in found.items() if n[0] == "A" and x.shape == (2, 3)]
    assert np.argmax(weights[0][0]) == 1 and round(weights[0][0, 1], 2) == 0.79
    reached = np.abs(found["dL/dx0"]).max(axis=1)
    assert reached[0] > 0.01 and reached[1] == 0
    assert np.abs(found["dL/dY"]).max(axis=1).min() > 0.01


def sizes_over_depth(chapter, kind, s):
    found = chapter["stacks"][(f"{kind}-norm",)].replay({"a": s})
    norms = [
        [np.linalg.norm(found[f"{d}x{l}"]) for l in range(4)] for d in ("", "dL/d")
    ]
    return np.array(norms) / np.sqrt(8)


@pytest.mark.parametrize("s", [0, 0.5, 1, 2, 4])
def test_gradients_over_depth_are_what_pythagoras_says(chapter, s):
    sigma = np.sqrt(1 + s**2 * np.arange(4))
    stream, gradients = sizes_over_depth(chapter, "pre", s)
    np.testing.assert_allclose(stream, sigma, rtol=1e-12)
    np.testing.assert_allclose(gradients, 1 / sigma, rtol=1e-12)
    np.testing.assert_allclose(sizes_over_depth(chapter, "post", s), 1, rtol=1e-12)


def stack(W, x, G, pre):
    """Sizes of the gradient at each depth, with the library's layer norm."""
    one, zero, passed = np.ones(x.shape[1]), np.zeros(x.shape[1]), []

    def norm(x):
        y, back = closed_form.layer_norm(x, one, zero, eps=1e-12)
        return y, lambda g: back(g)[0]

    for w in W:
        if pre:
            n, back = norm(x)
            x = x + n @ w
            passed.append(lambda g, w=w, back=back: g + back(g @ w.T))
        else:
            x, back = norm(x + x @ w)
            passed.append(lambda g, w=w, back=back: back(g) + back(g) @ w.T)
    g = norm(x)[1](G) if pre else G
    sizes = [np.linalg.norm(g)]
    for back in passed[::-1]:
        sizes.append(np.linalg.norm(g := back(g)))
    return np.array(sizes[::-1])


@pytest.mark.parametrize("kind", ["pre", "post"])
def test_the_thin_stack_keeps_what_layer_norm_does(chapter, kind):
    """Its norm leaves the mean out, which is 0: the whole layer norm gives the same."""
    given = {n: np.array(x, dtype=float) for n, x in chapter["numbers"].items()}
    found = stack([2 * given["J"]] * 3, given["x0"], given["G"], kind == "pre")
    here = sizes_over_depth(chapter, kind, 2.0)[1] * np.sqrt(8)
    np.testing.assert_allclose(found, here, rtol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_long_random_rows_are_nearly_at_right_angles(seed):
    rng, D, s = np.random.default_rng(seed), 512, 2.0
    W = s * rng.normal(size=(6, D, D)) / np.sqrt(D)
    x, G = rng.normal(size=(2, 1, D))
    x = (x - x.mean()) / x.std()
    pre, post = (stack(W, x, G, pre) for pre in (True, False))
    np.testing.assert_allclose(pre[-1] / pre[0], 1 / 5, rtol=0.15)
    np.testing.assert_allclose(post[-1] / post[0], 1, rtol=0.3)


def test_layer_norm_backward_by_hand(chapter):
    dx = chapter["norm_backward"](np.array([[2.0, 2, -2, -2]]), np.eye(4)[:1])
    np.testing.assert_allclose(dx, [[0.25, -0.25, 0, 0]], atol=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_the_last_block_tells_the_norms_apart(chapter, seed):
    """Its gradient falls with depth in pre-norm, and does not in post-norm."""
    shallow, deep = ([chapter["sizes"](depth, pre, seed)[1] for pre in (True, False)]
                     for depth in (2, 24))  # fmt: skip
    assert deep[0] < 0.5 * shallow[0] and deep[1] > 0.8 * shallow[1]


def test_counts_are_golden(chapter):
    text = printed("counts-check") + printed("gpt-count") + printed("vit-count")
    for name in ("encoder_layer_base", "decoder_layer_base", "gpt2_small_124M",
                 "vit_b16_params"):  # fmt: skip
        assert f"{COUNTS[name]:,}" in text
    assert set(re.findall(r"[\d,]{9}", printed("heads-count"))) == {"1,050,624"}
    assert 6 * (COUNTS["encoder_layer_base"] + COUNTS["decoder_layer_base"]) == 44138496
    assert chapter["count"](50257, 1024, 768, 12) == COUNTS["gpt2_small_124M"]
    assert chapter["patches"].shape == (COUNTS["vit_b16_tokens"] - 1, 768)


def test_both_ways_to_write_give_the_same_logits(chapter):
    """The page's cache, replayed letter by letter, against the whole window."""
    verse, state = chapter["verse"], {}
    whole = chapter["whole"].replay({"token": np.r_[verse[:10], np.zeros(14)]})
    np.testing.assert_allclose(whole["z"][:10], chapter["tiny"](verse[:10]), **close)
    for k in range(10):
        given = {"token": verse[k : k + 1] * 1.0} | state
        found = chapter["one_row"].replay(given)
        state = {old: found[new] for old, new in chapter["state"].items()}
        np.testing.assert_allclose(found["z"][0], whole["z"][k], **close)
        for name in ("A1", "A2"):
            np.testing.assert_allclose(found[name][0], whole[name][k], **close)


def test_the_page_counts_the_work_as_the_chapter(chapter):
    view = STORED.specs()["tiny-gpt"]["view"]
    work, tiny = dict(view["work"]), chapter["tiny"]
    text = printed("cache-code")
    assert f"{sum(work[1]):,} with the cache" in text
    assert f"{sum(work[24]):,} without" in text
    assert work[24][-1] == tiny.multiply_adds(24) == 101_760
    assert sum(work[1]) == 92_928
    answer = STORED.cells["cache-answer"].source
    assert "92,928" in answer and "101,760" in answer


@pytest.mark.parametrize("slug", STORED.specs())
def test_a_trace_is_not_larger_than_asked(slug):
    for variant in STORED.specs()[slug]["variants"]:
        assert len(json.dumps(variant["trace"], separators=(",", ":"))) <= 60_000


def test_it_still_knows_the_poem_with_two_digits(chapter):
    rng, verse = np.random.default_rng(0), chapter["verse"]
    ids = generate(chapter["tiny"], verse[None, :6], steps=40, rng=rng, top_k=1)
    letters = "".join(chapter["tokens"][i] for i in ids[0])
    assert letters == "".join(chapter["letters"][:46])


CLAIMS = """self-result heads-witness norm-agree block-check order-code ff-code
ff-convolution counts-check gpt-train gpt-cheat-result cache-code
vit-convolution""".split()


@pytest.mark.parametrize("cell", CLAIMS)
def test_what_is_claimed_holds(cell):
    assert "True" in printed(cell) and "False" not in printed(cell)


def test_post_norm_stays_behind_sometimes_and_when_deep():
    assert printed("deep-result").splitlines() == [
        " 6 blocks, pre-norm: 3 of 3 below 2.7, 0 above 2.9",
        " 6 blocks, post-norm: 2 of 3 below 2.7, 1 above 2.9",
        "12 blocks, pre-norm: 1 of 1 below 2.7, 0 above 2.9",
        "12 blocks, post-norm: 0 of 1 below 2.7, 1 above 2.9",
    ]


def test_without_the_sums_all_rows_become_equal():
    rows = printed("deep-broken-result").splitlines()
    assert [row.count("equal: True") for row in rows] == [0, 1, 1, 1]
    assert all("equal: False; without" in row for row in rows)


def test_both_heads_look_at_the_last_letters():
    first, second = (
        [float(x) for x in re.findall(r"0\.\d+", row)]
        for row in printed("cache-heads").splitlines()
    )
    assert sum(first) > 0.7 and sum(second) > 0.7
    assert min(second[:2]) > max(second[2:]) and first[2] > second[2]
    assert np.argmax(first) == 1 and first[0] < first[2]


def test_positions_break_the_symmetry():
    assert "False" in printed("order-positions")


def test_the_recurrent_layer_forgets_and_attention_does_not():
    attention, recurrent = printed("parallel-far").splitlines()
    assert "above .1: True" in attention and "below 1e-5: True" in recurrent


# ---- exercises: a right answer is right, and a known slip is named ----

WRONG = {
    1: {
        (2, 0, -2, 0): "divide by sigma",
        (1.5, -0.5, -0.5, -0.5): "along x-hat is missing",
        (1.5, 0.5, -0.5, 0.5): "mean of dy",
    },
    2: {
        (1220, 1570): "W_O",
        (1310, 1760): "gamma and beta",
        (1330, 1350): "second attention",
        (1330, 1770): "third norm",
        (1330, 1785): "1 of 2 numbers",
    },
    4: {
        ((0, 1, 2, 3), (0, 1, 3, 2)): "the last token asks",
        ((0, 1, 2, 3), (0, 1, 2, 3)): "same order",
        ((0, 1, 2, 2), (0, 1, 2, 3)): "each once",
        (0, 1, 2, 3): "each once",
        3: "each once",
    },
    5: {
        (9_437_184, 9_437_184): "two of each",
        (18_874_368, 37_748_736): "half as wide",
        (9_437_184, 18_874_368): "two of each; and twice the heads",
        (18_855_936, 18_855_936): "2 of 2 numbers",
    },
}
RIGHT = {
    1: [1, 0, -1, 0],
    2: [1330, 1790],
    4: [[2, 1, 0, 3], [0, 1, 2, 3]],
    5: [18_874_368] * 2,
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


MENDED = {
    "x + F(LN(x))": "right",
    "LN(x + F(x))": "that is post-norm",
    "x + F(x)": "should read the normed stream",
    "F(LN(x))": "the sum is missing",
    "LN(x) + F(LN(x))": "the sum is normed, too",
    "LN(x) + F(x)": "the other way round",
    "x + LN(F(x))": "stands after the part",
}


@pytest.mark.parametrize("code", MENDED)
def test_the_code_to_mend(chapter, code):
    given = {"pre_norm": eval(f"lambda x, LN, F: {code}")}
    assert MENDED[code] in said(chapter, 3, **given)
