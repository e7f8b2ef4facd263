"""PyTorch's own layers with our weights, and their gradients under our names."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from nnlib.gpt import GPT
from nnlib.layers import LayerNorm
from nnlib.transformer import DecoderBlock, EncoderBlock


def _linear(prefix, module, read):
    return {f"{prefix}.W": read(module.weight).T, f"{prefix}.b": read(module.bias)}


def _norm(prefix, module, read):
    return {f"{prefix}gamma": read(module.weight), f"{prefix}beta": read(module.bias)}


def _attention(prefix, module, read):
    W, b = read(module.in_proj_weight), read(module.in_proj_bias)
    d = W.shape[1]
    parts = {}
    for k, letter in enumerate("QKV"):
        own = slice(k * d, (k + 1) * d)
        parts |= {f"{prefix}W_{letter}": W[own].T, f"{prefix}b_{letter}": b[own]}
    out = module.out_proj
    return parts | {
        f"{prefix}W_O": read(out.weight).T,
        f"{prefix}b_O": read(out.bias),
    }


def _block(prefix, module, read):
    parts = _attention(f"{prefix}attention.", module.self_attn, read)
    parts |= _linear(f"{prefix}feed_forward.0", module.linear1, read)
    parts |= _linear(f"{prefix}feed_forward.2", module.linear2, read)
    norms = [n for n in ("norm1", "norm2", "norm3") if hasattr(module, n)]
    for name in norms:
        parts |= _norm(f"{prefix}{name}.", getattr(module, name), read)
    if len(norms) == 3:
        cross = module.multihead_attn
        parts |= _attention(f"{prefix}cross_attention.", cross, read)
    return parts


class Decoder(nn.Module):
    """A GPT out of PyTorch's encoder layers."""

    def __init__(self, V, context, d, heads, blocks):
        super().__init__()
        self.tokens = nn.Embedding(V, d, dtype=torch.double)
        self.positions = nn.Embedding(context, d, dtype=torch.double)
        gelu = lambda x: F.gelu(x, approximate="tanh")  # noqa: E731
        self.blocks = nn.ModuleList(
            _encoder(d, heads, 4 * d, True, gelu) for _ in range(blocks)
        )
        self.norm = nn.LayerNorm(d, dtype=torch.double)

    def forward(self, ids):
        T = ids.shape[1]
        X = self.tokens(ids) + self.positions(torch.arange(T))
        hidden = torch.ones(T, T).triu(1).bool()
        for block in self.blocks:
            X = block(X, src_mask=hidden)
        return self.norm(X) @ self.tokens.weight.T

    def named(self, read):
        parts = {
            "tokens.E": read(self.tokens.weight),
            "positions.E": read(self.positions.weight),
        }
        for l, block in enumerate(self.blocks):
            parts |= _block(f"blocks.{l}.", block, read)
        return parts | _norm("norm.", self.norm, read)


def _encoder(d, heads, d_ff, pre_norm, activation=F.relu, kind="Encoder"):
    return getattr(nn, f"Transformer{kind}Layer")(
        d,
        heads,
        d_ff,
        dropout=0.0,
        activation=activation,
        batch_first=True,
        norm_first=pre_norm,
        dtype=torch.double,
    )


def twin(layer):
    """PyTorch's module for one of our layers, and a function that reads its parts."""
    if isinstance(layer, LayerNorm):
        module = nn.LayerNorm(len(layer.gamma), dtype=torch.double)
        return module, lambda read: _norm("", module, read)
    if isinstance(layer, GPT):
        (V, d), blocks = layer.tokens.E.shape, layer.blocks.layers
        heads = blocks[0].attention.heads
        module = Decoder(V, layer.context, d, heads, len(blocks))
        return module, module.named
    if isinstance(layer, (EncoderBlock, DecoderBlock)):
        d, heads = len(layer.norm1.gamma), layer.attention.heads
        d_ff = len(layer.feed_forward.layers[0].b)
        kind = type(layer).__name__.removesuffix("Block")
        module = _encoder(d, heads, d_ff, layer.pre_norm, kind=kind)
        return module, lambda read: _block("", module, read)
    module = nn.MultiheadAttention(
        len(layer.W_Q), layer.heads, batch_first=True, dtype=torch.double
    )
    return module, lambda read: _attention("", module, read)


def _hidden(mask, T, heads):
    """Our mask in the form of PyTorch: True where a query may *not* look, per head."""
    if mask is None:
        return None
    mask = np.asarray(mask) == 0
    if mask.ndim == 2:
        return torch.tensor(mask)
    N, _, S = mask.shape
    return torch.tensor(np.repeat(np.broadcast_to(mask, (N, T, S)), heads, axis=0))


def call(layer, module, tensors, fixed):
    """What PyTorch's module gives for the inputs of a case."""
    if isinstance(layer, LayerNorm):
        return module(tensors["x"])
    if isinstance(layer, GPT):
        return module(torch.tensor(fixed["ids"]))
    X, Y = tensors["X"], tensors.get("Y", tensors["X"])
    T = X.shape[1]
    heads = getattr(layer, "heads", None) or layer.attention.heads
    hidden = _hidden(fixed.get("mask"), T, heads)
    if isinstance(layer, EncoderBlock):
        return module(X, src_mask=hidden)
    if isinstance(layer, DecoderBlock):
        causal = torch.ones(T, T).triu(1).bool()
        return module(X, Y, tgt_mask=causal, memory_mask=hidden)
    return module(X, Y, Y, attn_mask=hidden, need_weights=False)[0]


def value_and_gradients(case):
    """y and all gradients of a case, by PyTorch."""
    module, named = twin(case.layer)
    with torch.no_grad():
        views = named(lambda p: p.data)
        for name, value in case.layer.parameters().items():
            views[name].copy_(torch.tensor(value))
    tensors = {n: torch.tensor(a, requires_grad=True) for n, a in case.arrays.items()}
    y = call(case.layer, module, tensors, case.fixed)
    y.backward(torch.tensor(case.upstream()))
    grads = {n: g.numpy() for n, g in named(lambda p: p.grad).items()}
    grads |= {n: t.grad.numpy() for n, t in tensors.items()}
    return y.detach().numpy(), grads
