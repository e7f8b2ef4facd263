"""PyTorch itself against the recurrent layers: values, last states, all gradients."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlib import Tape, gradient, ops
from nnlib.language import embedding
from nnlib.recurrent_layers import GRU, LSTM, RNN, Bidirectional, Stack

pytestmark = pytest.mark.proof
close = {"rtol": 1e-10, "atol": 1e-10}
KINDS = {
    "RNN": lambda d, h, rng: RNN.init(d, h, rng=rng, biases=2),
    "LSTM": lambda d, h, rng: LSTM.init(d, h, rng=rng, biases=2),
    "GRU": lambda d, h, rng: GRU.init(d, h, rng=rng, convention="pytorch"),
}
sizes = st.integers(1, 4)


def network(kind, D, H, layers, directions, rng):
    """Our twin of nn.RNN(D, H, layers, bidirectional=directions == 2)."""
    stack = []
    for _ in range(layers):
        both = [KINDS[kind](D, H, rng) for _ in range(directions)]
        stack.append(Bidirectional(*both) if directions == 2 else both[0])
        D = H * directions
    model = Stack(*stack)
    values = model.parameters().items()
    return model.with_parameters({n: rng.normal(size=w.shape) for n, w in values})


def copied(kind, model, D, H, layers, directions):
    """PyTorch's network with our weights; its names follow the same order."""
    import torch

    twin = getattr(torch.nn, kind)(
        D,
        H,
        layers,
        batch_first=True,
        bidirectional=directions == 2,
        dtype=torch.double,
    )
    weights = list(model.parameters().values())
    ours = []
    for W_x, W_h, b in zip(*(weights[k::3] for k in range(3)), strict=True):
        ours += [W_x.T, W_h.T, *b]
    for parameter, value in zip(twin.parameters(), ours, strict=True):
        parameter.data = torch.tensor(value)
    return twin


def of_theirs(twin):
    """Their gradients in our form."""
    grads = [p.grad.numpy() for p in twin.parameters()]
    for k in range(0, len(grads), 4):
        W_x, W_h, b_x, b_h = grads[k : k + 4]
        yield from (W_x.T, W_h.T, np.stack([b_x, b_h]))


@settings(max_examples=25)
@given(st.sampled_from(list(KINDS)), *[sizes] * 4, st.booleans(), st.integers(0, 99))
@pytest.mark.parametrize("layers, directions", [(1, 1), (2, 1), (1, 2), (2, 2)])
def test_networks(layers, directions, kind, N, T, D, H, packed, seed):
    import torch
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

    rng = np.random.default_rng(seed)
    model = network(kind, D, H, layers, directions, rng)
    twin = copied(kind, model, D, H, layers, directions)
    X, lengths = rng.normal(size=(N, T, D)), np.append(T, rng.integers(1, T + 1, N - 1))
    mask = (np.arange(T) < lengths[:, None]) * 1.0 if packed else np.ones((N, T))
    dH = rng.normal(size=(N, T, H * directions)) * mask[:, :, None]

    x = torch.tensor(X, requires_grad=True)
    given_x = pack_padded_sequence(x, lengths, True, False) if packed else x
    theirs, last = twin(given_x)
    theirs = pad_packed_sequence(theirs, batch_first=True)[0] if packed else theirs
    last = [s.detach().numpy() for s in (last if kind == "LSTM" else [last])]
    (theirs * torch.tensor(dH)).sum().backward()

    for fused in (False, True):
        tape = Tape(fused=fused)
        w, own_x = tape.inputs(model.parameters()), tape.input("X", X)
        masks = (mask,) if packed else (None,)
        Y, state = model.with_parameters(w).run(own_x, None, *masks)
        expected = theirs.detach().numpy()
        np.testing.assert_allclose(Y.value * mask[:, :, None], expected, **close)
        same_order = in_their_order(state, len(last), layers, directions)
        for s, e in zip(same_order, last, strict=True):
            np.testing.assert_allclose(s, e, **close)
        grads = gradient(ops.sum(Y * dH, axes=(0, 1, 2)), {**w, "X": own_x})
        np.testing.assert_allclose(grads.pop("X").value, x.grad.numpy(), **close)
        for g, e in zip(grads.values(), of_theirs(twin), strict=True):
            np.testing.assert_allclose(g.value, e, **close)


def in_their_order(state, parts, layers, directions):
    """h of every layer and direction, then c; the first layer first."""
    own = parts * directions
    groups = [state[own * l : own * (l + 1)] for l in reversed(range(layers))]
    for part in range(parts):
        yield np.stack(
            [g[d * parts + part].value for g in groups for d in range(directions)]
        )


def test_gradients_of_first_and_last_states():
    import torch

    rng = np.random.default_rng(3)
    for kind in KINDS:
        model = network(kind, 3, 4, 1, 1, rng)
        twin, count = copied(kind, model, 3, 4, 1, 1), 2 if kind == "LSTM" else 1
        X, *first = (rng.normal(size=s) for s in [(2, 5, 3), *[(2, 4)] * count])
        up = [rng.normal(size=(2, 4)) for _ in range(count)]
        theirs = [torch.tensor(s[None], requires_grad=True) for s in first]
        packed = tuple(theirs) if count == 2 else theirs[0]
        last = twin(torch.tensor(X), packed)[1]
        last = last if count == 2 else [last]
        sum(
            (s[0] * torch.tensor(u)).sum() for s, u in zip(last, up, strict=True)
        ).backward()
        for fused in (False, True):
            tape = Tape(fused=fused)
            own = [tape.input(f"s{k}", s) for k, s in enumerate(first)]
            _, state = model.run(X, tuple(own))
            parts = [
                ops.sum(s * u, axes=(0, 1)) for s, u in zip(state, up, strict=True)
            ]
            for g, e in zip(gradient(sum(parts), own), theirs, strict=True):
                np.testing.assert_allclose(g.value, e.grad[0].numpy(), **close)


def test_embedding():
    import torch

    rng = np.random.default_rng(1)
    E, ids = rng.normal(size=(9, 4)), rng.integers(0, 9, (3, 5))
    dy = rng.normal(size=(3, 5, 4))
    theirs = torch.tensor(E, requires_grad=True)
    (
        torch.nn.functional.embedding(torch.tensor(ids), theirs) * torch.tensor(dy)
    ).sum().backward()
    for fused in (False, True):
        own = Tape(fused=fused).input("E", E)
        (dE,) = gradient(ops.sum(embedding(own, ids) * dy, axes=(0, 1, 2)), [own])
        np.testing.assert_allclose(dE.value, theirs.grad.numpy(), **close)
