"""What it costs to record an operation: 8x8 arrays, one fresh tape for 100 steps."""

from functools import partial

import harness
import numpy as np

from nnlib import Tape, gradient, ops

STEPS, GOAL = 100, 1.0
OPS = {
    "mul": (np.multiply, ops.mul, 2),
    "add": (np.add, ops.add, 2),
    "tanh": (np.tanh, ops.tanh, 1),
    "matmul": (np.matmul, ops.matmul, 2),
}


def raw(kernel, arrays):
    for _ in range(STEPS):
        kernel(*arrays)


def recorded(op, arrays):
    tape = Tape()
    tensors = [tape.record("input", (), {}, x) for x in arrays]
    for _ in range(STEPS):
        op(*tensors)
    tape.clear()


def differentiated(op, arrays):
    tape = Tape()
    x, *rest = [tape.record("input", (), {}, a) for a in arrays]
    y = x
    for _ in range(STEPS):
        y = op(y, *rest)
    gradient(ops.sum(y, axes=(0, 1)), [x])
    tape.clear()


def main():
    harness.pin()
    print(f"{__doc__}\n{harness.machine()}\n")
    print("op        numpy    recorded  overhead      goal  with backward")
    eighth = np.full((8, 8), 0.125, dtype=np.float32)
    for name, (kernel, op, count) in OPS.items():
        arrays = [eighth] * count
        ways = ((raw, kernel), (recorded, op), (differentiated, op))
        runs = [partial(way, function, arrays) for way, function in ways]
        rounds = [[harness.seconds_of(run, 20) for run in runs] for _ in range(21)]
        a, b, c = (np.array(rounds) / STEPS * 1e6).T
        cells = (np.median(a), np.median(b), np.median(b - a), GOAL, np.median(c))
        print(f"{name:8} " + " ".join(f"{cell:6.2f} us" for cell in cells))


if __name__ == "__main__":
    main()
