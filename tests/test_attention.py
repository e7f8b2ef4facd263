"""Scores, weights and heads against plain loops, golden values and sentences."""

# One row, one sentence, however long.
# ruff: noqa: E501

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from closed_form_table import attention_mask
from hypothesis import given, settings
from hypothesis import strategies as st
from test_convolution import value_and_gradients

from nnlib import Tape, Trace, check_gradient, gradient, ops
from nnlib.attention import (
    attention_weights,
    multi_head_attention,
    nadaraya_watson,
    scaled_dot_product_attention,
)
from nnlib.masks import causal_mask, padding_mask
from nnlib.scores import (
    additive_scores,
    dot_scores,
    gaussian_scores,
    scaled_dot_scores,
)

FILE = Path(__file__).parent / "golden" / "attention.json"
GOLDEN = json.loads(FILE.read_text())
DOT = GOLDEN["scaled_dot_product_attention"]
KERNELS = GOLDEN["nadaraya_watson"]
ALIGNED = GOLDEN["seq2seq_attention"]
QKV = [np.array(DOT["inputs"][n]) for n in "QKV"]
UPSTREAM = np.array(DOT["inputs"]["upstream"])
MASKS = {"full": None, "causal": causal_mask(3)}
both_tapes = pytest.mark.parametrize("fused", [False, True])
exact = {"rtol": 1e-11, "atol": 1e-13}


def rng(seed=0):
    return np.random.default_rng(seed)


def all_axes(x):
    return tuple(range(x.ndim))


# ---- one query, one key at a time ----


def one_query(q, K, V, allowed):
    """The weights and the output of one query, by sums over the keys it may look at."""
    scores = [sum(a * b for a, b in zip(q, k, strict=True)) for k in K]
    powers = [
        math.exp(s / math.sqrt(len(q))) if m else 0.0
        for s, m in zip(scores, allowed, strict=True)
    ]
    A = [p / math.fsum(powers) for p in powers]
    O = [
        math.fsum(a * v[j] for a, v in zip(A, V, strict=True)) for j in range(len(V[0]))
    ]
    return A, O


def loops(Q, K, V, mask=None, *, heads=1):
    """Attention as it is defined, head by head and query by query: O (..., T, d_v)."""
    (*lead, T, d), S, d_v = Q.shape, K.shape[-2], V.shape[-1]
    mask = np.broadcast_to(1.0 if mask is None else mask, (*lead, T, S))
    O = np.empty((*lead, T, d_v))
    for n in np.ndindex(*lead, T):
        for h in range(heads):
            own = slice(h * d // heads, (h + 1) * d // heads)
            out = slice(h * d_v // heads, (h + 1) * d_v // heads)
            K_h, V_h = K[n[:-1]][:, own], V[n[:-1]][:, out]
            O[n][out] = one_query(Q[n][own], K_h, V_h, mask[n])[1]
    return O


sizes = st.integers(1, 4)
leads = st.lists(st.integers(1, 3), max_size=2).map(tuple)


@st.composite
def attentions(draw):
    """Inputs of any shapes, any number of heads, and a mask or none."""
    lead, heads = draw(leads), draw(st.integers(1, 3))
    T, S, d, d_v = draw(st.tuples(*[sizes] * 4))
    numbers = rng(draw(st.integers(0, 99)))
    shapes = (*lead, T, heads * d), (*lead, S, heads * d), (*lead, S, heads * d_v)
    arrays = [numbers.normal(size=s) for s in shapes]
    axes = draw(st.sampled_from([None, (S,), (T, S), (1, S), (*lead, T, S)]))
    mask = None if axes is None else attention_mask(axes, numbers)
    return arrays, mask, heads


@settings(max_examples=60)
@given(attentions())
def test_heads_are_their_definition(case):
    arrays, mask, heads = case
    expected = loops(*arrays, mask, heads=heads)
    found = multi_head_attention(*arrays, mask, heads=heads)
    np.testing.assert_allclose(found, expected, **exact)
    one = scaled_dot_product_attention(*arrays, mask)
    np.testing.assert_allclose(one, loops(*arrays, mask), **exact)


@settings(max_examples=60)
@given(attentions())
def test_hand_derivation_is_the_tape(case):
    arrays, mask, heads = case
    function = lambda *x: multi_head_attention(*x, mask=mask, heads=heads)  # noqa: E731
    dy = rng(5).normal(size=function(*arrays).shape)
    y, grads = value_and_gradients(function, *arrays, dy=dy, fused=False)
    fused, fused_grads = value_and_gradients(function, *arrays, dy=dy, fused=True)
    for a, e in zip((fused, *fused_grads), (y, *grads), strict=True):
        np.testing.assert_allclose(a, e, **exact)


@settings(max_examples=30)
@given(leads, sizes, sizes, sizes, sizes, sizes, st.integers(0, 99))
def test_additive_scores_are_their_definition(lead, T, S, d_q, d_k, D, seed):
    numbers = rng(seed)
    shapes = (*lead, T, d_q), (*lead, S, d_k), (d_q, D), (d_k, D), (D,)
    Q, K, W, U, v = (numbers.normal(size=s) for s in shapes)
    expected = [
        [np.dot(v, np.tanh(W.T @ q + U.T @ k)) for k in K[n[:-1]]]
        for n in np.ndindex(*lead, T)
        for q in [Q[n]]
    ]
    found = additive_scores(Q, K, W, U, v)
    np.testing.assert_allclose(found, np.reshape(expected, (*lead, T, S)), **exact)


ADDITIVE = (2, 3, 4), (2, 5, 2), (4, 3), (2, 3), (3,)
SLOPES = {
    "additive": (additive_scores, ADDITIVE),
    "dot": (dot_scores, ((2, 3, 4), (2, 5, 4))),
    "scaled": (scaled_dot_scores, ((2, 3, 4), (2, 5, 4))),
    "gaussian": (gaussian_scores, ((3,), (4,), ())),
    "regression": (nadaraya_watson, ((3,), (4,), (4,), ())),
}


@pytest.mark.parametrize("name", SLOPES)
def test_slopes_of_scores(name):
    """Central differences of first and second order, by every input."""
    function, shapes = SLOPES[name]
    values = {f"x{i}": rng(i).normal(size=s) for i, s in enumerate(shapes)}

    def loss(t):
        y = function(*t.values())
        return ops.sum(y**3, axes=all_axes(y))

    assert check_gradient(loss, values, rng=rng(2), order=2) < 1e-6


# ---- golden values: kernels ----

X_I, Y_I = np.array(KERNELS["x_i"]), np.array(KERNELS["y_i"])


@pytest.mark.parametrize("place", KERNELS["values"])
def test_golden_kernel_regression(place):
    x, w = (float(part.split("=")[1]) for part in place.split(","))
    golden, queries = KERNELS["values"][place], np.array([x])
    A = attention_weights(gaussian_scores(queries, X_I, w))
    np.testing.assert_allclose(A[0], golden["weights"], rtol=1e-10)
    f = nadaraya_watson(queries, X_I, Y_I, w)
    np.testing.assert_allclose(f, [golden["f"]], rtol=1e-12)


def test_golden_average_pooling_is_equal_weights():
    f = nadaraya_watson(np.array([3.0, -7.0]), X_I, Y_I, 0.0)
    np.testing.assert_allclose(f, [KERNELS["average_pooling"]] * 2, rtol=1e-14)


def test_golden_constant_of_the_kernel_cancels():
    S = gaussian_scores(np.array([1.5]), X_I, 1.0)
    A, scaled = attention_weights(S), attention_weights(S - math.log(math.tau) / 2)
    np.testing.assert_allclose(A, scaled, rtol=1e-13)
    assert KERNELS["kernel_constant_cancels"]


@both_tapes
def test_golden_slope_of_the_width(fused):
    golden, tape = KERNELS["learn_w"], Tape(fused=fused)
    w = tape.input("w", golden["w"])
    f = nadaraya_watson(np.array([golden["x"]]), X_I, Y_I, w)
    L = ops.sum(0.5 * (f - golden["target"]) ** 2, axes=(0,))
    (dw,) = gradient(L, [w])
    expected = [golden["f"], golden["loss"], golden["dL_dw"]]
    np.testing.assert_allclose([f.value[0], L.value, dw.value], expected, rtol=1e-12)


def test_each_example_from_the_others():
    leave_one_out = 1 - np.eye(5)
    f = nadaraya_watson(X_I, X_I, Y_I, 1.0, leave_one_out)
    for i in range(5):
        others = np.arange(5) != i
        alone = nadaraya_watson(X_I[i : i + 1], X_I[others], Y_I[others], 1.0)
        np.testing.assert_allclose(f[i], alone[0], rtol=1e-12)


# ---- golden values: scaled dot products ----


def entropy(A):
    return -np.sum(A * np.log(np.where(A > 0, A, 1)), axis=1)


@both_tapes
@pytest.mark.parametrize("name", MASKS)
def test_golden_attention(name, fused):
    golden = DOT["results"][name]
    O, grads = value_and_gradients(
        lambda Q, K, V: scaled_dot_product_attention(Q, K, V, MASKS[name]),
        *QKV,
        dy=UPSTREAM,
        fused=fused,
    )
    np.testing.assert_allclose(O, golden["output"], **exact)
    for letter, g in zip("QKV", grads, strict=True):
        np.testing.assert_allclose(g, golden[f"d{letter}"], **exact)


@pytest.mark.parametrize("name", MASKS)
def test_golden_parts_of_attention(name):
    """What lies between, each by its name on the tape, forward and backward."""
    golden, tape = DOT["results"][name], Tape()
    Q, K, V = (tape.input(n, a) for n, a in zip("QKV", QKV, strict=True))
    O = scaled_dot_product_attention(Q, K, V, MASKS[name])
    gradient(ops.sum(O * UPSTREAM, axes=(0, 1)), [Q, K, V])
    found = {s.name: s for s in tape.steps}
    dS = tape.steps[tape.gradients[found["S"].id]]
    for step, key in ((found["S"], "scores"), (found["A"], "weights"), (dS, "dScores")):
        np.testing.assert_allclose(step.value, golden[key], **exact)
    rows = entropy(found["A"].value)
    np.testing.assert_allclose(rows, golden["row_entropy"], **exact)
    dA, A = found["dL/dA"].value, found["A"].value
    by_hand = A * (dA - np.sum(dA * A, axis=1, keepdims=True))
    np.testing.assert_allclose(dS.value, by_hand, **exact)


def test_golden_mistakes():
    """What the notes' slips give: no scale, query for value, one query for all keys."""
    Q, K, V = QKV
    A = attention_weights(dot_scores(Q, K))
    np.testing.assert_allclose(A, DOT["unscaled_weights"], **exact)
    query_by_value = attention_weights(scaled_dot_scores(Q, V)) @ V
    wrong = DOT["note004_query_value_mistake_output"]
    np.testing.assert_allclose(query_by_value, wrong, **exact)
    note = DOT["index_error_note002"]
    X = np.array(note["X"])
    S = dot_scores(X, X)
    np.testing.assert_allclose(S, note["scores"], **exact)
    right = note["correct_weights_rows_query_t"]
    np.testing.assert_allclose(attention_weights(S), right, **exact)
    of_query = np.repeat(np.diag(S)[:, None], 3, axis=1)
    as_written = note["as_written_weights"]
    np.testing.assert_allclose(attention_weights(of_query), as_written, **exact)
    sums = note["as_written_row_sums"]
    np.testing.assert_allclose(np.sum(as_written, axis=1), sums, **exact)


def test_golden_minus_a_billion_is_minus_infinity():
    S = scaled_dot_scores(*QKV[:2])
    mask = causal_mask(3)
    A, finite = attention_weights(S, mask), attention_weights(S - 1e9 * (1 - mask))
    assert np.max(np.abs(A - finite)) <= DOT["minus_1e9_mask_equals_inf_to"]


def test_golden_variance_grows_with_d():
    """Simulated there and here: 5 percent."""
    for d, golden in DOT["dot_product_variance_simulated"].items():
        Q, K = rng(1).normal(size=(2, 300, int(d)))
        np.testing.assert_allclose(np.var(dot_scores(Q, K)), golden, rtol=0.07)
        np.testing.assert_allclose(np.var(scaled_dot_scores(Q, K)), 1, rtol=0.07)


def test_golden_one_key_gets_all_the_weight():
    A = attention_weights(rng().normal(size=(4, 1)))
    np.testing.assert_array_equal(A, DOT["softmax_over_single_key"])


def test_golden_work_of_the_scores():
    n, d, count = re.findall(r"n=(\d+),d=(\d+) -> (\d+)", DOT["complexity"])[0]
    assert int(n) ** 2 * int(d) == int(count)
    tape, T = Tape(), 5
    dot_scores(tape.input("Q", np.ones((T, 3))), np.ones((T, 3)))
    (product,) = (s for s in tape.steps if s.op == "matmul")
    assert product.value.size * 3 == T**2 * 3


# ---- golden values: a decoder's query ----

STATES, QUERY = (
    np.array(ALIGNED["encoder_states"]),
    np.array([ALIGNED["decoder_query"]]),
)


def golden_scores(name):
    if name == "dot":
        return dot_scores(QUERY, STATES)
    W, U, v = (np.array(ALIGNED[n]) for n in "WUv")
    return additive_scores(QUERY, STATES, W.T, U.T, v)


@pytest.mark.parametrize("name", ["dot", "additive"])
def test_golden_alignment(name):
    golden, S = ALIGNED[name], golden_scores(name)
    np.testing.assert_allclose(S[0], golden["scores"], **exact)
    A = attention_weights(S)
    np.testing.assert_allclose(A[0], golden["weights"], **exact)
    np.testing.assert_allclose((A @ STATES)[0], golden["context"], **exact)


def test_golden_padding():
    golden = ALIGNED["padding_mask"]
    A = attention_weights(golden_scores("dot"), np.array(golden["mask"]))
    np.testing.assert_allclose(A[0], golden["weights"], **exact)
    np.testing.assert_allclose((A @ STATES)[0], golden["context"], **exact)


# ---- masks ----


def test_masks_by_hand():
    assert causal_mask(3).tolist() == [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
    assert causal_mask(2, past=1).tolist() == [[1, 1, 0], [1, 1, 1]]
    assert causal_mask(1, past=2).tolist() == [[1, 1, 1]]
    assert padding_mask([2, 1], 3).tolist() == [[[1, 1, 0]], [[1, 0, 0]]]
    assert padding_mask([2.0, 1.0], 3).tolist() == [[[1, 1, 0]], [[1, 0, 0]]]
    both = causal_mask(2) * padding_mask([2, 1], 2)
    assert both.tolist() == [[[1, 0], [1, 1]], [[1, 0], [1, 0]]]


@both_tapes
def test_what_is_masked_has_no_part(fused):
    """Neither in the output, whatever it holds, nor in the gradient: exactly 0."""
    Q, K, V = (rng(i).normal(size=(3, 4)) for i in range(3))
    dy, mask = rng(3).normal(size=(3, 4)), causal_mask(3)
    mask[2, 1] = 0
    call = lambda Q, K, V: scaled_dot_product_attention(Q, K, V, mask)  # noqa: E731
    O, _ = value_and_gradients(call, Q, K, V, dy=dy, fused=fused)
    K2, V2 = K.copy(), V.copy()
    K2[1], V2[1] = 1e3, -1e3
    changed, _ = value_and_gradients(call, Q, K2, V2, dy=dy, fused=fused)
    np.testing.assert_array_equal(changed[[0, 2]], O[[0, 2]])
    dy[1] = 0  # now nobody's loss looks at key 1
    _, (dQ, dK, dV) = value_and_gradients(call, Q, K, V, dy=dy, fused=fused)
    assert not dK[1].any() and not dV[1].any() and not dQ[1].any()
    assert dQ[2].any() and dK[2].any() and dV[2].any()


@both_tapes
def test_scores_of_any_size_give_numbers(fused):
    Q = np.array([[1e200, -1e200], [0.0, 1e-300]])
    K = np.array([[1e100, 0.0], [0.0, 1e100], [-1e100, 1e100]])
    V, mask = np.arange(6.0).reshape(3, 2), np.array([[0, 1, 1], [1, 1, 0]])
    call = lambda V: scaled_dot_product_attention(Q, K, V, mask)  # noqa: E731
    O, (dV,) = value_and_gradients(call, V, dy=np.ones((2, 2)), fused=fused)
    np.testing.assert_allclose(O, [[2, 3], [1, 2]])
    assert np.isfinite(dV).all()
    huge = attention_weights(np.array([[1e308, -1e308, 0.0]]), np.array([0, 1, 1]))
    np.testing.assert_array_equal(huge, [[0, 0, 1]])


@both_tapes
@pytest.mark.parametrize("dtype", [bool, int, np.float32, float])
def test_a_mask_of_any_kind_leaves_the_precision(dtype, fused):
    arrays = [np.ones((3, 4), np.float32)] * 3
    call = lambda *x: multi_head_attention(  # noqa: E731
        *x, causal_mask(3).astype(dtype), heads=2
    )
    y, grads = value_and_gradients(call, *arrays, dy=np.float32(1), fused=fused)
    plain = call(*arrays)
    assert {a.dtype for a in (y, plain, *grads)} == {np.dtype(np.float32)}


def test_a_score_of_minus_infinity_is_a_weight_of_zero():
    """Alone or beside a mask, as long as a key is left."""
    A = attention_weights(BLIND[:1])
    np.testing.assert_allclose(A, attention_weights(BLIND[:1], np.array([0, 1, 1])))
    assert A[0, 0] == 0 and np.isclose(A.sum(), 1)


# ---- what an explorer shows ----


def recorded(T=6, d=8, heads=2, masked=True):
    tape, numbers = Tape(), rng(1)
    inputs = {
        n: tape.input(n, numbers.normal(size=(T, d)).round(2)) for n in ("X", "Y")
    }
    inputs |= {
        f"W_{n}": tape.input(f"W_{n}", numbers.normal(size=(d, d)).round(2))
        for n in "QKVO"
    }
    M = tape.input("M", causal_mask(T)) if masked else None
    X = inputs["X"]
    Q, K, V = ((X @ inputs[f"W_{n}"]).named(n) for n in "QKV")
    Y = multi_head_attention(Q, K, V, M, heads=heads) @ inputs["W_O"]
    L = (0.5 * ops.sum((Y - inputs.pop("Y")) ** 2, axes=(0, 1))).named("L")
    gradient(L, inputs)
    return Trace.from_tape(tape, title="attention", loss=L), tape


def test_a_trace_stays_small_and_readable():
    """Two heads, six tokens, width 8, both passes: well below 60 kB of JSON."""
    trace, _ = recorded()
    assert len(json.dumps(trace.to_json())) < 40_000
    assert max(len(s["latex"] or "") for s in trace.steps) < 300
    names = {s["name"] for s in trace.steps}
    assert {f"{n}{k}" for n in "QKVRSZAO" for k in (1, 2)} | {"O"} <= names
    assert {f"dL/d{n}{k}" for n in "QKVRZAO" for k in (1, 2)} <= names
    scopes = {tuple(s["scope"]) for s in trace.steps}
    parts = "scores", "scale", "mask", "softmax", "output"
    assert {(f"head {k}", part) for k in (1, 2) for part in parts} <= scopes
    assert ("concat",) in scopes


def test_the_reader_may_change_the_mask():
    trace, tape = recorded()
    open_mask = np.ones((6, 6))
    replayed = trace.replay({"M": open_mask})
    Q, K, V = (s.value for s in tape.steps if s.name in "QKV")
    np.testing.assert_allclose(
        replayed["O"], multi_head_attention(Q, K, V, heads=2), **exact
    )
    assert np.all(replayed["A1"] > 0) and np.any(trace.replay()["A1"] == 0)


def test_a_mask_that_hides_all_is_shown_as_it_is():
    """Where a reader closes every key: no number, and no crash."""
    trace, _ = recorded()
    replayed = trace.replay({f"M[2,{i}]": 0.0 for i in range(6)})
    assert np.isnan(replayed["A1"][2]).all() and np.isfinite(replayed["A1"][3]).all()


def test_names_of_a_second_layer():
    tape = Tape()
    x = tape.input("x", rng().normal(size=(2, 2)))
    O = scaled_dot_product_attention(x, x, x)
    P = scaled_dot_product_attention(O, O, O)
    gradient(ops.sum(P**2, axes=(0, 1)), [x])
    symbols = {tape.names[i]: s for i, s in tape.symbols.items()}
    assert symbols["A"] == "A" and symbols["A_2"] == "A^{(2)}"
    assert symbols.get("dL/dA_2") == r"\frac{\partial L}{\partial A^{(2)}}"
    steps = Trace.from_tape(tape, title="two", loss=None).steps
    latex = {s["name"]: s["latex"] for s in steps}
    assert latex["R_2"] == r"O\,O^{\top}" and latex["O_2"] == r"A^{(2)}\,O"
    products = [s["latex"] for s in steps if s["op"] == "transpose"]
    assert r"\left(A^{(2)}\right)^{\top}" in products


# ---- error sentences ----


def zeros(function, *shapes, **params):
    return lambda: function(*map(np.zeros, shapes), **params)


def masked(mask, function=scaled_dot_product_attention):
    return lambda: function(*[np.zeros((2, 3, 4))] * 3, np.array(mask))


ATTENTION, HEADS = "scaled_dot_product_attention", "multi_head_attention"
BLIND = np.array([[-math.inf, 1, 2], [-math.inf] * 3])
SHUT = [[1.0, 0, 0], [1, 1, 0], [0, 0, 0]]
WRONG = [
    (zeros(scaled_dot_product_attention, (2, 3), (5, 4), (5, 4)), f"{ATTENTION}: Q has d = 3, shape (2, 3), but K has 4, shape (5, 4)"),
    (zeros(scaled_dot_product_attention, (2, 4), (5, 4), (6, 4)), f"{ATTENTION}: V has shape (6, 4), but K has shape (5, 4): one value for each key"),
    (zeros(scaled_dot_product_attention, (2, 4), (5, 4), (5,)), f"{ATTENTION}: V has shape (5,), but K has shape (5, 4): one value for each key"),
    (zeros(scaled_dot_product_attention, (3, 2, 4), (2, 5, 4), (2, 5, 4)), f"{ATTENTION}: Q and K have shapes (3, 2, 4) and (2, 5, 4), which differ before (T, d)"),
    (zeros(scaled_dot_product_attention, (4,), (5, 4), (5, 4)), f"{ATTENTION}: Q and K have shapes (4,) and (5, 4), not (..., T, d) and (..., S, d)"),
    (zeros(scaled_dot_product_attention, (2, 4), (0, 4), (0, 4)), f"{ATTENTION}: there are no keys, K has shape (0, 4)"),
    (masked(np.ones((3, 2))), f"{ATTENTION}: mask has shape (3, 2), but the scores have (2, 3, 3)"),
    (masked(np.ones((4, 2, 3, 3))), f"{ATTENTION}: mask has shape (4, 2, 3, 3), but the scores have (2, 3, 3)"),
    (masked(1.0), f"{ATTENTION}: mask has shape (), but the scores have (2, 3, 3)"),
    (masked([[1, 1, 1], [1, 0.5, 1], [1, 1, 1]]), f"{ATTENTION}: mask[1, 1] is 0.5, not 0 or 1"),
    (masked(np.log(causal_mask(3) + 1e-9)), f"{ATTENTION}: mask[0, 0] is 1e-09, not 0 or 1"),
    (masked(SHUT), f"{ATTENTION}: mask[2] is all 0: a query may look at no key"),
    (masked([np.ones((3, 3)), SHUT]), f"{ATTENTION}: mask[1, 2] is all 0: a query may look at no key"),
    (masked([0, 0, 0]), f"{ATTENTION}: mask is all 0: a query may look at no key"),
    (zeros(multi_head_attention, (2, 6), (5, 6), (5, 6), heads=4), f"{HEADS}: Q has d = 6, shape (2, 6), which 4 heads cannot share"),
    (zeros(multi_head_attention, (2, 6), (5, 6), (5, 4), heads=3), f"{HEADS}: V has d = 4, shape (5, 4), which 3 heads cannot share"),
    (zeros(multi_head_attention, (2, 6), (5, 6), (5, 6), heads=0), f"{HEADS}: Q has d = 6, shape (2, 6), which 0 heads cannot share"),
    (zeros(multi_head_attention, (2, 6), (5, 4), (5, 4), heads=2), f"{HEADS}: Q has d = 6, shape (2, 6), but K has 4, shape (5, 4)"),
    (zeros(scaled_dot_product_attention, (2, 0), (5, 0), (5, 4)), f"{ATTENTION}: Q and K have shapes (2, 0) and (5, 0), with d = 0 there is no product"),
    (zeros(dot_scores, (2, 3), (5, 4)), "dot_scores: Q has d = 3, shape (2, 3), but K has 4, shape (5, 4)"),
    (zeros(scaled_dot_scores, (2, 3), (0, 3)), "scaled_dot_scores: there are no keys, K has shape (0, 3)"),
    (zeros(additive_scores, (2, 3), (5, 4), (3, 6), (4, 7), (6,)), "additive_scores: U has D = 7, shape (4, 7), but D = 6 is expected"),
    (zeros(additive_scores, (2, 3), (5, 4), (4, 6), (4, 6), (6,)), "additive_scores: W has d_q = 4, shape (4, 6), but d_q = 3 is expected"),
    (zeros(additive_scores, (1, 2, 3), (5, 4), (3, 6), (4, 6), (6,)), "additive_scores: Q and K have shapes (1, 2, 3) and (5, 4), which differ before (T, d)"),
    (zeros(gaussian_scores, (2, 1), (5,), ()), "gaussian_scores: x has shape (2, 1) but needs axes (T)"),
    (zeros(nadaraya_watson, (2,), (5,), (4,), ()), "nadaraya_watson: y has S = 4, shape (4,), but S = 5 is expected"),
    (zeros(nadaraya_watson, (2,), (5,), (5,), (), (2, 5)), "nadaraya_watson: mask[0] is all 0: a query may look at no key"),
    (lambda: attention_weights(np.zeros((2, 2)), np.zeros((1, 2))), "attention_weights: mask[0] is all 0: a query may look at no key"),
    (lambda: attention_weights(BLIND), "attention_weights: S[1] is all -inf: a query may look at no key"),
    (lambda: attention_weights(BLIND[1]), "attention_weights: S is all -inf: a query may look at no key"),
    (lambda: attention_weights(BLIND[None].astype(np.float32)), "attention_weights: S[0, 1] is all -inf: a query may look at no key"),
    (lambda: attention_weights(np.diag([1, -math.inf]), np.eye(2)), "attention_weights: S[1] is all -inf where the mask is 1: a query may look at no key"),
    (lambda: attention_weights(np.diag([1, -math.inf]), np.array([0, 1])), "attention_weights: S[1] is all -inf where the mask is 1: a query may look at no key"),
    (zeros(attention_weights, (2, 0)), "attention_weights: there are no keys, S has shape (2, 0)"),
    (zeros(attention_weights, ()), "attention_weights: there are no keys, S has shape ()"),
    (lambda: padding_mask([3, 0], 4), "padding_mask: lengths[1] is 0, not a whole number between 1 and 4"),
    (lambda: padding_mask([5, 1], 4), "padding_mask: lengths[0] is 5, not a whole number between 1 and 4"),
    (lambda: padding_mask([1.5, 3], 5), "padding_mask: lengths[0] is 1.5, not a whole number between 1 and 5"),
    (lambda: padding_mask([2, math.nan], 5), "padding_mask: lengths[1] is nan, not a whole number between 1 and 5"),
    (lambda: padding_mask([2, math.inf], 5), "padding_mask: lengths[1] is inf, not a whole number between 1 and 5"),
    (lambda: padding_mask(3, 5), "padding_mask: lengths has shape () but needs axes (N)"),
    (lambda: padding_mask([[3], [2]], 5), "padding_mask: lengths has shape (2, 1) but needs axes (N)"),
]  # fmt: skip


@pytest.mark.parametrize("call, sentence", WRONG, ids=[s for _, s in WRONG])
def test_sentence(call, sentence):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        call()


@both_tapes
def test_recorded_scores_are_checked_too(fused):
    S = Tape(fused=fused).input("S", BLIND)
    with pytest.raises(ValueError, match=r"S\[1\] is all -inf"):
        attention_weights(S)


@both_tapes
def test_a_recorded_mask_is_checked_too(fused):
    tape = Tape(fused=fused)
    x, M = tape.input("x", np.ones((3, 4))), tape.input("M", SHUT)
    with pytest.raises(ValueError, match=r"mask\[2\] is all 0"):
        scaled_dot_product_attention(x, x, x, mask=M)
