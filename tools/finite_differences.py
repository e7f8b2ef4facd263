"""Central differences of a trace's loss, for each number that has a gradient.

The page does the same in ``nnlib/widgets/js/engine/differences.js``.  A difference of
two losses is no exact slope: it is blurred by rounding, it is nothing where the loss is
no number, and a kink has no slope.  Each number is therefore told as one of

    agrees   the gradient is the difference, to TOLERANCE of the largest of its tensor
    faint    the gradient is too small to be told from the rounding of a difference
    kink     the slopes to the left and to the right stay apart: a kink, or a jump
    odd      the loss nearby, or the gradient, is not finite
    differs  none of these
"""

import math
from typing import NamedTuple

import numpy as np

from nnlib import Trace
from nnlib.trace import element_labels

EPS = float(np.finfo(float).eps)
TOLERANCE = 1e-6
FAINT = 1e4  # a gradient of fewer roundings than this is not compared in digits
CLOSER = 64  # how much smaller the step is at the second look
# Through these a rounding error of a term reaches the loss undiminished.
ADDING = {"add", "sub", "neg", "sum", "max", "maximum", "logsumexp", "reshape"}
ADDING |= {"transpose", "broadcast_to", "narrow", "concat", "pad", "take"}


class Row(NamedTuple):
    """One number: its gradient by the tape, the central difference, and the verdict."""

    label: str
    gradient: float
    difference: float
    kind: str
    deviation: float


class Differences:
    """The loss of a trace as a function of its inputs, around one point."""

    def __init__(self, trace, changes=None):
        self.trace = trace
        self.loss = trace.outputs["loss"]
        # The loss needs nothing that comes after it.
        self.forward = Trace("", trace.steps[: self.loss + 1], {})
        names = [s["name"] for s in self.forward.steps if s["op"] == "input"]
        self.values = trace.replay(changes)
        self.inputs = {name: self.values[name] for name in names}
        self.here = self.at(self.inputs)
        self.size = self.amplitude()

    def at(self, inputs):
        return float(self.forward.replay(inputs)[self.name(self.loss)].ravel()[0])

    def name(self, step):
        return self.trace.steps[step]["name"]

    def amplitude(self):
        """The largest number that is added up on the way to the loss, at least 1."""
        waiting, seen, size = [self.loss], set(), 1.0
        while waiting:
            step = self.trace.steps[waiting.pop()]
            if step["id"] in seen:
                continue
            seen.add(step["id"])
            value = np.abs(self.values[step["name"]])
            size = max(size, np.max(value, initial=0, where=np.isfinite(value)))
            if step["op"] in ADDING or self.is_scaled(step):
                waiting += step["inputs"]
        return float(size)

    def is_scaled(self, step):
        """Is this a product with, or a quotient by, a constant?"""
        ops = [self.trace.steps[i]["op"] for i in step["inputs"]]
        return step["op"] in ("mul", "div") and "constant" in ops

    def rows(self):
        """One Row for each element of each input that has a gradient."""
        for name, step in self.trace.outputs["gradients"].items():
            source = next(s for s in self.trace.steps if s["name"] == name)
            labels = source.get("labels") or element_labels(name, source["shape"])
            gradient = np.ravel(self.values[self.name(step)]).astype(float)
            finite = np.abs(gradient[np.isfinite(gradient)])
            largest = float(np.max(finite, initial=0))
            for offset, g in enumerate(gradient.tolist()):
                yield Row(labels[offset], g, *self.judge(name, offset, g, largest))

    def slopes(self, name, offset, h):
        """Slopes to the left, across and to the right of one element."""
        x = float(self.inputs[name].flat[offset])
        points, losses = (x - h, x + h), []
        for point in points:
            moved = self.inputs[name].copy()
            moved.flat[offset] = point
            losses.append(self.at(self.inputs | {name: moved}))
        (a, b), (low, high), here = points, losses, self.here
        return (here - low) / (x - a), (high - low) / (b - a), (high - here) / (b - x)

    def judge(self, name, offset, g, largest):
        """The central difference of one element, the verdict, and the deviation."""
        h = EPS ** (1 / 3) * max(1.0, abs(float(self.inputs[name].flat[offset])))
        left, across, right = self.slopes(name, offset, h)
        if not all(map(math.isfinite, (g, left, across, right))):
            return across, "odd", math.nan
        noise, error = 4 * EPS * self.size / h, abs(g - across)
        small = "faint" if largest < FAINT * noise else "agrees"
        if error == 0:
            return across, "agrees", 0.0
        if error <= TOLERANCE * largest + noise:
            return across, small, error / largest if largest else math.nan
        return self.look_closer(name, offset, g, largest, (left, across, right), h)

    def look_closer(self, name, offset, g, largest, slopes, h):
        """Again with a smaller step, at which a curve is straight and a kink is not."""
        near = self.slopes(name, offset, h / CLOSER)
        noise, error = CLOSER * 4 * EPS * self.size / h, abs(g - near[1])
        if abs(near[2] - near[0]) > max(abs(slopes[2] - slopes[0]) / 2, 4 * noise):
            return near[1], "kink", math.nan
        if error > max(TOLERANCE * largest + noise, abs(g - slopes[1]) / 8):
            return near[1], "differs", error / largest if largest else math.inf
        small = "faint" if largest < FAINT * noise else "agrees"
        return near[1], small, error / largest if largest else math.nan
