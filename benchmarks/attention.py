"""Heads that attend, forward and backward; and a training step of a small GPT.

Attention: 16 sequences of 128 steps, width 128, 4 heads, causal, all four projections;
the pass gives the gradients of the weights and of the inputs. GPT: 2 such blocks, 65
tokens, one step of Adam. PyTorch runs its fused attention and its own Adam, eager.
"""

import harness
import numpy as np

from nnlib import ops
from nnlib.attention_layers import MultiHeadAttention
from nnlib.autodiff import value_and_grad
from nnlib.gpt import GPT, next_token_loss
from nnlib.masks import causal_mask
from nnlib.optimizers import Adam
from nnlib.training import Trainer

N, T, D, HEADS, BLOCKS, V = 16, 128, 128, 4, 2, 65


def single(layer):
    """The layer in float32."""
    values = layer.parameters()
    return layer.with_parameters({n: np.float32(w) for n, w in values.items()})


def sequences():
    """The inputs, and the gradient of the outputs."""
    rng = np.random.default_rng(0)
    return [rng.standard_normal((N, T, D), dtype=np.float32) for _ in range(2)]


def tokens():
    """Tokens, and those that follow."""
    return np.random.default_rng(0).integers(0, V, (2, N, T))


def nnlib(name):
    if name == "gpt":
        model = GPT.init(V, T, D, HEADS, BLOCKS, rng=np.random.default_rng(1))
        trainer = Trainer(single(model), next_token_loss, Adam(1e-3))
        ids, t = tokens()
        return lambda: trainer.step(ids, t)
    (X, dY), rng = sequences(), np.random.default_rng(1)
    layer, mask = single(MultiHeadAttention.init(D, HEADS, rng=rng)), causal_mask(T)
    values = layer.parameters() | {"X": X}

    def loss(w):
        own = layer.with_parameters({n: w[n] for n in layer.parameters()})
        return ops.sum(own(w["X"], mask=mask) * dY, axes=(0, 1, 2))

    step = value_and_grad(loss)
    return lambda: step(values)


def torch(name):
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)
    return torch_gpt(torch) if name == "gpt" else torch_attention(torch)


def torch_attention(torch):
    layer = attention_module(torch)
    X, dY = map(torch.from_numpy, sequences())
    inputs = [X.requires_grad_(), *layer.parameters()]
    return lambda: torch.autograd.grad((layer(X) * dY).sum(), inputs)


def attention_module(torch):
    from torch import nn

    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.inward, self.outward = nn.Linear(D, 3 * D), nn.Linear(D, D)

        def forward(self, X):
            parts = self.inward(X).view(N, T, 3, HEADS, D // HEADS)
            Q, K, V = parts.permute(2, 0, 3, 1, 4)
            fused = nn.functional.scaled_dot_product_attention
            O = fused(Q, K, V, is_causal=True).transpose(1, 2)
            return self.outward(O.reshape(N, T, D))

    return Attention()


def torch_gpt(torch):
    from torch import nn

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.attention = attention_module(torch)
            self.norm1, self.norm2 = nn.LayerNorm(D), nn.LayerNorm(D)
            gelu = nn.GELU(approximate="tanh")
            wide = nn.Linear(D, 4 * D), gelu, nn.Linear(4 * D, D)
            self.feed_forward = nn.Sequential(*wide)

        def forward(self, X):
            X = X + self.attention(self.norm1(X))
            return X + self.feed_forward(self.norm2(X))

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.tokens, self.positions = nn.Embedding(V, D), nn.Embedding(T, D)
            self.blocks = nn.Sequential(*(Block() for _ in range(BLOCKS)))
            self.norm = nn.LayerNorm(D)

        def forward(self, ids):
            X = self.tokens(ids) + self.positions.weight
            return self.norm(self.blocks(X)) @ self.tokens.weight.T

    model = Network()
    adam = torch.optim.Adam(model.parameters(), lr=1e-3)
    ids, t = map(torch.from_numpy, tokens())

    def step():
        adam.zero_grad()
        z = model(ids)
        nn.functional.cross_entropy(z.view(N * T, V), t.view(-1)).backward()
        adam.step()

    return step


if __name__ == "__main__":
    cases = {"attention": (("attention",), 1.2), "GPT": (("gpt",), 1.3)}
    harness.main(__file__, __doc__, cases, {"nnlib": nnlib, "torch": torch})
