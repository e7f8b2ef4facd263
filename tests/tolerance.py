"""How far two computations of a step may differ: 1e-12 of its largest number."""

import numpy as np


def largest(array):
    array = np.abs(np.asarray(array, dtype=float))
    return float(np.max(array, initial=0, where=np.isfinite(array)))


def scales(trace, values):
    """The largest magnitude among the inputs and the output of each step, by its name.

    Where terms cancel, as in 1 - a, a rounding of the last bit of ``a`` is a large part
    of the result; but it stays a tiny part of ``a``.
    """
    arrays = [values[step["name"]] for step in trace.steps]
    sizes = [largest(a) for a in arrays]
    return {
        step["name"]: max([sizes[step["id"]], *(sizes[i] for i in step["inputs"])])
        for step in trace.steps
    }
