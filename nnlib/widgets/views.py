"""Views are drawings of the same trace; each says which of its tensors it draws."""

import math
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Tensors:
    """Matrices of numbers. ``tensors`` names them; by default those of each step."""

    tensors: tuple = ()
    kind = "tensor"

    def names(self):
        return list(self.tensors)


@dataclass(frozen=True)
class Network:
    """Nodes and edges of a multilayer perceptron, first row of each tensor.

    ``layers`` names the activations from input to output, ``pre`` the pre-activations
    of all layers but the first, ``weights`` (D_in, D_out) and ``biases`` one for each
    layer but the first.
    """

    layers: tuple
    weights: tuple
    pre: tuple = ()
    biases: tuple = ()
    target: str | None = None
    loss: str | None = None
    kind = "network"

    def names(self):
        named = [*self.layers, *self.weights, *self.pre, *self.biases]
        return [n for n in (*named, self.target, self.loss) if n is not None]

    def spec(self):
        pre = (None, *self.pre) if self.pre else (None,) * len(self.layers)
        nodes = [
            {"nodes": n} | ({"pre": p} if p else {})
            for n, p in zip(self.layers, pre, strict=True)
        ]
        rest = {"weights": list(self.weights), "biases": list(self.biases)}
        ends = {"target": self.target, "loss": self.loss}
        return {"layers": nodes} | rest | {k: v for k, v in ends.items() if v}


@dataclass(frozen=True)
class Curve:
    """Scalars against a scalar input ``x``, swept over ``range`` in the page."""

    x: str
    curves: tuple
    range: tuple = (-8, 8)
    kind = "curve"

    def names(self):
        return [self.x, *self.curves]


@dataclass(frozen=True)
class Training:
    """Loss curve of a recorded training step, and its fit.

    ``inputs`` is (N, 2) for a decision boundary over ``range`` = ((x0, x1), (y0, y1)),
    (N, 1) for a fitted curve; ``targets`` and ``output`` belong to the same N examples.
    """

    inputs: str
    targets: str
    output: str
    loss: str
    range: tuple = ()
    kind = "training"

    def names(self):
        return [self.inputs, self.targets, self.output, self.loss]


@dataclass(frozen=True)
class Slider:
    """A control on one number of the trace, called by its label."""

    target: str
    min: float
    max: float
    step: float = 0.01

    def __post_init__(self):
        numbers = (self.min, self.max, self.step)
        if not all(math.isfinite(v) for v in numbers) or not self.min < self.max:
            bounds = f"min {self.min} is no number below max {self.max}"
            raise ValueError(f"Slider {self.target}: {bounds}")
        if not 0 < self.step <= self.max - self.min:
            raise ValueError(f"Slider {self.target}: step {self.step} does not fit")

    @classmethod
    def around(cls, target, value):
        """A slider that reaches at least 2, and twice the value, to either side."""
        reach = max(2, math.ceil(2 * abs(value)))
        return cls(target, -reach, reach, 0.01 if reach <= 5 else 0.1)


def view_spec(view, trace_names):
    """The JSON of a view; refuses names that the trace does not have."""
    for name in view.names():
        if name not in trace_names:
            raise ValueError(f"{type(view).__name__}: the trace has no tensor {name}")
    own = view.spec() if hasattr(view, "spec") else asdict(view)
    return {"kind": view.kind} | {k: v for k, v in own.items() if v not in ((), None)}
