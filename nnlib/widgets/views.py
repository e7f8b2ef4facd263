"""Views are drawings of the same trace; each says which of its tensors it draws."""

import math
from dataclasses import asdict, dataclass
from numbers import Real


@dataclass(frozen=True)
class Tensors:
    """Matrices of numbers. ``tensors`` names them; by default those of each step.

    Raises
    ------
    ValueError
        If ``tensors`` is not a list of names.
    """

    tensors: tuple = ()
    kind = "tensor"

    def __post_init__(self):
        if self.tensors != ():
            check_names("Tensors", self.tensors)

    def names(self):
        return list(self.tensors)


@dataclass(frozen=True)
class Network:
    """Nodes and edges of a multilayer perceptron, first row of each tensor.

    ``layers`` names the activations from input to output, ``pre`` the pre-activations
    of all layers but the first, ``weights`` (D_in, D_out) and ``biases`` one for each
    layer but the first.

    Raises
    ------
    ValueError
        If there are fewer than two layers, or lists differ in length.
    """

    layers: tuple
    weights: tuple
    pre: tuple = ()
    biases: tuple = ()
    target: str | None = None
    loss: str | None = None
    kind = "network"

    def __post_init__(self):
        check_names("Network", self.layers, "layers", 2)
        for field in ("weights", "biases", "pre"):
            names = getattr(self, field)
            if names == ():
                continue
            check_names("Network", names, field)
            if len(names) != len(self.layers) - 1:
                count = f"{field} has {len(names)} names"
                raise ValueError(f"Network: {count} for {len(self.layers)} layers")

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
    """Scalars against a scalar input ``x``, swept over ``range`` in the page.

    Raises
    ------
    ValueError
        If ``curves`` is not a list of at least one name, or ``range`` is not two
        numbers, the smaller first.
    """

    x: str
    curves: tuple
    range: tuple = (-8, 8)
    kind = "curve"

    def __post_init__(self):
        check_names("Curve", self.curves, "curves")
        check_range("Curve", self.range, 1)

    def names(self):
        return [self.x, *self.curves]


@dataclass(frozen=True)
class Training:
    """Loss curve of a recorded training step, and its fit.

    ``inputs`` is (N, 2) for a decision boundary over ``range`` = ((x0, x1), (y0, y1)),
    (N, 1) for a fitted curve; ``targets`` and ``output`` belong to the same N examples.

    Raises
    ------
    ValueError
        If ``range`` is not two pairs of numbers, the smaller first.
    """

    inputs: str
    targets: str
    output: str
    loss: str
    range: tuple = ()
    kind = "training"

    def __post_init__(self):
        if self.range != ():
            check_range("Training", self.range, 2)

    def names(self):
        return [self.inputs, self.targets, self.output, self.loss]


@dataclass(frozen=True)
class Plane:
    """Points in the plane, and the line that a linear unit draws between them.

    ``points`` is (N, 2), ``targets`` (N,) or (N, 1), positive for one class and zero or
    negative for the other; ``weights`` holds 2 numbers and ``bias`` one. Without a
    ``bias`` (in the view, or in a variant) the line is pinned to the origin.
    ``current`` names a scalar, the number of the point that is looked at. Dragging the
    line or the arrow moves what has a control. ``range`` = ((x0, x1), (y0, y1)).

    Raises
    ------
    ValueError
        If ``range`` is not two pairs of numbers, the smaller first.
    """

    points: str
    targets: str
    weights: str
    bias: str | None = None
    current: str | None = None
    range: tuple = ((-3, 3), (-3, 3))
    kind = "plane"

    def __post_init__(self):
        check_range("Plane", self.range, 2)

    def names(self):
        named = (self.points, self.targets, self.weights, self.bias, self.current)
        return [name for name in named if name is not None]


@dataclass(frozen=True)
class Bars:
    """The numbers of a few tensors as bars, one for each element, side by side.

    Each tensor has a scale of its own; shares of a whole stand between 0 and 1.

    Raises
    ------
    ValueError
        If ``tensors`` is not a list of at least one name.
    """

    tensors: tuple
    kind = "bars"

    def __post_init__(self):
        check_names("Bars", self.tensors)

    def names(self):
        return list(self.tensors)


@dataclass(frozen=True)
class Sheet:
    """A spreadsheet: one row for each number, its formula, value and gradient.

    ``tensors`` names those whose elements get rows, in this order; a number that has a
    control is changed in its cell.

    Raises
    ------
    ValueError
        If ``tensors`` is not a list of at least one name.
    """

    tensors: tuple
    kind = "sheet"

    def __post_init__(self):
        check_names("Sheet", self.tensors)

    def names(self):
        return list(self.tensors)


@dataclass(frozen=True)
class KernelWindow:
    """A window that slides over an image: what it sees, and what becomes of it.

    ``image`` is (1, C, H, W) and ``output`` (1, F, H', W'). For a convolution
    ``kernel`` is (F, C/groups, K_h, K_w) and ``bias`` (F,); without a ``kernel`` the
    window pools. Stride, padding and dilation are read from the steps between the two.
    Dragging the window or its arrow keys move it; numbers of the image and the kernel
    that have a control are changed in their cell.

    Raises
    ------
    ValueError
        If a tensor has another number of axes, or there is a bias without a kernel.
    """

    image: str
    output: str
    kernel: str | None = None
    bias: str | None = None
    kind = "window"

    def __post_init__(self):
        if self.bias is not None and self.kernel is None:
            raise ValueError(f"KernelWindow: {self.bias} is a bias without a kernel")

    def check(self, shapes):
        """Refuse tensors that are no image, no kernel or no bias."""
        for name in (self.image, self.output):
            if len(shapes[name]) != 4 or shapes[name][0] != 1:
                given = f"{name} has shape {tuple(shapes[name])}"
                raise ValueError(
                    f"KernelWindow: {given}, not (1, channels, rows, columns)"
                )
        for name, axes in ((self.kernel, 4), (self.bias, 1)):
            if name is not None and len(shapes[name]) != axes:
                given = f"{name} has shape {tuple(shapes[name])}"
                raise ValueError(f"KernelWindow: {given}, which has not {axes} axes")

    def names(self):
        named = (self.image, self.output, self.kernel, self.bias)
        return [name for name in named if name is not None]


@dataclass(frozen=True)
class Slider:
    """A control on one number of the trace, called by its label.

    Raises
    ------
    ValueError
        If ``min``, ``max`` and ``step`` are no range, or the number is not finite.
    """

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
    def switch(cls, target):
        """A number that is 0 or 1; the page shows a box to tick."""
        return cls(target, 0, 1, 1)

    @classmethod
    def around(cls, target, value):
        """A slider that reaches at least 2, and twice the value, to either side."""
        if not math.isfinite(value):
            raise ValueError(f"Slider {target}: {value} is not a finite number")
        reach = max(2, math.ceil(2 * abs(value)))
        return cls(target, -reach, reach, 0.01 if reach <= 5 else 0.1)


def check_names(view, names, field="tensors", least=1):
    """Refuse what is not a list of at least ``least`` names."""
    if isinstance(names, str) or not names or len(names) < least:
        wanted = "names" if least == 1 else f"at least {least} names"
        raise ValueError(f"{view}: {field} is {names!r}, not a list of {wanted}")


def check_range(view, ends, pairs):
    """Refuse what is not (x0, x1), or for two pairs ((x0, x1), (y0, y1))."""
    listed = (ends,) if pairs == 1 else ends
    fits = isinstance(listed, (list, tuple)) and len(listed) == pairs
    if not fits or not all(map(_is_range, listed)):
        wanted = "(x0, x1)" if pairs == 1 else "((x0, x1), (y0, y1))"
        raise ValueError(f"{view}: range {ends} is not {wanted}")


def _is_range(ends):
    """Whether these are two finite numbers, the smaller first."""
    pair = isinstance(ends, (list, tuple)) and len(ends) == 2
    finite = pair and all(isinstance(v, Real) and math.isfinite(v) for v in ends)
    return finite and ends[0] < ends[1]


def view_spec(view, shapes):
    """The JSON of a view; refuses names that are no tensors of the trace (a dict)."""
    for name in view.names():
        if name not in shapes:
            raise ValueError(f"{type(view).__name__}: the trace has no tensor {name}")
    if hasattr(view, "check"):
        view.check(shapes)
    own = view.spec() if hasattr(view, "spec") else asdict(view)
    return {"kind": view.kind} | {k: v for k, v in own.items() if v not in ((), None)}
