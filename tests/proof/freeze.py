"""Freeze PyTorch's values for the op table into ``tests/golden/torch_ops.json``.

    python tests/proof/freeze.py

The fast tests compare with this file, so that nobody needs PyTorch to run them; the
proof job compares the file with PyTorch itself.
"""

import json
import sys
from pathlib import Path

# ruff: noqa: E402
ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tools"), str(ROOT)]

import torch
import torch_ops
from op_table import CASES

from nnlib.trace import encode

FILE = Path(__file__).parents[1] / "golden" / "torch_ops.json"
MOST_NUMBERS, MOST_CASES = 60, 8  # keep the file small; the proof job tries every case


def frozen_cases():
    """The first few rows of each op that have elements, and not too many."""
    counts = {}
    for case in CASES:
        sizes = [a.size for a in case.arrays()]
        counts.setdefault(case.op, 0)
        if (
            min(sizes) > 0
            and sum(sizes) <= MOST_NUMBERS
            and counts[case.op] < MOST_CASES
        ):
            counts[case.op] += 1
            yield case


def entry(case):
    """One row: inputs, y and gradients, each as shape and flat values."""
    y, grads = torch_ops.first_order(case)
    return {
        "inputs": [[list(a.shape), encode(a)] for a in case.arrays()],
        "y": [list(y.shape), encode(y)],
        "gradients": [[list(g.shape), encode(g)] for g in grads],
    }


def build():
    """Everything that goes into the file."""
    about = (
        "Golden values computed independently with PyTorch; see tests/proof/freeze.py."
    )
    cases = {case.id: entry(case) for case in frozen_cases()}
    return {"about": about, "torch": torch.__version__.split("+")[0], "cases": cases}


if __name__ == "__main__":
    frozen = build()
    rows = ",\n".join(
        f"{json.dumps(name)}: {json.dumps(row, separators=(',', ':'))}"
        for name, row in frozen["cases"].items()
    )
    head = {key: frozen[key] for key in ("about", "torch")}
    FILE.write_text(f'{json.dumps(head)[:-1]}, "cases": {{\n{rows}\n}}}}\n')
    print(
        f"{len(frozen['cases'])} cases, {FILE.stat().st_size // 1000} kB, {FILE.name}"
    )
