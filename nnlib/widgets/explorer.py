"""The explorer widget: one trace, or several variants of it, to step through."""

import json
import math
import re
from html import escape
from pathlib import Path

import anywidget
import traitlets

from nnlib.check import LEAVES
from nnlib.trace import Trace, element_labels
from nnlib.widgets.fallback import table
from nnlib.widgets.proof import script_text, with_proof
from nnlib.widgets.source import source_of
from nnlib.widgets.variants import labels_of
from nnlib.widgets.views import Slider, Tensors, view_spec

STATIC = Path(__file__).parent / "static"
BUNDLES = "images", "sequences", "attention"
STYLES = "explorer.css", *(f"explorer-{name}.css" for name in BUNDLES)


class Values(dict):
    """The values of the controls; setting one moves its slider."""

    def __init__(self, values, explorer):
        super().__init__(values)
        self._explorer = explorer

    def __setitem__(self, target, value):
        self._explorer.values = {**self, target: value}

    def update(self, *args, **kwargs):
        self._explorer.values = {**self, **dict(*args, **kwargs)}

    def __ior__(self, other):
        self.update(other)
        return self._explorer.values

    def setdefault(self, target, value=None):
        if target not in self:
            self[target] = value  # refused: every control is there
        return self[target]

    def pop(self, target, *default):
        raise TypeError(f"the control {target} cannot be removed")

    def clear(self):
        raise TypeError("the controls cannot be removed")

    __delitem__, popitem = pop, clear


class Explorer(anywidget.AnyWidget):
    """Step through a trace, forward and backward, and change its numbers.

    Parameters
    ----------
    trace : Trace, or dict of label -> Trace for a switch between variants. Labels that
        are tuples, ``("stride 1", "padding 0")``, make a switch for each position.
    view : Tensors, Network, Curve, Training, Plane, Bars, Sheet, KernelWindow,
        Maps, ReceptiveField, Unrolled, Cell, Generation, KernelRegression, Attention
        or Block
    controls : labels of elements (``"w1"``, ``"W1[0,1]"``) or :class:`Slider` objects
    slug : name in the address of the page, unique on it; by default from the title

    ``explorer.values["w1"]`` follows the slider, and setting it moves the slider.
    ``explorer.stop``, ``size`` ("big" or "small") and ``variant`` follow the page too.

    Raises
    ------
    ValueError
        If there is no trace, a view or a control names something that the trace does
        not have, or a number with a control is not finite.

    Chapter: How to use this book.
    """

    _esm = STATIC / "anywidget.mjs"
    _css = "".join((STATIC / name).read_text("utf-8") for name in STYLES)

    spec = traitlets.Dict().tag(sync=True)
    values = traitlets.Dict().tag(sync=True)
    stop = traitlets.Int(0, min=0).tag(sync=True)
    size = traitlets.Enum(["big", "small"], "small").tag(sync=True)
    variant = traitlets.Int(0, min=0).tag(sync=True)

    def __init__(self, trace, *, view=None, controls=(), slug=None):
        traces = {trace.title: trace} if isinstance(trace, Trace) else dict(trace)
        if not traces:
            raise ValueError("Explorer: there is no trace")
        labels = labels_of(list(traces))
        self._traces = list(traces.values())
        first = self._traces[0]
        shapes = {k: v for t in reversed(self._traces) for k, v in _shapes(t).items()}
        for own in self._traces if hasattr(view, "check_trace") else ():
            view.check_trace(own)
        numbers = {k: v for t in reversed(self._traces) for k, v in _numbers(t).items()}
        sliders = [_slider(control, numbers) for control in controls]
        self._targets = {s.target: numbers[s.target] for s in sliders}
        spec = {
            "version": 1,
            "slug": slug or _slug(first.title),
            "title": first.title,
            "view": view_spec(view or Tensors(), shapes),
            "variants": [
                {"label": label, "trace": t.to_json()}
                for label, t in zip(labels, self._traces, strict=True)
            ],
            "controls": [vars(s) for s in sliders],
            "sources": _sources(self._traces),
        }
        spec = with_proof(json.loads(json.dumps(spec, allow_nan=False)))
        super().__init__(spec=spec, values=dict(self._targets))

    @traitlets.validate("values")
    def _check_values(self, proposal):
        values = proposal["value"]
        for target, value in values.items():
            if target not in self._targets:
                raise traitlets.TraitError(f"no control is called {target}")
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise traitlets.TraitError(f"{target} needs a number, not {value!r}")
            if not math.isfinite(value):
                raise traitlets.TraitError(f"{target} needs a finite number")
        return Values({**self._targets, **values}, self)

    @traitlets.validate("variant")
    def _check_variant(self, proposal):
        if proposal["value"] >= len(self._traces):
            raise traitlets.TraitError(f"there are {len(self._traces)} variants")
        return proposal["value"]

    def tensor(self, name):
        """Return a tensor of the current variant, computed from the current values."""
        trace = self._traces[self.variant]
        present = _numbers(trace).keys() & self.values.keys()
        return trace.replay({k: self.values[k] for k in present})[name]

    def __repr__(self):
        steps = len(self._traces[self.variant].steps)
        return f"Explorer({self.spec['slug']!r}, {steps} steps)"

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        data, *rest = bundle if isinstance(bundle, tuple) else (bundle,)
        data = {**(data or {}), "text/plain": repr(self), "text/html": self.to_html()}
        return (data, *rest) if rest else data

    def to_html(self):
        """Return the explorer for a page without a kernel: its JSON, and a table."""
        script = script_text(self.spec)
        slug, fallback = escape(self.spec["slug"]), self._fallback()
        return (
            f'<div data-explorer="{slug}">'
            f'<script type="application/json">{script}</script>{fallback}</div>'
        )

    def _fallback(self):
        """A table for each variant; of the combinations of switches for the first."""
        labels = [variant["label"] for variant in self.spec["variants"]]
        if not isinstance(labels[0], list):
            return "".join(map(table, self._traces))
        here, *others = (escape(", ".join(label)) for label in labels)
        told = f"<p>Above: {here}. On a screen also: {'; '.join(others)}.</p>"
        return table(self._traces[0], brief=True) + (told if others else "")


def _shapes(trace):
    return {step["name"]: step["shape"] for step in trace.steps}


def _numbers(trace):
    """Every number of the inputs by its label."""
    found = {}
    for step in trace.steps:
        if step["op"] == "input":
            labels = step.get("labels") or element_labels(step["name"], step["shape"])
            found.update(zip(labels, map(float, step["value"]), strict=True))
    return found


def _slider(control, numbers):
    target = control if isinstance(control, str) else control.target
    if target not in numbers:
        raise ValueError(f"no number of the inputs is called {target}")
    return Slider.around(target, numbers[target]) if control is target else control


def _slug(title):
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "explorer"


def _sources(traces):
    ops = {step["op"] for trace in traces for step in trace.steps}
    return {op: source_of(op) for op in sorted(ops.difference(LEAVES))}
