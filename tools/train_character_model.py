"""Train the character model of chapter 19 on Alice and store its weights.

Writes notebooks/data/character_model.npz: E, W_x, W_h, b, W, c, rounded to 2 decimals.
The explorer and the samples of the chapter take their weights from this file, because a
long training drifts apart in the last digits from one processor to the next.
"""

from pathlib import Path

import numpy as np

from nnlib import ops, value_and_grad
from nnlib.functional import linear
from nnlib.initializers import normal, xavier_normal
from nnlib.language import embedding, perplexity
from nnlib.losses import cross_entropy
from nnlib.optimizers import Adam, Scheduled, clip_by_norm, init, step
from nnlib.recurrent import last, rnn

DATA = Path(__file__).parents[1] / "notebooks" / "data"
D, H = 16, 64
N, T = 16, 32  # texts read side by side; characters from one cut to the next
EPOCHS, LR = 40, 0.005


def data():
    """The vocabulary, the tokens to learn from, and those held out, the last 10 %."""
    text = (DATA / "alice.txt").read_text("ascii")
    vocabulary = "".join(sorted(set(text)))
    ids = np.array([vocabulary.index(c) for c in text])
    cut = len(ids) * 9 // 10
    return vocabulary, ids[:cut], ids[cut:]


def first_weights(V, rng):
    """A token's vector (V, D), the recurrent layer, and the scores of what is next."""
    draw = {"E": ((V, D), normal(1.0)), "W_x": ((D, H), xavier_normal)}
    draw |= {"W_h": ((H, H), xavier_normal), "W": ((H, V), xavier_normal)}
    params = {name: weights(shape, rng=rng) for name, (shape, weights) in draw.items()}
    params |= {"b": np.zeros(H), "c": np.zeros(V)}
    return {name: w.astype(np.float32) for name, w in params.items()}


def read(p, ids, h):
    """Logits (N T, V) for the token after each of ids (N, T), and the last state."""
    states = rnn(embedding(p["E"], ids), h, p["W_x"], p["W_h"], p["b"])
    rows = ops.reshape(states, shape=(ids.size, h.shape[1]))
    return linear(rows, p["W"], p["c"]), last(states)


def batches(ids):
    """Windows of N texts side by side, each the continuation of the one before."""
    L = (len(ids) - 1) // (N * T) * T
    X, t = (ids[k : k + N * L].reshape(N, L) for k in (0, 1))
    return [(X[:, s : s + T], t[:, s : s + T]) for s in range(0, L, T)]


def train(params, ids, epochs=EPOCHS):
    """Truncated backpropagation: the state is carried on, its gradient is not."""
    carried, windows = {}, batches(ids)
    steps = epochs * len(windows)

    def loss(p, x, t, h):
        z, h = read(p, x, h)
        carried["h"] = h.value
        return cross_entropy(z, t.ravel())

    def lr(t):
        return LR * min(1, (steps + 1 - t) / (0.3 * steps))  # level, then down to 0

    evaluate, rule = value_and_grad(loss), Scheduled(Adam(), lr)
    state, count = init(rule, params), 0
    for _ in range(epochs):
        carried["h"] = np.zeros((N, H), np.float32)
        for x, t in windows:
            count += 1
            _, grads = evaluate(params, x, t, carried["h"])
            grads = clip_by_norm(grads, 1.0)
            params, state = step(rule, params, grads, state, count)
    return params


def perplexity_of(params, ids):
    z, _ = read(params, ids[None, :-1], np.zeros((1, H), params["E"].dtype))
    return perplexity(cross_entropy(z, ids[1:]))


def main():
    vocabulary, seen, held_out = data()
    params = train(first_weights(len(vocabulary), np.random.default_rng(0)), seen)
    rounded = {name: w.astype(float).round(2) for name, w in params.items()}
    for name, ids in (("seen", seen), ("held out", held_out)):
        print(f"perplexity of the text {name}: {perplexity_of(rounded, ids):.3f}")
    np.savez(DATA / "character_model.npz", **rounded)


if __name__ == "__main__":
    main()
