"""The explorer without JavaScript: a table of its steps, for print and feed readers."""

from html import escape

import numpy as np

SHOWN = 12
HEADINGS = ("pass", "step", "computed", "value")


def table(trace):
    """Return a static HTML table of the named steps of a trace, rounded."""
    values, calls, rows = trace.replay(), {}, []
    for step in trace.steps:
        call = _call(step, calls)
        calls[step["id"]] = step["name"] if step.get("symbol") else call
        if step.get("symbol") and step["op"] != "constant":
            rows.append(_row(step, call, values[step["name"]]))
    head = "".join(f'<th scope="col">{h}</th>' for h in HEADINGS)
    caption = f"<caption>{escape(trace.title)}: every named step</caption>"
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


def _row(step, call, value):
    numbers = [_rounded(v) for v in np.ravel(value)[:SHOWN]]
    more = [f"… {np.size(value)} in all"] if np.size(value) > SHOWN else []
    cells = [step["phase"], step["name"], call, ", ".join(numbers + more)]
    return "<tr>" + "".join(f"<td>{escape(c)}</td>" for c in cells) + "</tr>"
