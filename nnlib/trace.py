"""Trace: a recorded forward and backward pass as plain data (JSON, version 1).

The trace is the whole state of an explorer. Python and the page replay the same list,
so moving a slider needs no kernel and no derivative is written twice.
"""

import json
import math
from dataclasses import dataclass, field

import numpy as np

from nnlib.check import check
from nnlib.formula import formulas, symbol_of
from nnlib.shapes import show
from nnlib.tape import PRIMITIVES

DEFAULTS = {"inputs": [], "params": {}, "scope": [], "phase": "forward"}


def encode(array):
    """Return the elements row by row; JSON has no NaN, so those become strings."""
    return [_shortest(v) for v in np.ravel(array).tolist()]


def _shortest(v):
    if not math.isfinite(v):
        return str(v)
    whole = v == int(v) and abs(v) < 1e15 and repr(v) != "-0.0"
    return int(v) if whole else v


def decode(values, shape):
    """Inverse of :func:`encode`."""
    return np.array([float(v) for v in values]).reshape(shape)


@dataclass
class Trace:
    """Steps as dicts, in order; :mod:`nnlib.check` says what they hold."""

    title: str
    steps: list
    outputs: dict
    updates: dict = field(default_factory=dict)

    @classmethod
    def from_tape(cls, tape, *, title, loss=None):
        """Export a tape.

        Raises
        ------
        ValueError
            If the tape holds fused steps, or its backward pass is differentiated again,
            or the loss is on another tape.
        """
        _refuse(tape, loss)
        right = formulas(tape)
        steps = [_export(step, right) for step in tape.steps]
        outputs = {} if loss is None else {"loss": loss.id}
        names = tape.names
        inputs = sorted(i for i in tape.gradients if tape.steps[i].op == "input")
        outputs["gradients"] = {names[i]: tape.gradients[i] for i in inputs}
        updates = {str(i): new for i, new in tape.updates.items()}
        trace = cls(title, steps, outputs, updates)
        trace.check()
        return trace

    def to_json(self):
        """Return the trace as a dict of plain JSON values; defaults are left out."""
        steps = [
            {k: v for k, v in s.items() if v is not None and v != DEFAULTS.get(k)}
            for s in self.steps
        ]
        data = {"version": 1, "title": self.title, "steps": steps}
        updates = {"updates": self.updates} if self.updates else {}
        return data | {"outputs": self.outputs} | updates

    @classmethod
    def from_json(cls, data):
        """Read an untrusted trace from a dict or a string.

        Raises
        ------
        ValueError
            One sentence that names the first thing wrong.
        """
        if isinstance(data, (str, bytes)):
            try:
                data = json.loads(data, parse_constant=int)  # int refuses NaN
            except (ValueError, RecursionError):
                raise ValueError("trace: not JSON") from None
        check(data)
        steps = [DEFAULTS | step for step in data["steps"]]
        return cls(data["title"], steps, data["outputs"], data.get("updates", {}))

    def check(self):
        """Raise a ValueError of one sentence if the trace is malformed."""
        check(self.to_json())

    def replay(self, values=None):
        """Recompute every step, with ``values`` in place of the recorded inputs.

        ``values`` maps names of inputs, or labels of their elements, to numbers or
        arrays. Returns ``{name of step: array}``. An element is also found as
        ``name[i,j]``. Non-finite results are shown, not warned about.

        Raises
        ------
        ValueError
            If no input is called so, or a new value has another shape.
        """
        arrays, changes = [], dict(values or {})
        with np.errstate(all="ignore"):  # a reader may go where there is no number
            for step in self.steps:
                arrays.append(_recompute(step, arrays, changes))
        if changes:
            wrong = next(iter(changes))
            raise ValueError(f"replay: no input or label is called {wrong}")
        names = [step["name"] for step in self.steps]
        return dict(zip(names, arrays, strict=True))


def _recompute(step, arrays, changes):
    if step["op"] in ("input", "constant"):
        return _changed(step, decode(step["value"], step["shape"]), changes)
    inputs = [arrays[i] for i in step["inputs"]]
    kernel = PRIMITIVES[step["op"]].kernel
    return np.asarray(kernel(*inputs, **_tuples(step["params"])))


def _refuse(tape, loss):
    if loss is not None and loss.tape is not tape:
        raise ValueError(f"the loss {loss.name} is on another tape")
    for step in tape.steps:
        if step.op.startswith("fused"):
            raise ValueError(
                f"{step.name} was recorded as one fused step ({step.op[6:]}): "
                "record on Tape() to export"
            )
        if step.id in tape.gradients and step.place.phase == "backward":
            raise ValueError(
                f"{step.name} of the backward pass is differentiated again: "
                "a trace holds one such pass"
            )


def _export(step, right):
    tape, leaf = step.tape, step.op in ("input", "constant")
    return {
        "id": step.id,
        "op": step.op,
        "inputs": [t.id for t in step.inputs],
        "params": _plain(step),
        "shape": list(step.shape),
        "name": step.name,
        "symbol": symbol_of(step),
        "latex": None if leaf else str(right[step.id]),
        "scope": list(step.place.scope),
        "phase": step.place.phase,
        "of": step.place.of,
        "gradient": tape.gradients.get(step.id),
        "contributions": tape.contributions.get(step.id) or None,
        "value": encode(step.value) if leaf else None,
        "labels": tape.labels.get(step.id),
    }


def _plain(step):
    """The params as JSON values, with axes counted from the front."""
    params = {k: np.asarray(v).tolist() for k, v in step.params.items()}
    if "axis" in params:
        params["axis"] %= step.inputs[0].ndim
    if "axes" in params:
        params["axes"] = [a % step.inputs[0].ndim for a in params["axes"]]
    return params


def _tuples(params):
    return {k: tuple(v) if isinstance(v, list) else v for k, v in params.items()}


def _changed(step, stored, changes):
    """The stored input with what ``changes`` says about it, which is taken out."""
    if step["op"] == "constant" or not changes:
        return stored
    name, shape = step["name"], stored.shape
    new = changes.pop(name, stored)
    if np.shape(new) not in ((), shape):
        given = f"the new value has shape {show(np.shape(new))}"
        raise ValueError(f"replay: {name} has shape {show(shape)}, but {given}")
    new = np.array(np.broadcast_to(new, shape), dtype=float, order="C")
    places = {label: i for i, label in enumerate(element_labels(name, shape))}
    places |= {label: i for i, label in enumerate(step.get("labels") or [])}
    for label in places.keys() & changes.keys():
        new.flat[places[label]] = changes.pop(label)
    return new


def element_labels(name, shape):
    """Default labels: ``W[0,1]``; a scalar is called by its name alone."""
    if not shape:
        return [name]
    return [f"{name}[{','.join(map(str, index))}]" for index in np.ndindex(*shape)]
