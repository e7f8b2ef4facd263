"""Layers that attend, with drawn weights, for tests with PyTorch and without."""

from dataclasses import dataclass

import numpy as np

from nnlib import Tape, gradient, ops
from nnlib.attention_layers import MultiHeadAttention
from nnlib.gpt import GPT
from nnlib.layers import LayerNorm
from nnlib.masks import causal_mask, padding_mask
from nnlib.transformer import DecoderBlock, EncoderBlock


@dataclass(frozen=True)
class Case:
    """A layer and what it is called with; ``arrays`` are differentiated as well."""

    layer: object
    arrays: dict
    fixed: dict

    def upstream(self):
        """dL/dy, so that no gradient is right by chance."""
        y = self.layer(**self.arrays, **self.fixed)
        return np.random.default_rng(7).normal(size=y.shape)

    def value_and_gradients(self, *, fused):
        """y, and the gradients of all parameters and arrays by their names."""
        tape = Tape(fused=fused)
        w = tape.inputs(self.layer.parameters())
        arrays = {n: tape.input(n, a) for n, a in self.arrays.items()}
        y = self.layer.with_parameters(w)(**arrays, **self.fixed)
        L = ops.sum(y * self.upstream(), axes=tuple(range(y.ndim)))
        grads = gradient(L, {**w, **arrays})
        return y.value, {name: g.value for name, g in grads.items()}


def drawn(layer, rng):
    """The layer with all weights, biases and scales different."""
    values = layer.parameters()
    return layer.with_parameters(
        {n: rng.normal(size=np.shape(w)) / 2 for n, w in values.items()}
    )


def cases(N=2, T=3, S=5, d=4, heads=2, d_ff=6, V=5, seed=0):
    """One of each kind, of any sizes."""
    rng = np.random.default_rng(seed)
    X, Y = rng.normal(size=(N, T, d)), rng.normal(size=(N, S, d))
    padded, source = (
        padding_mask(np.append(n, rng.integers(1, max(n, 2), N - 1)), n) for n in (T, S)
    )
    attention = drawn(MultiHeadAttention.init(d, heads, rng=rng), rng)
    norm = drawn(LayerNorm.init(d), rng)
    found = {
        "layer norm": Case(norm, {"x": X}, {}),
        "self-attention": Case(attention, {"X": X}, {}),
        "causal": Case(attention, {"X": X}, {"mask": causal_mask(T)}),
        "cross-attention": Case(attention, {"X": X, "Y": Y}, {"mask": source}),
    }
    for kind, pre_norm in (("post-norm", False), ("pre-norm", True)):
        options = {"rng": rng, "pre_norm": pre_norm}
        encoder = drawn(EncoderBlock.init(d, heads, d_ff, **options), rng)
        decoder = drawn(DecoderBlock.init(d, heads, d_ff, **options), rng)
        found[f"encoder {kind}"] = Case(encoder, {"X": X}, {"mask": padded})
        found[f"decoder {kind}"] = Case(decoder, {"X": X, "Y": Y}, {"mask": source})
    gpt = drawn(GPT.init(V, T + 1, d, heads, 2, rng=rng), rng)
    found["gpt"] = Case(gpt, {}, {"ids": rng.integers(0, V, (N, T))})
    return found
