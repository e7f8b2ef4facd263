"""The explorer without JavaScript: a table of its steps, for print and feed readers."""

from html import escape

import numpy as np

SHOWN, FEW = 12, 4  # numbers of a tensor; of a large one in a brief table
LONG = 40  # rows
HEADINGS = ("pass", "step", "computed", "value")


def table(trace, brief=False):
    """Return a static HTML table of the named steps of a trace, rounded.

    A brief one, if it would be long, has of the gradients only those that were asked
    for, and of large tensors fewer numbers.
    """
    values, calls, named = trace.replay(), {}, []
    for step in trace.steps:
        call = _call(step, calls)
        calls[step["id"]] = step["name"] if step.get("symbol") else call
        if step.get("symbol") and step["op"] != "constant":
            named.append((step, call))
    told, shown = "every named step", SHOWN
    if brief and len(named) > LONG:
        asked = trace.outputs.get("gradients", {}).values()
        named = [
            (step, call)
            for step, call in named
            if step["phase"] == "forward" or step["id"] in asked
        ]
        told, shown = "the named steps forward, and gradients", FEW
    rows = [_row(step, call, values[step["name"]], shown) for step, call in named]
    head = "".join(f'<th scope="col">{h}</th>' for h in HEADINGS)
    caption = f"<caption>{escape(trace.title)}: {told}</caption>"
    head, body = f"<thead><tr>{head}</tr></thead>", f"<tbody>{''.join(rows)}</tbody>"
    return f"<table>{caption}{head}{body}</table>"


def _call(step, calls):
    if step["op"] in ("input", "constant"):
        scalar = step["op"] == "constant" and not step["shape"]
        return f"{float(step['value'][0]):g}" if scalar else step["op"]
    return f"{step['op']}({', '.join(calls[i] for i in step['inputs'])})"


def _rounded(value):
    """Four digits. Rounding to twelve first settles ties as every processor would."""
    return f"{float(f'{value:.12g}'):.4g}"


def _row(step, call, value, shown):
    large = np.size(value) > SHOWN
    numbers = [_rounded(v) for v in np.ravel(value)[: shown if large else SHOWN]]
    more = [f"… {np.size(value)} in all"] if large else []
    cells = [step["phase"], step["name"], call, ", ".join(numbers + more)]
    return "<tr>" + "".join(f"<td>{escape(c)}</td>" for c in cells) + "</tr>"
