"""How far two computations of a step may differ: 1e-12 of its scale."""

import numpy as np


def largest(array):
    array = np.abs(np.asarray(array, dtype=float))
    return float(np.max(array, initial=0, where=np.isfinite(array)))


# Where terms of both signs meet, digits are lost; a product or a power loses none.
CANCELLING = {"add", "sub", "sum"}
ALL_DIGITS = 1e12


def scales(trace, values):
    """The scale of each step, by its name: of what a rounding is a tiny part.

    That is the largest magnitude among its inputs and its output. Where terms cancel,
    as in 1 - a, a rounding is a large part of the result, though a tiny part of ``a``;
    and it stays as large a part of whatever is computed from that result.
    """
    sizes = [largest(values[step["name"]]) for step in trace.steps]
    found, blur = {}, []  # how many times smaller than the terms the numbers are
    for step in trace.steps:
        size, inputs = sizes[step["id"]], step["inputs"]
        inherited = max([1, *(blur[i] for i in inputs)])
        scale = max([size, *(sizes[i] for i in inputs)])
        cancelled = scale / size if size and step["op"] in CANCELLING else 1
        blur.append(min(ALL_DIGITS, inherited * max(1, cancelled)))
        found[step["name"]] = min(scale * inherited, np.finfo(float).max)
    return found
