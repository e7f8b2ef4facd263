"""Measure what a chapter says of several seeds.

    python tools/measure_seeds.py 18

Runs those cells of the chapter that define what is needed, then its own functions with
one seed after another. Prints for each claim the range, and all values in the order of
the seeds; nothing is stored. A long training drifts apart from one processor to the
next, so the ends of a range may move a little. Chapters: 12, 18, 20, 25, each of some
minutes.
"""

import contextlib
import sys
from types import SimpleNamespace

import chapters
import matplotlib
import nbformat
import numpy as np
from threadpoolctl import threadpool_limits
from tqdm import tqdm

CELLS = {
    "12": "imports cnn-model cnn-model-2 cnn-train cnn-train-2",
    "18": "imports digits-data digits-train digits-train-2 wait-sizes",
    "20": "imports highway-sizes adding-data adding-train race-data race-run",
    "25": "imports imports-2 deep-data deep-model deep-train",
}
AGAIN = "break-small break-small-2 break-labels"  # of chapter 12, for every seed


def run(chapter, cells, **names):
    """The names there are when these cells have run; what they print is not shown."""
    (path,) = chapters.find(chapter)
    source = {cell.id: cell.source for cell in nbformat.read(path, as_version=4).cells}
    with contextlib.chdir(chapters.NOTEBOOKS), contextlib.redirect_stdout(None):
        for cell in cells.split():
            exec(compile(source[cell], cell, "exec"), names)
    return SimpleNamespace(**names)


# ---- one seed: what is measured, with c for what the cells of the chapter define ----


def convolution(c, seed):
    rng = np.random.default_rng(seed)
    model = c.trained(c.network(rng), c.images[c.train], c.digit[c.train], rng)
    right = c.accuracy(model(c.images[c.held_out]), c.digit[c.held_out])
    few = run("12", AGAIN, **vars(c), rng=rng)
    return {
        "missed of 450": round((1 - right) * len(c.held_out)),
        "points ahead of the dense one": 100 * (few.scores[0] - few.scores[1]),
        "% of the lies learned": 100 * c.accuracy(few.liar(few.few), few.lies),
    }


def upright(c, seed):
    return {"% right": 100 * c.score(c.trained(c.rows, 30, seed=seed), c.rows)}


def waiting(c, seed, radius):
    return {"% right": 100 * c.score(c.trained(c.wait, 15, radius, seed), c.wait)}


def adding(c, seed, kind, units=32, steps=1500, lr=0.01):
    rng, draw = np.random.default_rng(seed), c.partial(c.marked, 32, 50)
    layer = getattr(c, kind).init(2, units, rng=rng)
    model, _ = c.trained(layer, 1, c.squared_error, draw, rng, steps, lr)
    X, sums = c.marked(1000, 50, np.random.default_rng(99))
    found = {"error": c.squared_error(model(X), sums)}
    if kind != "RNN":
        return found
    for when, it in (("before", layer), ("after", model.layers[0])):
        found[f"spectral radius of W_h {when}"] = max(abs(np.linalg.eigvals(it.W_h)))
        found[f"% of states beyond .95 {when}"] = 100 * np.mean(abs(it(X)) > 0.95)
        back = [c.sizes(it, X[n, :, None]) for n in range(20)]
        found[f"gradient, h_0 over h_50 {when}"] = np.median(
            [s[0] / s[-1] for s in back]
        )
    return found


def first_of_30(c, seed, kind, bias=0):
    rng = np.random.default_rng(seed)
    layer = c.RNN.init(8, 32, rng=rng)
    if kind != "RNN":
        rng = np.random.default_rng(seed)
        layer = c.opened(getattr(c, kind), bias, rng)
    return {"% right": 100 * c.score(layer, 30, 800, rng)}


def deep(c, seed, depth, pre, steps=160, **rate):
    return {"loss": c.train(c.deep(depth, pre, seed), steps, 16, **rate)[1]}


# ---- the claims ----


def claim(seeds, function, **given):
    words = ", ".join([function.__name__, *(f"{k} {v}" for k, v in given.items())])
    return f"{words}, {seeds} seeds", seeds, function, given


LONG = {"depth": 12, "pre": False, "steps": 600}
CLAIMS = {
    "12": [claim(8, convolution)],
    "18": [claim(9, upright), *(claim(9, waiting, radius=r) for r in (0.6, 1.0, 1.4))],
    "20": [
        *(claim(5, adding, kind=kind) for kind in ("RNN", "LSTM", "GRU")),
        claim(5, adding, kind="RNN", units=66),
        claim(5, adding, kind="RNN", steps=6000, lr=0.001),
        claim(8, first_of_30, kind="RNN"),
        *(claim(8, first_of_30, kind="GRU", bias=bias) for bias in (0, 3)),
        *(claim(8, first_of_30, kind="LSTM", bias=bias) for bias in (1, 3)),
    ],
    "25": [
        claim(8, deep, depth=6, pre=False),
        claim(6, deep, depth=6, pre=True),
        claim(3, deep, depth=12, pre=False),
        claim(3, deep, depth=12, pre=True),
        claim(2, deep, **LONG),
        claim(2, deep, **LONG, warm_up=300),
        claim(2, deep, **LONG, rate=0.001),
        claim(2, deep, **LONG, rate=0.001, warm_up=300),
    ],
}


def main(chapter=""):
    if chapter not in CLAIMS:
        sys.exit(f"{__doc__}\nWhich chapter? One of {', '.join(CLAIMS)}.")
    matplotlib.use("Agg")
    threadpool_limits(1)  # small products: two threads would wait for each other
    c = run(chapter, CELLS[chapter])
    for words, seeds, function, given in CLAIMS[chapter]:
        bar = tqdm(range(seeds), desc=words, leave=False)
        found = [function(c, seed, **given) for seed in bar]
        print(words)
        for name in found[0]:
            values = [float(one[name]) for one in found]
            each = " ".join(f"{value:.3g}" for value in values)
            print(f"    {name}: {min(values):.3g} to {max(values):.3g}   ({each})")


if __name__ == "__main__":
    main(*sys.argv[1:])
