"""Measure how well every explorer agrees with PyTorch and with central differences.

    python tools/measure_proof.py

Reads the explorers out of the stored outputs, writes nnlib/widgets/proof.json, and puts
the figures into the stored outputs, as running the chapters again would.
"""

import json
import platform
from collections import Counter

import chapters
import nbformat
import numpy as np
import torch
import torch_primitives
from finite_differences import Differences
from tqdm import tqdm

from nnlib import Trace
from nnlib.widgets import proof

SKIPPED = ("kink", "faint", "odd")  # as in finite_differences
GENERATED = chapters.ROOT / "book" / "_generated"


def html_of(path):
    """Every piece of HTML in a file that readers see: stored outputs, or the file."""
    if path.suffix == ".html":
        return [path.read_text("utf-8")]
    cells = nbformat.read(path, as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    return [o.data["text/html"] for o in outputs if "text/html" in o.get("data", {})]


def files():
    return [*chapters.find(), *sorted(GENERATED.glob("*.html"))]


def explorers():
    """``(file, spec)`` of every explorer of the book."""
    for path in files():
        for html in html_of(path):
            yield from ((path, spec) for spec in proof.specs_in(html))


def traces():
    """The JSON of every trace of the book, by its digest."""
    variants = [variant for _, spec in explorers() for variant in spec["variants"]]
    return {proof.digest(v["trace"]): v["trace"] for v in variants}


def rounded(value):
    """Two significant digits."""
    return float(f"{value:.1e}")


def largest(array):
    return float(np.max(np.abs(array), initial=0, where=np.isfinite(array)))


def deviation(found, expected, scale=0.0):
    """The largest difference, relative to the largest finite number, or to `scale`.

    NaN equals NaN and an infinity itself; else what is no number deviates infinitely.
    """
    found, expected = np.broadcast_arrays(found, expected)
    other = (found != expected) & ~(np.isnan(found) & np.isnan(expected))
    if not other.any():
        return 0.0
    difference = np.abs(found[other] - expected[other])
    size = max(scale, largest(found), largest(expected))
    return float(np.max(difference) / size) if np.isfinite(difference).all() else np.inf


def forward_deviation(step, ours, theirs, trace):
    """Relative to what the step reads, too: in 1 - a the last bit of a is much."""
    read = [ours[trace.steps[i]["name"]] for i in step["inputs"]]
    scale = max(map(largest, read))
    return deviation(ours[step["name"]], theirs[step["id"]], scale)


def against_torch(trace):
    """Counts and largest deviations, of what is computed forward and of gradients."""
    ours, (theirs, gradients) = trace.replay(), torch_primitives.gradients_of(trace)
    steps = [step for step in trace.steps[: len(theirs)] if step["inputs"]]
    forward = [forward_deviation(step, ours, theirs, trace) for step in steps]
    figures = {
        "values": sum(ours[step["name"]].size for step in steps),
        "torch_values": rounded(max(forward, default=0.0)),
    }
    if not gradients:
        return figures
    outputs = trace.outputs["gradients"]
    names = {name: trace.steps[outputs[name]]["name"] for name in gradients}
    backward = [deviation(ours[names[n]], g) for n, g in gradients.items()]
    return figures | {
        "gradients": sum(g.size for g in gradients.values()),
        "torch": rounded(max(backward)),
    }


def against_differences(trace):
    """The largest deviation from central differences, and what they cannot tell."""
    if not trace.outputs["gradients"]:
        return {}
    with np.errstate(all="ignore"):
        kinds = [(row.kind, row.deviation) for row in Differences(trace).rows()]
    told = [deviation for kind, deviation in kinds if kind in ("agrees", "differs")]
    figures = {"differences": rounded(max(told))} if told else {}
    counts = Counter(kind for kind, _ in kinds)
    return figures | {kind: counts[kind] for kind in SKIPPED if counts[kind]}


def measure(trace_json):
    """All figures of one trace, rounded to two digits."""
    trace = Trace.from_json(trace_json)
    title = {"title": trace.title}
    return title | against_torch(trace) | against_differences(trace)


def versions():
    """What the figures were measured with."""
    found = {"torch": torch.__version__.split("+")[0], "numpy": np.__version__}
    return found | {"python": ".".join(platform.python_version_tuple()[:2])}


def write(figures):
    """One line for each trace, so that a change is one line too."""
    rows = sorted(figures.items(), key=lambda row: (row[1]["title"], row[0]))
    lines = [f"{json.dumps(key)}: {json.dumps(row)}" for key, row in rows]
    head = f'"versions": {json.dumps(versions())}'
    body = ",\n".join(lines)
    proof.FILE.write_text(f'{{{head}, "traces": {{\n{body}\n}}}}\n', "utf-8")
    proof.measured.cache_clear()


def refresh(path):
    """Put the figures into a file; True if that changed it."""
    before = path.read_text("utf-8")
    if path.suffix == ".html":
        path.write_text(proof.refreshed(before), "utf-8")
    else:
        notebook = nbformat.reads(before, as_version=4)
        for cell in notebook.cells:
            for output in cell.get("outputs", []):
                data = output.get("data", {})
                if "text/html" in data:
                    data["text/html"] = proof.refreshed(data["text/html"])
        nbformat.write(notebook, path)
    return path.read_text("utf-8") != before


def main():
    found = tqdm(traces().items(), unit=" traces", leave=False)
    figures = {key: measure(trace) for key, trace in found}
    write(figures)
    changed = [path.name for path in files() if refresh(path)]
    worst = max(row.get("torch", row["torch_values"]) for row in figures.values())
    print(f"{len(figures)} traces measured; PyTorch agrees to {worst:.1e} or better.")
    print(f"Figures put into {', '.join(changed) or 'no file: all were current'}.")


if __name__ == "__main__":
    main()
