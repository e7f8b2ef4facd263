"""The tape: one flat list of primitive steps, forward and backward alike.

A function of :mod:`nnlib.ops` given plain arrays computes and returns a plain array.
Given at least one :class:`Tensor` it does the same arithmetic and also appends one step
to that tensor's tape. Creation order is evaluation order, so nothing is ever sorted.
"""

import math
from contextvars import ContextVar
from functools import wraps
from typing import NamedTuple

import numpy as np

from nnlib.shapes import show

PRIMITIVES = {}


class Place(NamedTuple):
    """Where a step belongs: its layers, its pass, and the step it differentiates."""

    scope: tuple = ()
    phase: str = "forward"
    of: int | None = None


PLACE = ContextVar("place", default=Place())


class at:
    """Record the steps of a block at a place: ``with at(place): ...``."""

    __slots__ = ("place", "token")

    def __init__(self, place):
        self.place = place

    def __enter__(self):
        self.token = PLACE.set(self.place)

    def __exit__(self, *error):
        PLACE.reset(self.token)


def scope(name):
    """Group the steps of a block under a layer name, for example ``scope("hidden")``.

    Scopes nest. A backward step inherits the scope of the step it differentiates, so a
    layer's two passes stay together in every picture.
    """
    place = PLACE.get()
    return at(Place((*place.scope, name), place.phase, place.of))


class Tensor:
    """One step of a tape and the array it produced.

    Attributes: ``value`` (the array), ``op`` (name of the primitive), ``inputs`` (the
    tensors it was computed from), ``params`` (metadata such as ``axis``), ``place``.
    """

    __slots__ = ("tape", "id", "op", "inputs", "params", "value", "place")
    __array_ufunc__ = None  # numpy leaves `array * tensor` to Tensor.__rmul__
    __hash__ = object.__hash__

    def __init__(self, tape, id, op, inputs, params, value, place):
        self.tape = tape
        self.id = id
        self.op = op
        self.inputs = inputs
        self.params = params
        self.value = value
        self.place = place

    shape = property(lambda self: np.shape(self.value))
    ndim = property(lambda self: np.ndim(self.value))
    dtype = property(lambda self: self.value.dtype)
    name = property(lambda self: self.tape.names.get(self.id, f"step{self.id}"))

    def named(self, name, *, labels=None, symbol=None):
        """Name this tensor, and optionally its elements, and return it.

        ``labels`` are element names in row-major order, ``symbol`` is LaTeX.
        """
        self.tape.rename(self, name, labels=labels, symbol=symbol)
        return self

    def __add__(self, y):
        return PRIMITIVES["add"](self, y)

    def __radd__(self, x):
        return PRIMITIVES["add"](x, self)

    def __sub__(self, y):
        return PRIMITIVES["sub"](self, y)

    def __rsub__(self, x):
        return PRIMITIVES["sub"](x, self)

    def __mul__(self, y):
        return PRIMITIVES["mul"](self, y)

    def __rmul__(self, x):
        return PRIMITIVES["mul"](x, self)

    def __truediv__(self, y):
        return PRIMITIVES["div"](self, y)

    def __rtruediv__(self, x):
        return PRIMITIVES["div"](x, self)

    def __matmul__(self, W):
        return PRIMITIVES["matmul"](self, W)

    def __rmatmul__(self, x):
        return PRIMITIVES["matmul"](x, self)

    def __neg__(self):
        return PRIMITIVES["neg"](self)

    def __pow__(self, exponent):
        if not isinstance(exponent, (int, float, np.number)):
            kind = type(exponent).__name__
            raise TypeError(f"power: the exponent is a {kind}, not a number")
        return PRIMITIVES["power"](self, exponent=exponent)

    @property
    def T(self):
        """The transpose over the last two axes."""
        axes = (*range(self.ndim - 2), self.ndim - 1, self.ndim - 2)
        return PRIMITIVES["transpose"](self, axes=axes)

    def __eq__(self, other):
        if type(other) is Tensor:
            return self is other
        raise TypeError(
            f"{self.name} is a recorded tensor, which == compares with no number: "
            "use greater for a mask, or compare .value"
        )

    def __bool__(self):
        raise TypeError(
            f"{self.name} is a recorded tensor: an `if` on its value would freeze one "
            "branch into the tape; use maximum, greater or a mask, or test .value"
        )

    def __iter__(self):
        raise TypeError(f"{self.name} cannot be iterated: take its parts with narrow")

    def __len__(self):
        return len(self.value)

    def __repr__(self):
        return f"Tensor({self.name}, shape {show(self.shape)}, step {self.id})"


class Tape:
    """A flat list of steps.

    Example::

        tape = Tape()
        x, w = tape.input("x", 2.0), tape.input("w", 3.0)
        L = (x * w).named("L")
        (dw,) = gradient(L, [w])        # appended to the same tape

    ``fused=True`` records a composite that has a closed form as one step; such a tape
    trains fast but cannot be exported (see :func:`composite`).
    """

    def __init__(self, *, fused=False):
        self.fused = fused
        self.steps = []
        self.names, self.symbols, self.labels = {}, {}, {}
        self.gradients, self.contributions = {}, {}
        self.updates, self.backprops = {}, {}
        self.taken, self._numbers = set(), {}

    def record(self, op, inputs, params, value):
        """Append one step and return its tensor."""
        tensor = Tensor(self, len(self.steps), op, inputs, params, value, PLACE.get())
        self.steps.append(tensor)
        return tensor

    def input(self, name, value, *, labels=None, symbol=None):
        """Record an input: anything that a replay may change."""
        value = np.array(value, order="C")  # as a replay has it: BLAS rounds by layout
        if value.dtype.kind not in "fiub":
            raise TypeError(f"input {name} holds {value.dtype}, not numbers")
        if value.dtype.kind != "f":
            value = value.astype(float)
        tensor = self.record("input", (), {}, value)
        return tensor.named(name, labels=labels, symbol=symbol)

    def inputs(self, values):
        """Record a dict of arrays as inputs and return the dict of tensors."""
        return {name: self.input(name, value) for name, value in values.items()}

    def lift(self, args):
        """Return ``args`` with arrays and numbers recorded as constants.

        A plain number takes the dtype of its partner, so float32 stays float32.
        """
        dtype = next(a.value.dtype for a in args if type(a) is Tensor)
        return tuple([a if type(a) is Tensor else self._lift(a, dtype) for a in args])

    def _lift(self, value, dtype):
        if not isinstance(value, (int, float)):
            copy = None if self.fused else True  # what is exported must not change
            value = np.array(value, copy=copy, order="C")
            return self.record("constant", (), {}, value)
        key = (float(value), math.copysign(1, value), dtype)  # 0.0 is not -0.0
        if key not in self._numbers:  # one constant per number
            value = np.asarray(value, dtype=dtype)
            self._numbers[key] = self.record("constant", (), {}, value)
        return self._numbers[key]

    def fuse(self, name, closed_form, args, params):
        """Record a composite as one step that keeps the backprop of its closed form."""
        inputs = self.lift(args)
        if any(t.tape is not self for t in inputs):
            raise _two_tapes(name, inputs)
        value, backprop = closed_form(*[t.value for t in inputs], **params)
        tensor = self.record(name, inputs, params, value)
        self.backprops[tensor.id] = backprop
        return tensor

    def clear(self):
        """Let go of all steps, so that their memory is free at once for the next tape.

        A tape and its tensors hold each other, and would wait for garbage collection.
        """
        for held in (self.steps, self.backprops, self._numbers):
            held.clear()

    def rename(self, tensor, name, *, labels=None, symbol=None):
        """Give a step of this tape a unique name."""
        if name in self.taken and self.names.get(tensor.id) != name:
            raise ValueError(f"the name {name} is taken: names on a tape are unique")
        if labels is not None and len(labels) != np.size(tensor.value):
            raise ValueError(
                f"{name} has {np.size(tensor.value)} elements, "
                f"shape {show(tensor.shape)}, but {len(labels)} labels were given"
            )
        self.taken.discard(self.names.get(tensor.id))
        self.taken.add(name)
        self.names[tensor.id] = name
        if symbol is not None:
            self.symbols[tensor.id] = symbol
        if labels is not None:
            self.labels[tensor.id] = list(labels)


class Primitive:
    """A kernel, its LaTeX and its vector-Jacobian rules, one rule for each argument.

    A rule is called as ``rule(g, y, *inputs, **params)`` with tensors: ``g`` is the
    gradient of the loss with respect to the output ``y``. It returns the gradient with
    respect to its own argument, computed with primitives, so it lands on the tape.
    """

    def __init__(self, kernel, latex, binds):
        self.name = kernel.__name__
        self.__doc__ = kernel.__doc__
        self.arguments = kernel.__code__.co_varnames[: kernel.__code__.co_argcount]
        self.kernel, self.latex, self.binds = kernel, latex, binds
        self.rules = ()

    def vjp(self, *rules):
        """Set one rule for each array argument; ``None`` means: no gradient."""
        self.rules = rules

    def rule(self, argument):
        """Return the rule of an argument, or None where there is no gradient."""
        if argument >= len(self.rules):
            raise ValueError(f"no gradient rule for {self.name}, argument {argument}")
        return self.rules[argument]

    def __call__(self, *args, **params):
        # The hot path of recording, kept in one frame; see benchmarks.
        tape, plain, values = None, False, []
        for arg in args:
            if type(arg) is Tensor:
                if tape is None:
                    tape = arg.tape
                elif arg.tape is not tape:
                    raise _two_tapes(self.name, args)
                values.append(arg.value)
            else:
                plain = True
        if tape is None:
            try:
                return self.kernel(*args, **params)
            except (ValueError, IndexError) as error:
                raise self._misfit(args, error) from None
        if plain:
            args = tape.lift(args)
            values = [arg.value for arg in args]
        try:
            value = self.kernel(*values, **params) if params else self.kernel(*values)
        except (ValueError, IndexError) as error:
            raise self._misfit(values, error) from None
        steps = tape.steps
        tensor = Tensor(tape, len(steps), self.name, args, params, value, PLACE.get())
        steps.append(tensor)
        return tensor

    def _misfit(self, arrays, error):
        """One sentence that names the operation and the shapes it was given."""
        shapes = " and ".join(show(np.shape(a)) for a in arrays)
        reason = str(error).splitlines()[0]
        return ValueError(f"{self.name}: shapes {shapes} do not fit: {reason}")

    def __repr__(self):
        return f"<primitive {self.name}>"


def _two_tapes(name, args):
    """One sentence: a gradient goes back along one tape only."""
    names = " and ".join(arg.name for arg in args if type(arg) is Tensor)
    return ValueError(f"{name}: {names} are recorded on different tapes")


def primitive(latex, binds=4):
    """Make a primitive of the kernel below: ``@primitive(r"{x:1} + {y:1}", binds=1)``.

    ``latex`` is a template over the kernel's arguments, or a function of them and the
    params. ``binds`` says how tightly the formula holds together: 1 a sum, 1.5 a sum
    under a sign, 2 a product, 3 a power or a fraction, 4 a name or a call. ``{x:2}``
    puts brackets around a looser x.
    """

    def make(kernel):
        PRIMITIVES[kernel.__name__] = Primitive(kernel, latex, binds)
        return PRIMITIVES[kernel.__name__]

    return make


def composite(closed_form):
    """Tie a function made of primitives to the gradient derived for it on paper.

    On an ordinary tape the body runs, primitive by primitive. On ``Tape(fused=True)``
    it is one step: ``closed_form(*arrays, **params)`` gives the value and ``backprop``,
    a function from the gradient of the output to the gradients of the inputs.
    """

    def decorate(body):
        name = f"fused {body.__name__}"
        arguments = body.__code__.co_varnames[: body.__code__.co_argcount]

        @wraps(body)
        def call(*args, **params):
            for arg in args:
                if type(arg) is Tensor and arg.tape.fused:
                    args = _arrays(arguments, args, params)
                    return arg.tape.fuse(name, closed_form, args, params)
            return body(*args, **params)

        return call

    return decorate


def _arrays(names, args, params):
    """Arrays in their places, also those given by name; an optional one may be None."""
    named = [params.pop(name) for name in names[len(args) :] if name in params]
    return tuple(arg for arg in (*args, *named) if arg is not None)
