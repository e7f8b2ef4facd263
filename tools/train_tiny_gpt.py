"""Train the tiny GPT of chapter 25 on one poem and store its weights.

Writes notebooks/data/tiny_gpt.npz: the parameters of a GPT of one block, two heads and
width 16, which reads 24 characters, rounded to 3 decimals so that a page can hold them.
The explorer takes its weights from this file, because a long training drifts apart in
the last digits from one processor to the next.

The poem, notebooks/data/tyger.txt, is The Tyger by William Blake (Songs of Experience,
1794), in the public domain, with "and" for "&". Letters are made small, signs left out.
"""

from pathlib import Path

import numpy as np

from nnlib.gpt import GPT, generate, next_token_loss
from nnlib.initializers import normal
from nnlib.optimizers import Adam
from nnlib.training import fit

DATA = Path(__file__).parents[1] / "notebooks" / "data"
FILE, POEM = DATA / "tiny_gpt.npz", DATA / "tyger.txt"
CONTEXT, WIDTH, HEADS, BLOCKS = 24, 16, 2, 1


def poem():
    """The poem in small letters, its vocabulary, and the poem as tokens."""
    kept = [c for c in POEM.read_text().lower() if c.isalpha() or c in " \n"]
    text = "".join(kept).replace("\n\n", "\n")
    vocabulary = "".join(sorted(set(text)))
    return text, vocabulary, np.array([vocabulary.index(c) for c in text])


def windows(ids):
    """Every stretch of CONTEXT tokens, and the same one character later."""
    all_ = np.lib.stride_tricks.sliding_window_view(ids, CONTEXT + 1)
    return all_[:, :-1], all_[:, 1:]


def network(vocabulary, *, rng):
    sizes = len(vocabulary), CONTEXT, WIDTH, HEADS, BLOCKS
    return GPT.init(*sizes, rng=rng, weights=normal(0.1))


def main():
    _, vocabulary, ids = poem()
    X, t = windows(ids)
    rng = np.random.default_rng(0)
    model = network(vocabulary, rng=rng)
    for rate, epochs in ((0.01, 60), (0.002, 30)):
        training = {"optimizer": Adam(rate), "epochs": epochs, "batch_size": 32}
        model = fit(model, next_token_loss, X, t, rng=rng, **training).model
    rounded = {name: w.round(3) for name, w in model.parameters().items()}
    model = model.with_parameters(rounded)
    right = np.mean(np.argmax(model(X)[:, 12:], axis=2) == t[:, 12:])
    print(f"{right:.1%} of the characters right, from 12 or more before them")
    written = generate(model, ids[None, :12], steps=100, rng=rng, temperature=0.3)
    print("".join(vocabulary[i] for i in written[0]))
    np.savez_compressed(FILE, **rounded)


if __name__ == "__main__":
    main()
