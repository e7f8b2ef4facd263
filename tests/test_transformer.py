"""Layer norm, blocks and the GPT: golden values, PyTorch's frozen ones, the cache."""

# One row, one sentence, however long.
# ruff: noqa: E501

import json
import math
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from attention_cases import cases, drawn
from hypothesis import given, settings
from hypothesis import strategies as st
from test_convolution import value_and_gradients

from nnlib import Tape, Trace, check_gradient, gradient, ops
from nnlib.attention_layers import MultiHeadAttention, attention_maps
from nnlib.convolution import conv2d
from nnlib.functional import gelu, gelu_tanh, layer_norm, linear, relu
from nnlib.gpt import GPT, generate, next_token_loss
from nnlib.initializers import normal
from nnlib.language import sample
from nnlib.layers import LayerNorm, Linear, Sequential, parameter_count
from nnlib.losses import cross_entropy
from nnlib.masks import causal_mask
from nnlib.optimizers import Adam
from nnlib.training import fit
from nnlib.transformer import DecoderBlock, EncoderBlock, sinusoidal_positions

FOLDER = Path(__file__).parent / "golden"
GOLDEN = json.loads((FOLDER / "attention.json").read_text())
FROZEN = json.loads((FOLDER / "torch_attention.json").read_text())["cases"]
BLOCK, COUNTS = GOLDEN["transformer"], GOLDEN["transformer"]["counts"]
CASES = cases()
X = np.array(BLOCK["X"])
both_tapes = pytest.mark.parametrize("fused", [False, True])
exact = {"rtol": 1e-11, "atol": 1e-12}


def rng(seed=0):
    return np.random.default_rng(seed)


# ---- PyTorch's values, frozen ----


@both_tapes
@pytest.mark.parametrize("name", CASES)
def test_frozen_values_and_gradients(name, fused):
    y, grads = CASES[name].value_and_gradients(fused=fused)
    np.testing.assert_allclose(np.ravel(y), FROZEN[name]["y"], **exact)
    assert grads.keys() == FROZEN[name]["gradients"].keys()
    for n, g in grads.items():
        frozen = FROZEN[name]["gradients"][n]
        np.testing.assert_allclose(np.ravel(g), frozen, err_msg=n, **exact)


def test_every_frozen_case_is_tested():
    assert FROZEN.keys() == CASES.keys()


# ---- layer norm ----


@both_tapes
def test_golden_layer_norm(fused):
    golden = GOLDEN["layer_norm"]
    given_ = {n: np.array(v) for n, v in golden["inputs"].items()}
    arrays = [given_[n] for n in ("X", "gamma", "beta")]
    y, grads = value_and_gradients(
        lambda *a: layer_norm(*a, eps=float(given_["eps"])),
        *arrays,
        dy=given_["upstream"],
        fused=fused,
    )
    np.testing.assert_allclose(y, golden["y"], **exact)
    for g, name in zip(grads, ("dX", "dgamma", "dbeta"), strict=True):
        np.testing.assert_allclose(g, golden[name], **exact)


@both_tapes
def test_layer_norm_by_hand(fused):
    """Mean 0 and variance 1, over D; equal features become beta, and no NaN."""
    x = np.array([[1.0, 3.0], [5.0, 5.0]])
    one, zero = np.ones(2), np.zeros(2)
    dy = rng().normal(size=(2, 2))
    call = lambda x: layer_norm(x, one, zero, eps=1e-12)  # noqa: E731
    y, (dx,) = value_and_gradients(call, x, dy=dy, fused=fused)
    np.testing.assert_allclose(y, [[-1, 1], [0, 0]], atol=1e-9)
    assert np.isfinite(dx).all()
    wide = layer_norm(rng(1).normal(3, 7, size=(4, 500)), np.ones(500), np.zeros(500))
    np.testing.assert_allclose(wide.mean(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(wide.var(axis=1), 1, rtol=1e-5)


def test_gelu_of_gpt_is_near_the_exact_one():
    z = np.linspace(-6, 6, 1001)
    assert 1e-4 < np.max(np.abs(gelu_tanh(z) - gelu(z))) < 5e-4


# ---- golden values of the block ----


def golden_attention():
    parts = [(np.array(BLOCK[f"W{n}"]), np.zeros(4)) for n in "qkvo"]
    return MultiHeadAttention(*(a for part in parts for a in part), BLOCK["heads"])


def golden_feed_forward():
    W1, b1, W2, b2 = (np.array(BLOCK["ffn"][n]) for n in ("W1", "b1", "W2", "b2"))
    return Sequential(Linear(W1, b1), relu, Linear(W2, b2))


def golden_block(pre_norm):
    norms = LayerNorm.init(4), LayerNorm.init(4)
    parts = golden_attention(), norms[0], golden_feed_forward(), norms[1]
    return EncoderBlock(*parts, pre_norm)


@pytest.mark.parametrize(
    "key, mask", [("multihead", None), ("masked_multihead", causal_mask(3))]
)
def test_golden_heads(key, mask):
    attention = golden_attention()
    np.testing.assert_allclose(attention(X, mask=mask), BLOCK[key]["y"], **exact)
    A = attention_maps(attention, X, None, *(() if mask is None else (mask,)))
    np.testing.assert_allclose(A, BLOCK[key]["weights"], **exact)


@both_tapes
@pytest.mark.parametrize("kind", ["post", "pre"])
def test_golden_encoder_block(kind, fused):
    x, block = Tape(fused=fused).input("X", X), golden_block(kind == "pre")
    expected = BLOCK[f"encoder_block_{kind}_norm"]
    np.testing.assert_allclose(block(x).value, expected, **exact)
    np.testing.assert_allclose(block(X), expected, **exact)


def test_golden_feed_forward_is_two_convolutions_of_one_pixel():
    y = golden_feed_forward()(X)
    np.testing.assert_allclose(y, BLOCK["ffn"]["y"], **exact)
    pixels = X.T[None, :, :, None]  # (1, d, T, 1)
    for n, activation in (("1", relu), ("2", lambda z: z)):
        W, b = np.array(BLOCK["ffn"][f"W{n}"]), np.array(BLOCK["ffn"][f"b{n}"])
        pixels = activation(conv2d(pixels, W.T[:, :, None, None], b))
    np.testing.assert_allclose(pixels[0, :, :, 0].T, y, **exact)
    assert BLOCK["ffn"]["equals_1x1_conv"]


def test_golden_positions():
    golden = BLOCK["positional_encoding_d4_first4"]
    np.testing.assert_allclose(sinusoidal_positions(4, 4), golden, rtol=1e-14)


@given(st.integers(1, 40), st.integers(1, 6))
def test_positions_are_their_definition(T, half):
    d, P = 2 * half, sinusoidal_positions(T, 2 * half)
    assert P.shape == (T, d)
    for p in range(T):
        for i in range(half):
            angle = p / 10000 ** (2 * i / d)
            pair = [math.sin(angle), math.cos(angle)]
            np.testing.assert_allclose(P[p, 2 * i : 2 * i + 2], pair, atol=1e-12)


def test_a_shift_of_positions_is_a_rotation():
    """PE(p + 3) comes from PE(p) by one matrix, whatever p is."""
    P, step = sinusoidal_positions(30, 6), 3
    for i in range(3):
        w = step / 10000 ** (2 * i / 6)
        turn = np.array([[math.cos(w), -math.sin(w)], [math.sin(w), math.cos(w)]])
        pairs = P[:, 2 * i : 2 * i + 2]
        np.testing.assert_allclose(pairs[:-step] @ turn, pairs[step:], atol=1e-12)


# ---- counts: of networks that nobody has to hold in memory ----


def hollow(shape, *, rng=None):
    """Zeros that take no memory."""
    return np.broadcast_to(0.0, shape)


def encoder_of(d, heads, d_ff):
    return EncoderBlock.init(d, heads, d_ff, rng=None, weights=hollow)


def test_golden_counts():
    encoder = encoder_of(512, 8, 2048)
    decoder = DecoderBlock.init(512, 8, 2048, rng=None, weights=hollow)
    count = parameter_count
    assert count(encoder.attention) == COUNTS["mha_d512_8heads_with_bias"]
    assert count(encoder) == COUNTS["encoder_layer_base"] == 3_152_384
    assert count(decoder) == COUNTS["decoder_layer_base"] == 4_204_032
    six = [encoder] * 6 + [decoder] * 6
    assert count(Sequential(*six)) == COUNTS["six_plus_six"]


@given(st.integers(1, 8), st.integers(1, 8), st.integers(1, 40))
def test_golden_formula_of_an_encoder(heads, width, dff):
    d = heads * width
    formula = COUNTS["encoder_layer_formula"]
    assert formula == "4(d^2+d)+2*d*dff+dff+d+4d"
    expected = 4 * (d**2 + d) + 2 * d * dff + dff + d + 4 * d
    assert parameter_count(encoder_of(d, heads, dff)) == expected
    assert parameter_count(encoder_of(d, 1, dff)) == expected  # no heads in it
    assert "does not depend on h" in COUNTS["head_count_invariance"]


def test_golden_gpt2():
    gpt2 = GPT.init(50257, 1024, 768, 12, 12, rng=None, weights=hollow)
    assert parameter_count(gpt2) == COUNTS["gpt2_small_124M"] == 124_439_808


def test_golden_vision_transformer():
    d, patches = 768, (224 // 16) ** 2
    tokens = patches + 1  # and one for the class
    assert tokens == COUNTS["vit_b16_tokens"]
    parts = [encoder_of(d, 12, 3072)] * 12
    parts += [
        Linear.init(n, m, rng=None, weights=hollow)
        for n, m in ((16 * 16 * 3, d), (d, 1000))
    ]
    table = d + tokens * d  # the class token, and the positions
    total = parameter_count(Sequential(*parts, LayerNorm.init(d))) + table
    assert total == COUNTS["vit_b16_params"]


@pytest.mark.parametrize("name", CASES)
def test_slopes(name):
    """Central differences of first and second order, by every weight and input."""
    case = CASES[name]

    def loss(t):
        w = {n: t[n] for n in case.layer.parameters()}
        arrays = {n: t[n] for n in case.arrays}
        y = case.layer.with_parameters(w)(**arrays, **case.fixed)
        return ops.sum(y * case.upstream(), axes=tuple(range(y.ndim)))

    values = case.layer.parameters() | case.arrays
    assert check_gradient(loss, values, rng=rng(), order=2) < 1e-5


# ---- what a block is, and what it does not see ----


@settings(max_examples=25)
@given(st.integers(1, 5), st.booleans(), st.integers(0, 99))
def test_permuting_tokens_permutes_outputs(T, pre_norm, seed):
    """Without positions; with them it does not hold."""
    numbers = rng(seed)
    block = drawn(EncoderBlock.init(4, 2, 5, rng=numbers, pre_norm=pre_norm), numbers)
    tokens, order = numbers.normal(size=(T, 4)), numbers.permutation(T)
    np.testing.assert_allclose(block(tokens[order]), block(tokens)[order], **exact)
    P = sinusoidal_positions(T, 4)
    moved = not np.array_equal(order, np.arange(T))
    same = np.allclose(block(tokens[order] + P), block(tokens + P)[order], atol=1e-6)
    assert same != moved


@settings(max_examples=25)
@given(st.integers(2, 5), st.booleans(), st.integers(0, 99))
def test_what_comes_later_changes_nothing(T, pre_norm, seed):
    numbers = rng(seed)
    parts = {"rng": numbers, "pre_norm": pre_norm}
    block = drawn(EncoderBlock.init(4, 2, 5, **parts), numbers)
    decoder = drawn(DecoderBlock.init(4, 2, 5, **parts), numbers)
    x, Y = numbers.normal(size=(2, T, 4)), numbers.normal(size=(2, 3, 4))
    changed = x.copy()
    changed[:, -1] = 9.0
    calls = [lambda x: block(x, causal_mask(T)), lambda x: decoder(x, Y)]
    for call in calls:
        before, after = call(x), call(changed)
        np.testing.assert_array_equal(before[:, :-1], after[:, :-1])
        assert np.any(before[:, -1] != after[:, -1])
    assert BLOCK["causal_check"].endswith("verified")


def test_a_decoder_asks_and_the_encoder_answers():
    """Queries of cross-attention come from X, keys and values from Y."""
    case = CASES["decoder post-norm"]
    layer, x, Y = case.layer, case.arrays["X"], case.arrays["Y"]
    maps = attention_maps(layer, x, Y)
    assert [A.shape for A in maps] == [(2, 3, 3)] * 2 + [(2, 3, 5)] * 2
    order = rng(1).permutation(5)
    np.testing.assert_allclose(layer(x, Y[:, order]), layer(x, Y), **exact)
    # one source token: all its weight, and the same answer to every question
    alone = layer.cross_attention(x, Y[:, :1])
    np.testing.assert_allclose(alone, np.repeat(alone[:, :1], 3, axis=1), **exact)


def test_the_residual_stream_of_pre_norm_is_a_sum():
    """With parts that find nothing, X comes through untouched; post-norm rescales it."""
    x = 5 * rng().normal(size=(3, 4))
    for pre_norm in (True, False):
        block = EncoderBlock.init(4, 2, 6, rng=None, weights=hollow, pre_norm=pre_norm)
        assert np.array_equal(block(x), x) == pre_norm
    np.testing.assert_allclose(block(x).std(axis=1), 1, rtol=1e-4)


@pytest.mark.parametrize(
    "name", [n for n in CASES if "norm" in n and n != "layer norm"]
)
def test_scopes_of_a_block(name):
    case, tape = CASES[name], Tape()
    w = tape.inputs(case.layer.parameters())
    arrays = {n: tape.input(n, a) for n, a in case.arrays.items()}
    y = case.layer.with_parameters(w)(**arrays, **case.fixed)
    L = ops.sum(y**2, axes=(0, 1, 2))
    gradient(L, {**w, **arrays})
    trace = Trace.from_tape(tape, title=name, loss=L)
    order = list(dict.fromkeys(s["scope"][0] for s in trace.steps if s["scope"]))
    middle = ["cross-attention"] if "decoder" in name else []
    parts = ["attention", *middle, "feed-forward"]
    expected = []
    for k, part in enumerate(parts, start=1):
        norm, rest = [f"layer norm {k}"], [part, f"residual {k}"]
        expected += norm + rest if case.layer.pre_norm else rest + norm
    assert order == expected
    assert max(len(s["latex"] or "") for s in trace.steps) < 600
    assert "^{(2)}^" not in json.dumps(trace.to_json())  # LaTeX refuses that


# ---- the GPT ----


def small_gpt(V=7, context=6, d=4, heads=2, blocks=2, seed=0):
    return GPT.init(V, context, d, heads, blocks, rng=rng(seed), weights=normal(0.5))


@settings(max_examples=25)
@given(st.lists(st.integers(1, 3), min_size=1, max_size=4), st.integers(0, 99))
def test_the_cache_gives_the_same_numbers(parts, seed):
    """In pieces of any length."""
    check_pieces(parts, seed)


def check_pieces(parts, seed):
    """The logits of the pieces, and their keys and values, are those of the whole."""
    T = sum(parts)
    model, ids = small_gpt(context=T, seed=seed), rng(seed).integers(0, 7, (2, T))
    whole, all_pairs = model.extend(ids)
    np.testing.assert_array_equal(whole, model(ids))
    cache, start, found = None, 0, []
    for part in parts:
        z, cache = model.extend(ids[:, start : start + part], cache)
        found.append(z)
        start += part
    np.testing.assert_allclose(np.concatenate(found, axis=1), whole, **exact)
    for pair, expected in zip(cache, all_pairs, strict=True):
        for a, e in zip(pair, expected, strict=True):
            np.testing.assert_allclose(a, e, **exact)
    np.testing.assert_allclose(model(ids[0]), whole[0], **exact)


def test_gradients_flow_through_the_cache():
    ids = rng().integers(0, 7, 5)
    results = []
    for cuts in ((0, 5), (0, 2, 5)):
        tape, model = Tape(), small_gpt()
        w = tape.inputs(model.parameters())
        cache, L = None, 0
        for start, stop in pairwise(cuts):
            z, cache = model.with_parameters(w).extend(ids[start:stop], cache)
            L = L + ops.sum(z**2, axes=(0, 1))
        results.append([g.value for g in gradient(L, w).values()])
    for a, e in zip(*results, strict=True):
        np.testing.assert_allclose(a, e, **exact)


def test_work_with_and_without_a_cache():
    """Counted where it is done: every product of matrices on the tape."""
    model, ids = small_gpt(), rng().integers(0, 7, 6)
    for new, past in ((6, 0), (1, 5), (2, 3)):
        cache = model.extend(ids[:past])[1] if past else None
        tape = Tape()
        own = model.with_parameters(tape.inputs(model.parameters()))
        own.extend(ids[past : past + new], cache)
        products = [s for s in tape.steps if s.op == "matmul"]
        done = sum(s.value.size * s.inputs[0].shape[-1] for s in products)
        assert done == model.multiply_adds(new, past)
    assert model.multiply_adds(1, 5) < model.multiply_adds(6) / 5


def test_writing_with_and_without_a_cache():
    """The same tokens, also where the window has to slide."""
    model, ids = small_gpt(), rng(1).integers(0, 7, (3, 2))
    texts = [
        generate(model, ids, steps=9, rng=rng(2), cached=cached)
        for cached in (True, False)
    ]
    np.testing.assert_array_equal(*texts)
    assert texts[0].shape == (3, 11) and np.array_equal(texts[0][:, :2], ids)
    numbers, by_hand = rng(2), ids
    for _ in range(9):
        token = sample(model(by_hand[:, -6:])[:, -1], rng=numbers)
        by_hand = np.concatenate([by_hand, token[:, None]], axis=1)
    np.testing.assert_array_equal(texts[0], by_hand)
    greedy = generate(model, ids, steps=3, rng=rng(), top_k=1)
    np.testing.assert_array_equal(greedy[:, 2], np.argmax(model(ids)[:, -1], axis=1))
    assert (
        len(np.unique(generate(model, ids, steps=4, rng=rng(3), temperature=9.0))) > 2
    )


def test_where_a_gpt_looks():
    model, ids = small_gpt(), rng().integers(0, 7, (2, 5))
    maps = np.reshape(
        attention_maps(model, ids), (2, 2, 2, 5, 5)
    )  # block, head, N, T, T
    np.testing.assert_allclose(maps.sum(axis=-1), 1)
    assert np.array_equal(maps > 0, np.broadcast_to(causal_mask(5), maps.shape))


def test_the_loss_is_the_mean_over_all_steps():
    z, t = rng().normal(size=(2, 3, 5)), rng(1).integers(0, 5, (2, 3))
    each = [
        cross_entropy(z[n, i : i + 1], t[n, i : i + 1])
        for n in range(2)
        for i in range(3)
    ]
    np.testing.assert_allclose(next_token_loss(z, t), np.mean(each), rtol=1e-13)
    tape = Tape()
    L = next_token_loss(tape.input("z", z), tape.input("t", t))
    np.testing.assert_allclose(L.value, np.mean(each), rtol=1e-13)


def test_a_gpt_learns_to_look_back():
    """After the second a comes what came after the first."""
    numbers = rng()
    pairs = numbers.integers(1, 6, (512, 3))
    ids = np.stack(
        [
            pairs[:, 0],
            0 * pairs[:, 0],
            pairs[:, 1],
            pairs[:, 2],
            0 * pairs[:, 0],
            pairs[:, 1],
        ],
        axis=1,
    )
    model = GPT.init(6, 5, 16, 2, 2, rng=numbers, weights=normal(0.1))
    last = lambda z, t: next_token_loss(ops.narrow(z, axis=1, start=4, length=1), t)  # noqa: E731
    options = {"epochs": 25, "batch_size": 64, "rng": numbers, "progress": False}
    fitted = fit(model, last, ids[:, :5], ids[:, 5:], optimizer=Adam(0.01), **options)
    assert fitted.losses[0] > 1 and fitted.losses[-1] < 0.1


@both_tapes
def test_float32_stays_float32(fused):
    ids = rng().integers(0, 7, (2, 5))
    model = small_gpt()
    values = {n: np.asarray(w, np.float32) for n, w in model.parameters().items()}
    tape = Tape(fused=fused)
    w = tape.inputs(values)
    z, cache = model.with_parameters(w).extend(ids)
    L = next_token_loss(z, np.roll(ids, -1, axis=1))
    grads = gradient(L, w)
    found = {a.dtype for a in (z, L, *sum(cache, ()), *grads.values())}
    assert found == {np.dtype(np.float32)}
    plain = model.with_parameters(values)
    assert plain.extend(ids[:, 4:], plain.extend(ids[:, :4])[1])[0].dtype == np.float32


def test_a_training_tape_holds_few_steps():
    model, tape = small_gpt(blocks=1), Tape(fused=True)
    model.with_parameters(tape.inputs(model.parameters()))(np.zeros((2, 6), int))
    ops_done = [s.op for s in tape.steps if s.op not in ("input", "constant")]
    assert len(ops_done) == 20, ops_done
    assert ops_done.count("fused multi_head_attention") == 1
    assert ops_done.count("fused layer_norm") == 3


def test_names():
    model = small_gpt()
    assert repr(model) == "GPT(7, context=6, d=4, blocks=2)"
    block = model.blocks.layers[0]
    assert repr(block) == "EncoderBlock(4, heads=2, pre-norm)"
    assert repr(block.attention) == "MultiHeadAttention(4, heads=2)"
    assert repr(model.norm) == "LayerNorm(4)"
    names = list(model.parameters())
    assert names[:3] == ["tokens.E", "positions.E", "blocks.0.attention.W_Q"]
    assert names[-2:] == ["norm.gamma", "norm.beta"] and len(names) == 36
    again = model.with_parameters(model.parameters())
    assert isinstance(again, GPT) and again.blocks.layers[1].pre_norm
    np.testing.assert_array_equal(again(np.array([1])), model(np.array([1])))
    with pytest.raises(
        ValueError, match=r"^EncoderBlock: parameter norm1\.gamma is missing"
    ):
        block.with_parameters(
            {n: w for n, w in block.parameters().items() if n != "norm1.gamma"}
        )


def test_sequences_go_through_a_linear_layer():
    x, W, b = (rng(i).normal(size=s) for i, s in enumerate([(2, 3, 4), (4, 5), (5,)]))
    rows = linear(x.reshape(6, 4), W, b)
    np.testing.assert_allclose(linear(x, W, b).reshape(6, 5), rows, **exact)


# ---- error sentences ----

MODEL, TOKENS = small_gpt(), np.zeros((2, 4), int)
WRONG = [
    (lambda: MultiHeadAttention.init(6, 4, rng=rng()), "MultiHeadAttention: W_Q has d = 6, shape (6, 6), which 4 heads cannot share"),
    (lambda: golden_attention()(np.zeros((3, 5))), "linear: x has 5 features, shape (3, 5), but W expects 4, shape (4, 4)"),
    (lambda: golden_attention()(X, mask=np.zeros((3, 3))), "multi_head_attention: mask[0] is all 0: a query may look at no key"),
    (lambda: layer_norm(np.zeros((2, 4)), np.ones(3), np.zeros(4)), "layer_norm: gamma has shape (3,), but x has shape (2, 4)"),
    (lambda: layer_norm(np.zeros((2, 4)), np.ones(4), np.zeros(())), "layer_norm: beta has shape (), but x has shape (2, 4)"),
    (lambda: layer_norm(np.zeros((2, 4)), np.ones(4), np.zeros(4), eps=0), "layer_norm: eps is 0, but must be above 0"),
    (lambda: sinusoidal_positions(3, 5), "sinusoidal_positions: d is 5, but needs to be even"),
    (lambda: GPT.init(7, 6, 4, 2, 0, rng=rng())(TOKENS), "GPT: there are no blocks"),
    (lambda: MODEL(np.zeros((2, 9), int)), "GPT: 9 tokens, but there are positions for 6"),
    (lambda: MODEL(np.zeros(7, int)), "GPT: 7 tokens, but there are positions for 6"),
    (lambda: MODEL.extend(TOKENS, MODEL.extend(TOKENS)[1]), "GPT: 4 tokens after 4 in the cache, but there are positions for 6"),
    (lambda: MODEL(np.array([[0, 7]])), "embedding: ids[0, 1] is 7, outside the vocabulary of 7 tokens 0 ... 6"),
    (lambda: MODEL(np.array([0, -1])), "embedding: ids[1] is -1, outside the vocabulary of 7 tokens 0 ... 6"),
    (lambda: MODEL(np.zeros((2, 0), int)), "GPT: there are no tokens, ids has shape (2, 0)"),
    (lambda: MODEL(np.array(3)), "GPT: there are no tokens, ids has shape ()"),
    (lambda: next_token_loss(np.zeros((2, 3, 5)), np.zeros((2, 4))), "next_token_loss: z has shape (2, 3, 5), but t has (2, 4)"),
    (lambda: generate(MODEL, [1, 2], steps=1, rng=rng()), "generate: ids has shape (2,), not (N, T)"),
    (lambda: generate(MODEL, np.zeros((1, 0)), steps=1, rng=rng()), "generate: ids has shape (1, 0), not (N, T)"),
]  # fmt: skip


@pytest.mark.parametrize("call, sentence", WRONG, ids=[s for _, s in WRONG])
def test_sentence(call, sentence):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        call()
