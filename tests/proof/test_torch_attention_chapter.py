"""What chapter 23 says of PyTorch's attention: its masks, and rows that see nothing."""

import numpy as np
import pytest

from nnlib.attention import scaled_dot_product_attention
from nnlib.masks import causal_mask

pytestmark = pytest.mark.proof
torch = pytest.importorskip("torch")
attend = torch.nn.functional.scaled_dot_product_attention
close = {"rtol": 1e-10, "atol": 1e-10}


@pytest.fixture
def given():
    rng = np.random.default_rng(0)
    return [rng.normal(size=(3, 4)) for _ in "QKV"]


def batched(arrays):
    return [torch.tensor(x)[None, None] for x in arrays]


def layer():
    torch.manual_seed(0)
    return torch.nn.MultiheadAttention(4, 1, batch_first=True).double()


def test_for_the_function_true_may_look(given):
    ours = scaled_dot_product_attention(*given, causal_mask(3))
    may_look = torch.tensor(causal_mask(3) > 0)
    for theirs in (
        attend(*batched(given), attn_mask=may_look),
        attend(*batched(given), is_causal=True),
    ):
        np.testing.assert_allclose(theirs[0, 0].numpy(), ours, **close)


def test_for_the_layer_true_is_hidden(given):
    x = torch.tensor(given[0])[None]
    hidden = torch.tensor(causal_mask(3) == 0)
    _, weights = layer()(x, x, x, attn_mask=hidden)
    assert (weights[0][hidden] == 0).all() and (weights[0][~hidden] > 0).all()


def test_a_row_that_sees_nothing_is_zero_or_nan(given):
    may_look = torch.ones(3, 3, dtype=bool)
    may_look[1] = False
    from_function = attend(*batched(given), attn_mask=may_look)[0, 0, 1]
    assert (from_function == 0).all()
    x = torch.tensor(given[0])[None]
    from_layer, _ = layer()(x, x, x, attn_mask=~may_look)
    assert from_layer[0, 1].isnan().all()
    faster, _ = layer()(x, x, x, attn_mask=~may_look, need_weights=False)
    assert faster.isfinite().all()


def test_is_causal_counts_from_the_first(given):
    """One query that continues a sequence of two: it sees the first key alone."""
    Q, K, V = given
    theirs = attend(*batched((Q[2:], K, V)), is_causal=True)[0, 0]
    np.testing.assert_allclose(theirs.numpy(), V[:1], **close)


def test_scale_is_the_factor(given):
    Q, K, V = given
    theirs = attend(*batched((Q, K, V)), scale=1.0)[0, 0].numpy()
    ours = scaled_dot_product_attention(2 * Q, K, V)  # the root of 4 undone
    np.testing.assert_allclose(theirs, ours, **close)
