"""Freeze PyTorch's values of whole layers into ``tests/golden/torch_attention.json``.

    python tests/proof/freeze_attention.py

The weights are drawn by ``tests/attention_cases.py``. The fast tests compare with this
file; the proof job compares the file with PyTorch itself.
"""

import json
import sys
from pathlib import Path

# ruff: noqa: E402
ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]

import torch
from attention_cases import cases
from torch_attention import value_and_gradients

FILE = Path(__file__).parents[1] / "golden" / "torch_attention.json"


def build():
    """y and the gradients of each case, to 14 digits."""
    about = "Computed with PyTorch's own layers; see tests/proof/freeze_attention.py."
    rows = {}
    for name, case in cases().items():
        y, grads = value_and_gradients(case)
        grads = {n: digits(g) for n, g in sorted(grads.items())}
        rows[name] = {"y": digits(y), "gradients": grads}
    return {"about": about, "torch": torch.__version__.split("+")[0], "cases": rows}


def digits(array):
    return [float(f"{v:.14g}") for v in array.ravel().tolist()]


if __name__ == "__main__":
    frozen = build()
    rows = ",\n".join(
        f"{json.dumps(name)}: {json.dumps(row, separators=(',', ':'))}"
        for name, row in frozen["cases"].items()
    )
    head = {key: frozen[key] for key in ("about", "torch")}
    FILE.write_text(f'{json.dumps(head)[:-1]}, "cases": {{\n{rows}\n}}}}\n')
    size = FILE.stat().st_size // 1000
    print(f"{len(frozen['cases'])} cases, {size} kB, {FILE.name}")
