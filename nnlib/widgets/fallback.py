"""The explorer without JavaScript: a table of its steps, for print and feed readers."""

from html import escape

import numpy as np

SHOWN = 12


def table(trace):
    """Return a static HTML table of the named steps of a trace, rounded."""
    values, calls, rows = trace.replay(), {}, []
    for step in trace.steps:
        call = _call(step, calls)
        calls[step["id"]] = step["name"] if step.get("symbol") else call
        if step.get("symbol") and step["op"] != "constant":
            rows.append(_row(step, call, values[step["name"]]))
    head = "".join(f'<th scope="col">{h}</th>' for h in ("pass", "step", "computed", "value"))
    caption = f"<caption>{escape(trace.title)}: every named step</caption>"
    body = "".join(rows)
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _call(step, calls):
    if step["op"] in ("input", "constant"):
        scalar = step["op"] == "constant" and not step["shape"]
        return f"{float(step['value'][0]):g}" if scalar else step["op"]
    return f"{step['op']}({', '.join(calls[i] for i in step['inputs'])})"


def _row(step, call, value):
    numbers = [f"{v:.4g}" for v in np.ravel(value)[:SHOWN]]
    more = [f"… {np.size(value)} in all"] if np.size(value) > SHOWN else []
    cells = [step["phase"], step["name"], call, ", ".join(numbers + more)]
    return "<tr>" + "".join(f"<td>{escape(c)}</td>" for c in cells) + "</tr>"
