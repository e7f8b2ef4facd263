"""Attention as PyTorch computes it; where our mask is 1, theirs is True."""


def scaled_dot_product_attention(Q, K, V, mask=None):
    from torch.nn import functional as F

    return F.scaled_dot_product_attention(Q, K, V, attn_mask=_shown(mask))


def multi_head_attention(Q, K, V, mask=None, *, heads):
    """The heads side by side in one more axis, which a mask of a batch gets as well."""
    from torch.nn import functional as F

    def split(x):
        return x.unflatten(-1, (heads, -1)).transpose(-2, -3)

    shown = _shown(mask)
    if shown is not None and shown.ndim > 2:
        shown = shown.unsqueeze(-3)
    O = F.scaled_dot_product_attention(*map(split, (Q, K, V)), attn_mask=shown)
    return O.transpose(-2, -3).flatten(-2)


def _shown(mask):
    return (
        None if mask is None else mask.reshape((1,) * (2 - mask.ndim) + mask.shape) != 0
    )
