"""Recurrent cells and sequences against plain loops, golden values and sentences."""

# One row, one sentence, however long.
# ruff: noqa: E501

import json
import re
from pathlib import Path

import numpy as np
import pytest
from closed_form_table import CELLS, lengths_mask, sequence_inputs
from hypothesis import given, settings
from hypothesis import strategies as st
from test_convolution import value_and_gradients

from nnlib import Tape, Trace, check_gradient, gradient, ops
from nnlib.cells import feed_back, gru_cell, lstm_cell, rnn_cell, truncated_bptt, unroll
from nnlib.functional import linear
from nnlib.layers import Linear, Sequential, parameter_count
from nnlib.losses import cross_entropy
from nnlib.optimizers import Adam
from nnlib.recurrent import gru, last, lstm, reverse, rnn, sequence, steps_of
from nnlib.recurrent_layers import GRU, LSTM, RNN, Bidirectional, Stack
from nnlib.sequences import CONVENTIONS
from nnlib.training import fit

FILE = Path(__file__).parent / "golden" / "recurrent.json"
GOLDEN = json.loads(FILE.read_text())
SEQUENCES = {"rnn": rnn, "lstm": lstm, "gru": gru}
both_tapes = pytest.mark.parametrize("fused", [False, True])
every_cell = pytest.mark.parametrize(
    "cell", CELLS, ids=lambda c: " ".join([c[0], *c[2].values()])
)
exact = {"rtol": 1e-10, "atol": 1e-12}


def rng(seed=0):
    return np.random.default_rng(seed)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


# ---- one example, one step at a time, column vectors as in the notes ----


def rnn_by_hand(x, h, W_x, W_h, b):
    return (np.tanh(W_x.T @ x + W_h.T @ h + b),)


def lstm_by_hand(x, h, c, W_x, W_h, b):
    z_i, z_f, z_g, z_o = np.split(W_x.T @ x + W_h.T @ h + b, 4)
    c = sigmoid(z_f) * c + sigmoid(z_i) * np.tanh(z_g)
    return sigmoid(z_o) * np.tanh(c), c


def gru_by_hand(x, h, W_x, W_h, b, convention):
    (W_r, W_z, W_n), (U_r, U_z, U_n) = np.split(W_x.T, 3), np.split(W_h.T, 3)
    (b_r, b_z, b_n), b_hn = np.split(np.atleast_2d(b)[0], 3), 0
    if convention == "pytorch":
        more_r, more_z, b_hn = np.split(b[1], 3)
        b_r, b_z = b_r + more_r, b_z + more_z
    r, z = sigmoid(W_r @ x + U_r @ h + b_r), sigmoid(W_z @ x + U_z @ h + b_z)
    if convention in ("cho", "chung"):
        n = np.tanh(W_n @ x + U_n @ (r * h) + b_n)
    else:
        n = np.tanh(W_n @ x + b_n + r * (U_n @ h + b_hn))
    return ((1 - z) * h + z * n if convention == "chung" else z * h + (1 - z) * n,)


BY_HAND = {"rnn": rnn_by_hand, "lstm": lstm_by_hand, "gru": gru_by_hand}


def loops(name, inputs, mask=None, **params):
    """The definition, sequence by sequence; c_T is one step more."""
    X, *state, W_x, W_h, b = inputs
    outputs = []
    for n in range(len(X)):
        own, hs = [s[n] for s in state], []
        for t in range(X.shape[1]):
            if mask is None or mask[n, t]:
                own = BY_HAND[name](X[n, t], *own, W_x, W_h, b, **params)
            hs.append(own[0])
        outputs.append([*hs, *own[1:]])
    return np.reshape(outputs, (len(X), X.shape[1] + len(state) - 1, len(W_h)))


sizes = st.integers(1, 4)


@st.composite
def sequences(draw):
    """Any cell in any convention, any sizes, with a mask or without."""
    name, parts, params = draw(st.sampled_from(CELLS))
    shape, numbers = draw(st.tuples(*[sizes] * 4)), rng(draw(st.integers(0, 99)))
    inputs = sequence_inputs(name, parts, shape, numbers, **params)
    mask = lengths_mask(*shape[:2], numbers) if draw(st.booleans()) else None
    return name, inputs, mask, params


def bound(name, mask, params):
    """A sequence function of its differentiable inputs alone."""
    masks = () if mask is None else (mask,)
    return lambda *inputs: SEQUENCES[name](*inputs, *masks, **params)


@settings(max_examples=40)
@given(sequences())
def test_a_sequence_is_its_definition(case):
    name, inputs, mask, params = case
    expected = loops(name, inputs, mask, **params)
    np.testing.assert_allclose(bound(name, mask, params)(*inputs), expected, **exact)


@settings(max_examples=40)
@given(sequences())
def test_hand_derivation_is_the_tape(case):
    name, inputs, mask, params = case
    function = bound(name, mask, params)
    dy = rng(5).normal(size=function(*inputs).shape)
    y, grads = value_and_gradients(function, *inputs, dy=dy, fused=False)
    fused, fused_grads = value_and_gradients(function, *inputs, dy=dy, fused=True)
    for a, e in zip((fused, *fused_grads), (y, *grads), strict=True):
        np.testing.assert_allclose(a, e, **exact)


@every_cell
def test_slopes_of_a_cell(cell):
    """Central differences of first and second order, on every path into the state."""
    name, parts, params = cell
    X, *rest = sequence_inputs(name, parts, (2, 1, 3, 2), rng(1), **params)
    one = {"rnn": rnn_cell, "lstm": lstm_cell, "gru": gru_cell}[name]

    def loss(t):
        state = one(*t.values(), **params)
        return sum(ops.sum(s**3, axes=(0, 1)) for s in np.atleast_1d(state))

    values = {f"x{i}": a for i, a in enumerate([X[:, 0], *rest])}
    assert check_gradient(loss, values, rng=rng(2), order=2) < 1e-6


# ---- golden values: notes write W x with W (H, D), code x W with W (D, H) ----


def beside(golden, kind, gates):
    """The weights of the gates side by side, as the code keeps them."""
    parts = [np.array(golden[f"{kind}{gate}"]) for gate in gates]
    return np.hstack([p.T if p.ndim == 2 else p for p in parts])


def bptt_inputs():
    given = GOLDEN["rnn_bptt"]["inputs"]
    names = "Wx", "Wh", "b", "Wy", "by"
    return {n: np.array(given[n]).T for n in names} | {"h0": np.array([given["h0"]])}


def bptt_losses(w, targets=(0, 2, 1)):
    """The loss of each step of the golden network, step by step on a list of inputs."""
    xs = [np.array([x]) for x in GOLDEN["rnn_bptt"]["inputs"]["x"]]
    states = unroll(
        lambda x, h: rnn_cell(x, h, w["Wx"], w["Wh"], w["b"]), xs, (w["h0"],)
    )
    return [bptt_loss(w)(h, t) for (h,), t in zip(states, targets, strict=True)]


def bptt_loss(w):
    return lambda h, t: cross_entropy(linear(h, w["Wy"], w["by"]), np.array([t]))


@both_tapes
def test_golden_bptt(fused):
    golden, tape = GOLDEN["rnn_bptt"], Tape(fused=fused)
    w = tape.inputs(bptt_inputs())
    losses = bptt_losses(w)
    np.testing.assert_allclose([L.value for L in losses], golden["losses"], **exact)
    total = losses[0] + losses[1] + losses[2]
    np.testing.assert_allclose(total.value, golden["total"], **exact)
    grads = gradient(total, w)
    for name, expected in golden["grads"].items():
        np.testing.assert_allclose(grads[name].value.T, expected, **exact)


@both_tapes
def test_golden_bptt_of_the_whole_sequence(fused):
    golden, w = GOLDEN["rnn_bptt"], bptt_inputs()
    X = np.array([golden["inputs"]["x"]])
    y = np.array(golden["y"]) - np.eye(3)[golden["inputs"]["targets"]]
    h, grads = value_and_gradients(
        rnn,
        X,
        *(w[n] for n in ("h0", "Wx", "Wh", "b")),
        dy=(y @ w["Wy"].T)[None],
        fused=fused,
    )
    np.testing.assert_allclose(h[0], golden["h"], **exact)
    for name, g in zip(("Wx", "Wh", "b"), grads[2:], strict=True):
        np.testing.assert_allclose(g.T, golden["grads"][name], **exact)


def test_golden_contributions_of_each_step():
    """dL_3/dW_h = its parts through h_3, h_2 and h_1, in this order."""
    golden, tape = GOLDEN["rnn_bptt"]["e3"], Tape()
    w = tape.inputs(bptt_inputs())
    L = bptt_losses(w)[2]
    grads = gradient(L, w)
    np.testing.assert_allclose(grads["Wh"].value.T, golden["dWh_total"], **exact)
    expected = golden["dWy_correct_pred_minus_target_outer_h3"]
    np.testing.assert_allclose(grads["Wy"].value.T, expected, **exact)
    uses = [
        s
        for s in tape.steps
        if s.op == "matmul" and s.place.phase == "forward" and w["Wh"] in s.inputs
    ]
    parts = [tape.steps[tape.contributions[s.id][1]].value.T for s in reversed(uses)]
    np.testing.assert_allclose(parts, golden["contributions_k3_k2_k1"], **exact)
    states = [s for s in tape.steps if s.op == "tanh" and s.place.phase == "forward"]
    norms = [
        np.linalg.norm(tape.steps[tape.gradients[s.id]].value) for s in reversed(states)
    ]
    np.testing.assert_allclose(norms, golden["dh_norms_k3_k2_k1"], **exact)


def truncated(w, k1, k2, xs=None):
    xs = xs or [np.array([x]) for x in GOLDEN["rnn_bptt"]["inputs"]["x"]]
    cell = lambda x, h: rnn_cell(x, h, w["Wx"], w["Wh"], w["b"])  # noqa: E731
    return truncated_bptt(cell, bptt_loss(w), xs, [0, 2, 1], (w["h0"],), k1=k1, k2=k2)


@both_tapes
def test_golden_truncation(fused):
    golden = GOLDEN["rnn_bptt"]
    for k2 in (1, 2, 3):
        w = Tape(fused=fused).inputs(bptt_inputs())
        L = truncated(w, 1, k2)
        (dWh,) = gradient(L, [w["Wh"]])
        np.testing.assert_allclose(L.value, golden["total"], **exact)
        expected = golden["truncated_dWh_total_loss"][f"k2={k2}"]
        np.testing.assert_allclose(dWh.value.T, expected, **exact)


@pytest.mark.parametrize("weight", GOLDEN["rnn_bptt"]["dh50_dh0_scalar"])
def test_golden_fifty_steps(weight):
    """The slope of h_50 by h_0 of one unit that starts at 0.5."""
    tape = Tape()
    h0 = tape.input("h", [[0.5]])
    one, W = np.zeros((1, 1)), np.array([[float(weight)]])
    states = unroll(lambda x, h: rnn_cell(x, h, one, W, np.zeros(1)), [one] * 50, (h0,))
    (slope,) = gradient(states[-1][0], [h0])
    golden = GOLDEN["rnn_bptt"]["dh50_dh0_scalar"][weight]
    np.testing.assert_allclose(slope.value.item(), golden["tanh_h0_5"], rtol=1e-9)
    np.testing.assert_allclose(float(weight) ** 50, golden["linear_50"], rtol=1e-9)


LSTM_NAMES = "X", "h0", "c0", "W", "U", "b"


def lstm_inputs(xs):
    given = GOLDEN["lstm"]["inputs"]
    state = (np.array([given[n]]) for n in ("h0", "c0"))
    return [np.array([xs]), *state, *(beside(given, k, "ifgo") for k in "WUb")]


@both_tapes
def test_golden_lstm(fused):
    golden = GOLDEN["lstm"]
    inputs = lstm_inputs([golden["inputs"]["x"]])
    dy = np.array([[golden["upstream_dL_dh"], [0, 0]]])
    S, grads = value_and_gradients(lstm, *inputs, dy=dy, fused=fused)
    np.testing.assert_allclose(
        S[0], [golden["step"]["h"], golden["step"]["c"]], **exact
    )
    np.testing.assert_allclose(np.sum(S * dy), golden["step"]["loss"], **exact)
    expected = [np.array(golden["grads"][n]) for n in ("x", "h0", "c0")]
    expected += [beside(golden["grads"], k, "ifgo") for k in "WUb"]
    for g, e in zip(grads, expected, strict=True):
        np.testing.assert_allclose(np.squeeze(g), e, **exact)


def test_golden_gates():
    golden, tape = GOLDEN["lstm"], Tape()
    X, *rest = lstm_inputs([golden["inputs"]["x"]])
    lstm_cell(
        *(tape.input(n, a) for n, a in zip(LSTM_NAMES, [X[:, 0], *rest], strict=True))
    )
    gates = {
        "input gate": "i",
        "forget gate": "f",
        "candidate": "g_candidate",
        "output gate": "o",
    }
    for name, key in gates.items():
        (gate,) = (
            s
            for s in tape.steps
            if s.place.scope == (name,) and s.op in ("sigmoid", "tanh")
        )
        np.testing.assert_allclose(gate.value[0], golden["step"][key], **exact)


def test_golden_three_steps_of_an_lstm():
    golden = GOLDEN["lstm"]["three_steps"]
    X, h, c, *weights = lstm_inputs(golden["x"])
    xs = [X[:, t] for t in range(3)]
    states = unroll(lambda x, h, c: lstm_cell(x, h, c, *weights), xs, (h, c))
    for (h_t, c_t), step in zip(states, golden["trace"], strict=True):
        np.testing.assert_allclose([h_t[0], c_t[0]], [step["h"], step["c"]], **exact)
    S = lstm(X, h, c, *weights)
    np.testing.assert_allclose(S[0, :3], [s["h"] for s in golden["trace"]], **exact)
    np.testing.assert_allclose(S[0, 3], golden["trace"][-1]["c"], **exact)


VARIANTS = dict(
    zip(
        ("cho", "reset after", "pytorch", "chung"),
        GOLDEN["gru"]["variants"],
        strict=True,
    )
)


def gru_inputs(convention):
    given = GOLDEN["gru"]["inputs"]
    W, U, b = (beside(given, k, "rzn") for k in "WUb")
    if convention == "pytorch":
        b = np.stack([b, [0, 0, 0, 0, *GOLDEN["gru"]["b_hn"]]])
    return [np.array([[given["x"]]]), np.array([given["h0"]]), W, U, b]


@both_tapes
@pytest.mark.parametrize("convention", VARIANTS)
def test_golden_gru(fused, convention):
    golden = GOLDEN["gru"]["variants"][VARIANTS[convention]]
    dy = np.array([[GOLDEN["gru"]["upstream"]]])
    h, grads = value_and_gradients(
        lambda *a: gru(*a, convention=convention),
        *gru_inputs(convention),
        dy=dy,
        fused=fused,
    )
    np.testing.assert_allclose(h[0, 0], golden["h"], **exact)
    expected = [np.array(golden["grads"][n]) for n in ("x", "h0")]
    expected += [beside(golden["grads"], k, "rzn") for k in "WUb"]
    grads[4] = np.atleast_2d(grads[4])[0]
    for g, e in zip(grads, expected, strict=True):
        np.testing.assert_allclose(np.squeeze(g), e, **exact)


def test_flipping_the_update_gate_is_chung():
    X, h, W, U, b = gru_inputs("chung")
    flip = np.array([1, 1, -1, -1, 1, 1])
    turned = gru(X, h, W * flip, U * flip, b * flip, convention="cho")
    np.testing.assert_allclose(gru(X, h, W, U, b, convention="chung"), turned, **exact)


def golden_rnn(W, u):
    return RNN(np.array(W).T, np.array([[u]]), np.zeros(1))


def test_golden_bidirectional():
    golden = GOLDEN["bidirectional_and_deep_rnn"]
    two, X = golden["bidirectional"], np.array([golden["x"]])
    both = Bidirectional(
        golden_rnn(two["Wf"], two["uf"]), golden_rnn(two["Wb"], two["ub"])
    )
    H, (right, left) = both.run(X)
    np.testing.assert_allclose(H[0], two["H"], **exact)
    np.testing.assert_allclose(right[0], two["forward"][-1:], **exact)
    np.testing.assert_allclose(left[0], two["backward"][:1], **exact)


def test_golden_deep():
    golden = GOLDEN["bidirectional_and_deep_rnn"]
    lower = golden_rnn(golden["bidirectional"]["Wf"], 0.5)
    deep, X = Stack(lower, golden_rnn([[0.8]], 0.3)), np.array([golden["x"]])
    expected = np.array(golden["deep_two_layers"]["states_h1_h2"])
    np.testing.assert_allclose(deep(X)[0, :, 0], expected[:, 1], **exact)
    states = unroll(deep.cell, steps_of(X), deep.zero_state(1))
    np.testing.assert_allclose(np.squeeze(states), expected[:, ::-1], **exact)


def test_golden_counts():
    golden, count = GOLDEN["lstm"]["param_counts"], parameter_count
    for name in ("d=10,h=20", "d=1,h=1", "d=28,h=128"):
        d, h = (int(part[2:]) for part in name.split(","))
        sizes = {
            biases: count(LSTM.init(d, h, rng=rng(), biases=biases))
            for biases in (1, 2)
        }
        assert sizes[1] == golden[name]["note001_formula"]
        assert sizes[2] == golden[name]["pytorch_two_biases"]
    two = LSTM.init(10, 20, rng=rng(), biases=2), LSTM.init(20, 20, rng=rng(), biases=2)
    assert count(Stack(*two)) == golden["2_layers_d10_h20_pytorch"]
    assert (
        count(Bidirectional(two[0], two[0])) == golden["bidirectional_d10_h20_pytorch"]
    )
    golden = GOLDEN["gru"]["param_counts"]["d=10,h=20"]
    assert count(GRU.init(10, 20, rng=rng())) == golden["one_bias"]
    pytorch = GRU.init(10, 20, rng=rng(), convention="pytorch")
    assert count(pytorch) == golden["pytorch_two_biases"]
    assert [count(RNN.init(10, 20, rng=rng(), biases=n)) for n in (1, 2)] == [620, 640]


# ---- truncation ----


def test_no_gradient_crosses_the_cut():
    """Exactly 0, where full BPTT has one; after the cut they are the same."""
    numbers, weights = rng(3), bptt_inputs()
    values = [numbers.normal(size=(1, 2)) for _ in range(3)]
    tape = Tape()
    w, xs = tape.inputs(weights), [tape.input(f"x{t}", x) for t, x in enumerate(values)]
    cell = lambda x, h: rnn_cell(x, h, w["Wx"], w["Wh"], w["b"])  # noqa: E731
    late = lambda h, t: bptt_loss(w)(h, t) if t == 1 else 0  # noqa: E731
    L = truncated_bptt(cell, late, xs, [0, 2, 1], (w["h0"],), k1=1, k2=2)
    dx = [g.value for g in gradient(L, [*xs, w["h0"]])]
    assert not dx[0].any() and not dx[3].any()
    (h,) = unroll(cell, xs, (w["h0"],))[-1]
    full = [g.value for g in gradient(bptt_loss(w)(h, 1), [*xs, w["h0"]])]
    assert full[0].any() and full[3].any()
    np.testing.assert_array_equal(dx[1:3], full[1:3])


@settings(max_examples=40)
@given(st.integers(1, 7), st.integers(1, 4), st.integers(0, 4))
def test_truncation_is_a_sum_of_windows(T, k1, more):
    """Each window by hand, its first state a plain array."""
    k2, numbers, w = k1 + more, rng(T), bptt_inputs()
    xs, ts = list(numbers.normal(size=(T, 1, 2))), numbers.integers(0, 3, T)

    def dWh(xs, h, ts):
        tape = Tape()
        w = tape.inputs(bptt_inputs())
        cell = lambda x, h: rnn_cell(x, h, w["Wx"], w["Wh"], w["b"])  # noqa: E731
        states = unroll(cell, xs, (h,))[-len(ts) :]
        L = sum(bptt_loss(w)(h, t) for (h,), t in zip(states, ts, strict=True))
        return gradient(L, [w["Wh"]])[0].value

    plain = unroll(
        lambda x, h: rnn_cell(x, h, w["Wx"], w["Wh"], w["b"]), xs, (w["h0"],)
    )
    hs, expected = [w["h0"], *(h for (h,) in plain)], 0
    for first in range(0, T, k1):
        end = min(first + k1, T)
        start = max(0, first + k1 - k2)
        expected = expected + dWh(xs[start:end], hs[start], ts[first:end])
    tape = Tape()
    w = tape.inputs(bptt_inputs())
    cell = lambda x, h: rnn_cell(x, h, w["Wx"], w["Wh"], w["b"])  # noqa: E731
    L = truncated_bptt(cell, bptt_loss(w), xs, list(ts), (w["h0"],), k1=k1, k2=k2)
    np.testing.assert_allclose(gradient(L, [w["Wh"]])[0].value, expected, **exact)


def test_no_truncation_is_bptt():
    w = Tape().inputs(bptt_inputs())
    grads = gradient(truncated(w, 3, 3), w)
    for name, expected in GOLDEN["rnn_bptt"]["grads"].items():
        np.testing.assert_allclose(grads[name].value.T, expected, **exact)


# ---- masks ----


@both_tapes
@every_cell
def test_padding_changes_nothing(cell, fused):
    """Each sequence of a padded batch is as it would be alone; padding gets 0."""
    name, parts, params = cell
    X, *rest = sequence_inputs(name, parts, (3, 4, 2, 3), rng(6), **params)
    lengths, states = (4, 1, 3), 2 if name == "lstm" else 1
    mask = (np.arange(4) < np.array(lengths)[:, None]) * 1.0
    dy = rng(7).normal(size=(3, 4 + (states == 2), 3))
    dy[:, :4] *= mask[:, :, None]  # a loss that does not look at the padding
    y, grads = value_and_gradients(
        bound(name, mask, params), X, *rest, dy=dy, fused=fused
    )
    total = [np.zeros_like(w) for w in rest[states:]]
    for n, T in enumerate(lengths):
        own = [a[n : n + 1] for a in rest[:states]]
        own_dy = np.concatenate([dy[n : n + 1, :T], dy[n : n + 1, 4:]], axis=1)
        alone, own_grads = value_and_gradients(
            bound(name, None, params),
            X[n : n + 1, :T],
            *own,
            *rest[states:],
            dy=own_dy,
            fused=fused,
        )
        np.testing.assert_allclose(y[n, :T], alone[0, :T], **exact)
        np.testing.assert_array_equal(
            y[n, T:4], np.repeat(y[n, T - 1 : T], 4 - T, axis=0)
        )
        np.testing.assert_allclose(y[n, 4:], alone[0, T:], **exact)
        np.testing.assert_allclose(grads[0][n, :T], own_grads[0][0], **exact)
        assert not grads[0][n, T:].any()
        for g, e in zip(grads[1 : states + 1], own_grads[1 : states + 1], strict=True):
            np.testing.assert_allclose(g[n : n + 1], e, **exact)
        total = [a + g for a, g in zip(total, own_grads[states + 1 :], strict=True)]
    for g, e in zip(grads[states + 1 :], total, strict=True):
        np.testing.assert_allclose(g, e, **exact)


def test_the_last_state_is_that_of_each_length():
    layer, X = LSTM.init(2, 3, rng=rng()), rng(1).normal(size=(2, 4, 2))
    mask = np.array([[1.0, 1, 0, 0], [1, 1, 1, 1]])
    H, state = layer.run(X, mask=mask)
    _, short = layer.run(X[:1, :2])
    for s, e in zip(state, short, strict=True):
        np.testing.assert_allclose(s[:1], e, **exact)
    np.testing.assert_array_equal(last(H), state[0])


def test_the_second_direction_begins_at_the_end_of_each_sequence():
    both = Bidirectional(GRU.init(2, 3, rng=rng()), GRU.init(2, 3, rng=rng(1)))
    X, mask = rng(1).normal(size=(2, 4, 2)), np.array([[1.0, 1, 0, 0], [1, 1, 1, 1]])
    np.testing.assert_allclose(both(X, mask)[0, :2], both(X[:1, :2])[0], **exact)


# ---- layers ----

LAYERS = {
    "RNN": lambda d, h: RNN.init(d, h, rng=rng(1)),
    "RNN, two biases": lambda d, h: RNN.init(d, h, rng=rng(1), biases=2),
    "LSTM": lambda d, h: LSTM.init(d, h, rng=rng(1)),
    "LSTM, two biases": lambda d, h: LSTM.init(d, h, rng=rng(1), biases=2),
    **{
        f"GRU, {c}": lambda d, h, c=c: GRU.init(d, h, rng=rng(1), convention=c)
        for c in CONVENTIONS
    },
    "stack": lambda d, h: Stack(
        LSTM.init(d, h, rng=rng(1)),
        GRU.init(h, h, rng=rng(2)),
        RNN.init(h, h, rng=rng(3)),
    ),
}
every_layer = pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)


def drawn(layer, seed=4):
    """A layer whose weights and biases are all different."""
    values = layer.parameters()
    return layer.with_parameters(
        {
            n: rng(seed + i).normal(size=w.shape) / 2
            for i, (n, w) in enumerate(values.items())
        }
    )


@every_layer
def test_a_layer_is_its_cell_unrolled(make):
    layer, X = drawn(make(2, 3)), rng(5).normal(size=(2, 4, 2))
    H, state = layer.run(X)
    states = unroll(layer.cell, steps_of(X), layer.zero_state(2))
    np.testing.assert_allclose(H, sequence([s[0] for s in states]), **exact)
    for s, e in zip(state, states[-1], strict=True):
        np.testing.assert_allclose(s, e, **exact)
    np.testing.assert_array_equal(layer(X), H)


@both_tapes
@every_layer
def test_a_sequence_in_two_halves(make, fused):
    """The state out of the first is the state into the second, gradients included."""
    layer, X = drawn(make(2, 3)), rng(5).normal(size=(2, 5, 2))
    results = []
    for cut in (0, 2):
        tape = Tape(fused=fused)
        w, x = tape.inputs(layer.parameters()), tape.input("X", X)
        own, H, state = layer.with_parameters(w), [], None
        for start, stop in ((0, cut), (cut, 5)):
            if stop > start:
                part, state = own.run(
                    ops.narrow(x, axis=1, start=start, length=stop - start), state
                )
                H.append(part)
        y = ops.concat(*H, *(ops.reshape(s, shape=(2, 1, 3)) for s in state), axis=1)
        L = ops.sum(y * rng(6).normal(size=y.shape), axes=(0, 1, 2))
        results.append(
            [y.value, *(g.value for g in gradient(L, {**w, "X": x}).values())]
        )
    for a, e in zip(*results, strict=True):
        np.testing.assert_allclose(a, e, **exact)


MASKS = {
    "float32": np.ones((2, 3), np.float32),
    "float64": np.ones((2, 3)),
    "list": [[1, 1, 1], [1, 1, 0]],
}


@both_tapes
@every_layer
@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
def test_float32_stays_float32(make, fused, mask):
    layer, X = make(2, 3), np.ones((2, 3, 2), np.float32)
    values = {n: w.astype(np.float32) for n, w in layer.parameters().items()}
    tape = Tape(fused=fused)
    w = tape.inputs(values)
    H, state = layer.with_parameters(w).run(X, mask=mask)
    grads = gradient(ops.sum(H, axes=(0, 1, 2)), w)
    assert {a.dtype for a in (H, *state, *grads.values())} == {np.dtype(np.float32)}


@both_tapes
@every_cell
def test_a_first_state_of_whole_numbers(cell, fused):
    name, parts, params = cell
    X, *rest = sequence_inputs(name, parts, (2, 3, 2, 3), rng(), **params)
    outputs = []
    for kind in (int, float):
        state = [np.ones((2, 3), kind)] * (len(rest) - 3)
        x = Tape(fused=fused).input("X", X)
        outputs.append(SEQUENCES[name](x, *state, *rest[-3:], **params).value)
    np.testing.assert_array_equal(*outputs)


def test_one_step_of_a_training_tape():
    for make, most in (
        (LAYERS["RNN"], 1),
        (LAYERS["LSTM"], 1),
        (LAYERS["GRU, cho"], 1),
    ):
        tape, layer = Tape(fused=True), make(2, 3)
        layer.with_parameters(tape.inputs(layer.parameters()))(np.ones((2, 9, 2)))
        assert sum(s.op.startswith("fused") for s in tape.steps) == most


def test_steps_of_a_cell():
    """What an explorer shows of one LSTM step, forward and backward."""
    tape = Tape()
    names = zip(LSTM_NAMES, lstm_inputs([[1.0, -0.5]]), strict=True)
    x, *rest = (tape.input(n, a[:, 0] if n == "X" else a) for n, a in names)
    h, _ = lstm_cell(x, *rest)
    forward = len(tape.steps) - 6
    L = ops.sum(h, axes=(0, 1))
    before = len(tape.steps)
    gradient(L, [x, *rest])
    assert (forward, len(tape.steps) - before) == (17, 40)
    Trace.from_tape(tape, title="one LSTM step", loss=L).check()


@every_layer
def test_an_unrolled_layer_can_be_exported(make):
    tape, layer = Tape(), make(2, 3)
    own = layer.with_parameters(tape.inputs(layer.parameters()))
    xs = [tape.input(f"x{t}", rng(t).normal(size=(1, 2))) for t in range(3)]
    states = unroll(own.cell, xs, own.zero_state(1))
    L = ops.sum(states[-1][0] ** 2, axes=(0, 1))
    gradient(L, xs)
    trace = Trace.from_tape(tape, title="unrolled", loss=L)
    trace.check()
    new = rng(9).normal(size=(1, 2))
    expected = unroll(
        layer.cell, [new, *(x.value for x in xs[1:])], layer.zero_state(1)
    )
    replayed = trace.replay({"x0": new})[L.name]
    np.testing.assert_allclose(replayed, np.sum(expected[-1][0] ** 2), **exact)
    assert {s.place.scope[0] for s in tape.steps if s.place.scope} >= {
        "step 1",
        "step 3",
    }


def test_formulas_stay_short_however_many_steps():
    """Parts have names; written out, three steps of an LSTM were 31 MB."""
    tape, layer = Tape(), LAYERS["stack"](1, 2)
    xs = [tape.input(f"x{t}", [[0.5]]) for t in range(3)]
    states = unroll(
        layer.with_parameters(tape.inputs(layer.parameters())).cell,
        xs,
        layer.zero_state(1),
    )
    L = ops.sum(states[-1][0], axes=(0, 1))
    gradient(L, xs)
    steps = Trace.from_tape(tape, title="unrolled", loss=L).steps
    assert max(len(s["latex"] or "") for s in steps) < 1000
    assert {"i1", "f2", "c3", "h3", "h3_2", "h3_3", "r1", "dL/dh2"} <= {
        s["name"] for s in steps
    }
    (top,) = (s for s in tape.steps if s.name == "h3_3")
    assert tape.symbols[top.id] == "h_{3}^{(3)}" and top is states[-1][0]


def test_feeding_back_is_one_to_many():
    layer, W = RNN.init(2, 3, rng=rng()), rng(1).normal(size=(3, 2))
    x, state = np.ones((1, 2)), layer.zero_state(1)
    outputs, final = feed_back(layer.cell, lambda h: h @ W, x, state, steps=3)
    for y in outputs:
        state = layer.cell(x, *state)
        x = state[0] @ W
        np.testing.assert_array_equal(y, x)
    np.testing.assert_array_equal(final, state)
    assert len(outputs) == 3


def test_two_biases_are_added():
    X = rng(1).normal(size=(2, 3, 2))
    for make in (LAYERS["RNN, two biases"], LAYERS["LSTM, two biases"]):
        layer = drawn(make(2, 3))
        one = layer.with_parameters(layer.parameters() | {"b": layer.b[0] + layer.b[1]})
        np.testing.assert_allclose(layer(X), one(X), **exact)


def test_first_weights():
    layer = LSTM.init(40, 60, rng=rng())
    for k in range(4):
        part = layer.W_x[:, 60 * k : 60 * (k + 1)]
        assert np.isclose(part.std(), np.sqrt(2 / 100), rtol=0.05)
    assert layer.b.tolist() == [0.0] * 60 + [1.0] * 60 + [0.0] * 120
    two = LSTM.init(1, 2, rng=rng(), biases=2, forget_bias=0.5).b
    assert two.tolist() == [[0, 0, 0.5, 0.5, 0, 0, 0, 0], [0] * 8]


def test_names_of_layers():
    deep = Stack(LSTM.init(2, 3, rng=rng()), GRU.init(3, 4, rng=rng()))
    assert repr(deep) == "Stack(LSTM(2, 3), GRU(3, 4))"
    assert list(deep.parameters()) == ["0.W_x", "0.W_h", "0.b", "1.W_x", "1.W_h", "1.b"]
    again = deep.with_parameters(deep.parameters())
    assert isinstance(again, Stack) and again.states == 3
    wide = Bidirectional(deep, deep)
    assert [s.shape for s in wide.zero_state(5)] == [(5, 4), (5, 3), (5, 3)] * 2
    with pytest.raises(
        ValueError, match="GRU: parameter b is missing; there are W_x, W_h, b"
    ):
        GRU.init(1, 1, rng=rng()).with_parameters({"W_x": 0, "W_h": 0})


@pytest.mark.parametrize("make", [LAYERS["RNN"], LAYERS["LSTM"], LAYERS["GRU, cho"]])
def test_a_network_learns_to_remember(make):
    """The class is the sign of the first number; noise follows."""
    X = rng().normal(size=(256, 6, 1))
    t = (X[:, 0, 0] > 0).astype(int)
    model = Sequential(make(1, 8), last, Linear.init(8, 2, rng=rng(2)))
    options = {"epochs": 20, "batch_size": 32, "rng": rng(3), "progress": False}
    history = fit(model, cross_entropy, X, t, optimizer=Adam(lr=0.02), **options)
    assert history.losses[-1] < 0.2 * history.losses[0]


def test_reading_backwards():
    X = rng().normal(size=(2, 3, 2))
    np.testing.assert_array_equal(reverse(X), X[:, ::-1])
    np.testing.assert_array_equal(sequence(steps_of(X)), X)


# ---- error sentences ----


def of(function, *shapes, **params):
    return lambda: function(*map(np.zeros, shapes), **params)


def masked(mask):
    return lambda: rnn(
        *map(np.zeros, ((2, 3, 4), (2, 5), (4, 5), (5, 5), (5,))), np.array(mask)
    )


def begun(layer, state):
    """A call of a layer of 3 features that begins with a state."""
    return lambda: layer.run(np.ones((2, 5, 3)), state)


def masked_layer(layer):
    """A call of a layer of 3 features with a sequence of length 0."""
    return lambda: layer(np.ones((2, 5, 3)), np.eye(2, 5) * [[1], [0]])


def states(count):
    return tuple(np.ones((2, 4)) for _ in range(count))


PADDING = "a sequence is nothing but padding"
TORCH_STATE, PAIR = np.ones((1, 2, 4)), states(2)
VANILLA, MEMORY, GATED = (kind.init(3, 4, rng=rng()) for kind in (RNN, LSTM, GRU))
DEEP, BOTH = Stack(MEMORY, GRU.init(4, 4, rng=rng())), Bidirectional(GATED, MEMORY)
RNN_SHAPES, ONE = ((2, 3, 4), (2, 5), (4, 5), (5, 5), (5,)), lambda x, h: h
WRONG = [
    (of(rnn_cell, (2, 4), (2, 6), (4, 5), (5, 5), (5,)), "rnn_cell: h has shape (2, 6), but x has 2 rows and W_h 5 units: (2, 5)"),
    (of(rnn_cell, (2, 4), (3, 5), (4, 5), (5, 5), (5,)), "rnn_cell: h has shape (3, 5), but x has 2 rows and W_h 5 units: (2, 5)"),
    (of(rnn_cell, (2, 4, 1), (2, 5), (4, 5), (5, 5), (5,)), "rnn_cell: x has shape (2, 4, 1) but needs axes (N, D)"),
    (of(rnn_cell, (2, 4), (2, 5), (3, 5), (5, 5), (5,)), "rnn_cell: W_x has shape (3, 5), but x has 4 features and W_h 5 units: (4, 5)"),
    (of(lstm_cell, (2, 4), (2, 5), (2, 4), (4, 20), (5, 20), (20,)), "lstm_cell: c has shape (2, 4), but x has 2 rows and W_h 5 units: (2, 5)"),
    (of(lstm_cell, (2, 4), (2, 5), (2, 5), (4, 20), (5, 15), (20,)), "lstm_cell: W_h has shape (5, 15), but x has 4 features and W_h 5 units with 4 parts each: (5, 20)"),
    (of(lstm_cell, (2, 4), (2, 5), (2, 5), (4, 20), (5, 20), (2, 20)), "lstm_cell: b has shape (2, 20), but x has 4 features and W_h 5 units with 4 parts each: (20,)"),
    (of(gru_cell, (2, 4), (2, 5), (4, 15), (5, 15), (15,), convention="keras"), "gru_cell: convention is 'keras', not one of cho, chung, reset after, pytorch"),
    (of(gru_cell, (2, 4), (2, 5), (4, 15), (5, 15), (15,), convention="pytorch"), "gru_cell: b has shape (15,), but x has 4 features and W_h 5 units with 3 parts each: (2, 15)"),
    (of(gru, (2, 0, 4), (2, 5), (4, 15), (5, 15), (15,)), "gru: X has 0 time steps, shape (2, 0, 4)"),
    (of(gru, (2, 4), (2, 5), (4, 15), (5, 15), (15,)), "gru: X has shape (2, 4) but needs axes (N, T, D)"),
    (of(rnn, (2, 0, 4), *RNN_SHAPES[1:]), "rnn: X has 0 time steps, shape (2, 0, 4)"),
    (of(rnn, *RNN_SHAPES[:2], (3, 5), *RNN_SHAPES[3:]), "rnn: W_x has shape (3, 5), but X has 4 features and W_h 5 units: (4, 5)"),
    (of(lstm, (2, 3, 4), (1, 5), (2, 5), (4, 20), (5, 20), (20,)), "lstm: h has shape (1, 5), but X has 2 rows and W_h 5 units: (2, 5)"),
    (of(rnn, *RNN_SHAPES, (2, 4)), "rnn: mask has shape (2, 4), but X has (N, T) = (2, 3)"),
    (masked([[1, 1, 1], [1, 0.5, 0]]), "rnn: mask[1, 1] is 0.5, not 0 or 1"),
    (masked([[1, 1, 1], [0, 0, 0]]), f"rnn: mask[1] is all 0: {PADDING}"),
    (masked_layer(VANILLA), f"rnn: mask[1] is all 0: {PADDING}"),
    (masked_layer(MEMORY), f"lstm: mask[1] is all 0: {PADDING}"),
    (masked_layer(GATED), f"gru: mask[1] is all 0: {PADDING}"),
    (masked_layer(DEEP), f"lstm: mask[1] is all 0: {PADDING}"),
    (masked_layer(BOTH), f"gru: mask[1] is all 0: {PADDING}"),
    (lambda: unroll(ONE, [], ()), "unroll: xs holds 0 time steps"),
    (lambda: unroll(ONE, [1, 2, 3], (0,), [1, 1]), "unroll: 2 masks for 3 time steps"),
    (lambda: Bidirectional(MEMORY), "Bidirectional: 1 layers, not two"),
    (of(last, (2, 3)), "last: H has shape (2, 3) but needs axes (N, T, H)"),
    (lambda: truncated_bptt(ONE, ONE, [1, 2], [1], (), k1=1, k2=1), "truncated_bptt: there are 2 time steps and 1 targets, not one target for each step"),
    (lambda: truncated_bptt(ONE, ONE, [], [], (), k1=1, k2=1), "truncated_bptt: there are 0 time steps and 0 targets, not one target for each step"),
    (lambda: truncated_bptt(ONE, ONE, [1], [1], (), k1=2, k2=1), "truncated_bptt: k1 = 2 and k2 = 1, not 1 <= k1 <= k2"),
    (lambda: truncated_bptt(ONE, ONE, [1], [1], (), k1=0, k2=1), "truncated_bptt: k1 = 0 and k2 = 1, not 1 <= k1 <= k2"),
    (begun(VANILLA, PAIR[0]), "RNN: state is one ndarray, shape (2, 4), not a tuple (h,)"),
    (begun(VANILLA, TORCH_STATE), "RNN: state is one ndarray, shape (1, 2, 4), not a tuple (h,)"),
    (begun(VANILLA, np.zeros((1, 1))), "RNN: state is one ndarray, shape (1, 1), not a tuple (h,)"),
    (begun(VANILLA, Tape().input("h", PAIR[0])), "RNN: state is one Tensor, shape (2, 4), not a tuple (h,)"),
    (begun(VANILLA, 0), "RNN: state is one int, shape (), not a tuple (h,)"),
    (begun(VANILLA, ()), "RNN: state has length 0, not 1: (h,)"),
    (begun(VANILLA, PAIR), "RNN: state has length 2, not 1: (h,)"),
    (begun(VANILLA, ((PAIR[0], TORCH_STATE),)), "RNN: state[0] is one tuple, not an array (N, H)"),
    (begun(VANILLA, (TORCH_STATE,)), "rnn: h has shape (1, 2, 4), but X has 2 rows and W_h 4 units: (2, 4)"),
    (begun(MEMORY, PAIR[0]), "LSTM: state is one ndarray, shape (2, 4), not a tuple (h, c)"),
    (begun(MEMORY, states(1)), "LSTM: state has length 1, not 2: (h, c)"),
    (begun(MEMORY, states(3)), "LSTM: state has length 3, not 2: (h, c)"),
    (begun(GATED, TORCH_STATE), "GRU: state is one ndarray, shape (1, 2, 4), not a tuple (h,)"),
    (begun(GATED, PAIR), "GRU: state has length 2, not 1: (h,)"),
    (begun(DEEP, PAIR[0]), "Stack: state is one ndarray, shape (2, 4), not a tuple (h, h, c)"),
    (begun(DEEP, PAIR), "Stack: state has length 2, not 3: (h, h, c)"),
    (begun(DEEP, states(4)), "Stack: state has length 4, not 3: (h, h, c)"),
    (lambda: DEEP.cell(np.ones((2, 3)), *states(4)), "Stack: state has length 4, not 3: (h, h, c)"),
    (begun(BOTH, TORCH_STATE), "Bidirectional: state is one ndarray, shape (1, 2, 4), not a tuple (h, h, c)"),
    (begun(BOTH, states(1)), "Bidirectional: state has length 1, not 3: (h, h, c)"),
    (begun(BOTH, (*PAIR, states(2))), "Bidirectional: state[2] is one tuple, not an array (N, H)"),
    (begun(Stack(BOTH), states(1)), "Stack: state has length 1, not 3: (h, h, c)"),
    (lambda: MEMORY(np.ones(3)), "LSTM: X has shape (3,) but needs axes (N, T, D)"),
    (lambda: BOTH(np.ones((2, 3))), "Bidirectional: X has shape (2, 3) but needs axes (N, T, D)"),
]  # fmt: skip


@pytest.mark.parametrize("call, sentence", WRONG, ids=[s for _, s in WRONG])
def test_sentence(call, sentence):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        call()
