"""What chapter 24 says of PyTorch: packed sequences, masked scores, a padded batch."""

import math

import numpy as np
import pytest

from nnlib.attention import attention_weights
from nnlib.masks import padding_mask
from nnlib.recurrent_layers import GRU
from nnlib.scores import additive_scores

pytestmark = pytest.mark.proof
torch = pytest.importorskip("torch")
rnn = torch.nn.utils.rnn
close = {"rtol": 1e-10, "atol": 1e-10}


def test_a_packed_sequence_ends_where_our_mask_does():
    rng, lengths = np.random.default_rng(0), [5, 2, 4]
    ours = GRU.init(3, 4, rng=rng, convention="pytorch")
    theirs = torch.nn.GRU(3, 4, batch_first=True).double()
    wanted = {"W_x": theirs.weight_ih_l0.T, "W_h": theirs.weight_hh_l0.T}
    wanted["b"] = torch.stack([theirs.bias_ih_l0, theirs.bias_hh_l0])
    ours = ours.with_parameters({n: w.detach().numpy() for n, w in wanted.items()})
    sources = [torch.tensor(rng.normal(size=(n, 3))) for n in lengths]
    X = rnn.pad_sequence(sources, batch_first=True)
    packed = rnn.pack_padded_sequence(
        X, lengths, batch_first=True, enforce_sorted=False
    )
    _, last = theirs(packed)
    mask = padding_mask(lengths, 5)[:, 0]
    _, (s,) = ours.run(X.numpy(), None, mask)
    np.testing.assert_allclose(s, last[0].detach().numpy(), **close)


def test_masked_scores_and_additive_layers():
    rng = np.random.default_rng(1)
    q, H = rng.normal(size=(1, 2)), rng.normal(size=(4, 3))
    W, U, v = (
        torch.nn.Linear(*sizes, bias=False).double()
        for sizes in ((2, 5), (3, 5), (5, 1))
    )
    e = v(torch.tanh(W(torch.tensor(q)) + U(torch.tensor(H)))).T
    ours = [layer.weight.detach().numpy().T for layer in (W, U, v)]
    found = additive_scores(q, H, *ours[:2], ours[2][:, 0])
    np.testing.assert_allclose(found, e.detach().numpy(), **close)
    mask = torch.tensor([[True, True, False, True]])
    a = torch.softmax(e.masked_fill(~mask, -math.inf), dim=-1)
    ours = attention_weights(found, mask.numpy() * 1.0)
    np.testing.assert_allclose(ours, a.detach().numpy(), **close)
