r"""Reverse-mode differentiation: walk the tape once from the end, appending as we go.

For a step :math:`y = f(x_1, x_2, \dots)` with :math:`g = \partial L/\partial y`, the
rule of argument i returns its contribution :math:`g \cdot \partial y/\partial x_i`, and

.. math:: \frac{\partial L}{\partial x} = \sum_{\text{steps } s \text{ that use } x}
          \frac{\partial L}{\partial y_s}\frac{\partial y_s}{\partial x}.

Reference: Linnainmaa (1970); Griewank and Walther (2008). Chapters: 05, 06.
"""

import numpy as np

from nnlib import ops
from nnlib.shapes import broadcast_axes, show
from nnlib.tape import PRIMITIVES, Place, Tape, Tensor, at


def gradient(loss, wanted):
    r"""Append the backward pass of ``loss`` to its tape.

    Parameters
    ----------
    loss : Tensor of one element, :math:`L`
    wanted : list or dict of Tensors, :math:`\theta`

    Returns
    -------
    :math:`\partial L/\partial\theta`, shaped as ``wanted``; zeros where the loss does
    not depend on a tensor.

    Raises
    ------
    ValueError
        If the loss is not one number, or a wanted tensor is on another tape.
    """
    names = list(wanted) if isinstance(wanted, dict) else range(len(wanted))
    tensors = [wanted[name] for name in names]
    _check(loss, tensors)
    found = _backward(loss, {t.id for t in tensors})
    results = [found[t.id] if t.id in found else _zeros(t) for t in tensors]
    if isinstance(wanted, dict):
        return dict(zip(names, results, strict=True))
    return results


def _check(loss, tensors):
    if not isinstance(loss, Tensor):
        raise TypeError(f"gradient: the loss is a {type(loss).__name__}, not a Tensor")
    if np.size(loss.value) != 1:
        found = f"{loss.name} has shape {show(loss.shape)}"
        raise ValueError(f"gradient: the loss must be one number, but {found}")
    for tensor in tensors:
        if not isinstance(tensor, Tensor) or tensor.tape is not loss.tape:
            raise ValueError(f"gradient: {tensor!r} is not on the tape of {loss.name}")


def _needed(loss, targets):
    """Ids of the steps through which a target reaches the loss."""
    needed = set()
    for step in loss.tape.steps[: loss.id + 1]:
        if step.id in targets or not needed.isdisjoint([t.id for t in step.inputs]):
            needed.add(step.id)
    return needed


def _backward(loss, targets):
    """Walk the steps from the loss back and return the gradient of each by its id."""
    tape, needed = loss.tape, _needed(loss, targets)
    with at(Place(loss.place.scope, "backward", loss.id)):
        seed = tape.record("constant", (), {}, np.ones_like(loss.value))
        found = {loss.id: seed}
    for step in reversed(tape.steps[: loss.id + 1]):
        if step.id not in needed or step.id not in found:
            continue
        with at(Place(step.place.scope, "backward", step.id)):
            _name(tape, step, found[step.id])
            parts = _contributions(step, found[step.id], needed)
            _accumulate(found, step.inputs, parts)
        tape.gradients[step.id] = found[step.id].id
        tape.contributions[step.id] = [None if p is None else p.id for p in parts]
    return found


def _contributions(step, g, needed):
    """What ``step`` contributes to the gradient of each of its inputs."""
    if step.op in ("input", "constant"):
        return []
    if step.id in step.tape.backprops:
        parts = _run_backprop(step, g.value, needed)
        op = f"{step.op} backward"
        return [p if p is None else step.tape.record(op, (g,), {}, p) for p in parts]
    primitive, parts = PRIMITIVES[step.op], []
    for argument, x in enumerate(step.inputs):
        rule = primitive.rule(argument) if x.id in needed else None
        part = rule(g, step, *step.inputs, **step.params) if rule else None
        parts.append(None if part is None else unbroadcast(part, x.shape))
    return parts


def _run_backprop(step, g, needed):
    """Run the backprop of a closed form; it must cover every input that is needed.

    Where the first input is data, a backprop that knows ``dx=False`` saves the work.
    """
    backprop = step.tape.backprops[step.id]
    skips = step.inputs[0].id not in needed and "dx" in (backprop.__kwdefaults__ or ())
    parts = backprop(g, dx=False) if skips else backprop(g)
    for x, part in zip(step.inputs, parts, strict=True):
        if part is None and x.id in needed:
            form = step.op.removeprefix("fused ")
            advice = "record on Tape() instead of Tape(fused=True)"
            raise ValueError(f"the closed form of {form} has no d{x.name}: {advice}")
    return parts


def _accumulate(found, inputs, parts):
    for x, part in zip(inputs, parts, strict=False):  # a leaf has no parts
        if part is not None:
            found[x.id] = found[x.id] + part if x.id in found else part


def unbroadcast(g, shape):
    """Sum ``g`` over the axes along which an array of ``shape`` was repeated."""
    if g.shape == shape:
        return g
    axes = broadcast_axes(shape, g.shape)
    g = ops.sum(g, axes=axes, keepdims=False)
    return g if g.shape == shape else ops.reshape(g, shape=shape)


def _name(tape, step, g):
    """Call the gradient of a named tensor dL/d(name), and its elements dL/d(label)."""
    if step.id in tape.names and g.id not in tape.names:
        name = f"dL/d{tape.names[step.id]}"
        if name not in tape.taken:
            labels = [f"dL/d{label}" for label in tape.labels.get(step.id, [])]
            own = tape.symbols.get(step.id)  # what it is written as, if not by its name
            symbol = rf"\frac{{\partial L}}{{\partial {own}}}" if own else None
            g.named(name, labels=labels or None, symbol=symbol)


def _zeros(tensor):
    with at(Place(tensor.place.scope, "backward", tensor.id)):
        zeros = tensor.tape.record("constant", (), {}, np.zeros_like(tensor.value))
    _name(tensor.tape, tensor, zeros)
    tensor.tape.gradients[tensor.id] = zeros.id
    return zeros


def value_and_grad(function):
    """Turn ``function(params, *data) -> loss`` into one that also returns gradients.

    ``params`` is a dict of arrays. The result is ``(loss, {name: gradient})`` in plain
    arrays, from a fresh tape at every call.
    """

    def evaluate(params, *data):
        tape = Tape(fused=True)
        inputs = tape.inputs(params)
        loss = function(inputs, *data)
        _check(loss, inputs.values())
        found = _pull_back(loss, {x.id for x in inputs.values()})
        tape.clear()
        return loss.value, {
            name: found[x.id].copy() if x.id in found else np.zeros_like(x.value)
            for name, x in inputs.items()
        }

    return evaluate


def _pull_back(loss, targets):
    """The walk of :func:`gradient` in plain arrays, for speed: no step is kept."""
    tape, needed = loss.tape, _needed(loss, targets)
    found = {loss.id: np.ones_like(loss.value)}
    for step in reversed(tape.steps[: loss.id + 1]):
        if step.inputs and step.id in found:
            parts = _plain_contributions(step, found.pop(step.id), needed)
            for x, part in zip(step.inputs, parts, strict=True):
                if part is not None and x.id in needed:
                    found[x.id] = found[x.id] + part if x.id in found else part
    return found


def _plain_contributions(step, g, needed):
    tape = step.tape
    if step.id in tape.backprops:
        return _run_backprop(step, g, needed)
    g = tape.record("constant", (), {}, g)
    return [p if p is None else p.value for p in _contributions(step, g, needed)]


def check_gradient(function, values, *, rng, order=1, h=1e-5, directions=3):
    r"""Compare gradients with central differences along random directions :math:`v`.

    .. math:: \nabla L(\theta)\cdot v \approx \frac{L(\theta + hv) - L(\theta - hv)}{2h}

    Parameters
    ----------
    function : callable from a dict of Tensors :math:`\theta` to a loss Tensor :math:`L`
    values : dict of float64 arrays, the point :math:`\theta` to check at
    rng : numpy Generator that draws the directions, each of length 1
    order : 1 for the gradient; 2 to check the gradient of :math:`\nabla L\cdot v` too
    h : step, best near 1e-5 in float64
    directions : number of directions

    Returns
    -------
    The largest relative error :math:`|a - b| / \max(|a|, |b|, h)`.

    Raises
    ------
    ValueError
        If the order is not 1 or 2, or there is no direction.

    Chapter: 05, 06.
    """
    if order not in (1, 2):
        raise ValueError(f"check_gradient: order is {order}, not 1 or 2")
    if directions < 1:
        raise ValueError(f"check_gradient: directions is {directions}, not 1 or above")
    values = {name: np.array(value, dtype=float) for name, value in values.items()}
    errors = []
    for _ in range(directions):
        v = _direction(values, rng)
        errors.append(_slope_error(function, values, v, h))
        if order == 2:
            slope = _along(function, v)
            errors.append(_slope_error(slope, values, _direction(values, rng), h))
    return float(np.max(errors))


def _direction(values, rng):
    v = {name: rng.standard_normal(value.shape) for name, value in values.items()}
    length = np.sqrt(np.sum([np.sum(part**2) for part in v.values()]))
    return {name: part / length for name, part in v.items()}


def _along(function, v):
    """The slope of ``function`` along ``v``, itself a recorded function."""

    def slope(tensors):
        grads = gradient(function(tensors), tensors)
        parts = [ops.sum(g * v[n], axes=tuple(range(g.ndim))) for n, g in grads.items()]
        total = parts[0]
        for part in parts[1:]:
            total = total + part
        return total

    return slope


def _slope_error(function, values, v, h):
    def at_distance(t):
        tape = Tape()
        moved = tape.inputs({n: values[n] + t * v[n] for n in v})
        return function(moved).value.item()

    tape = Tape()
    slope = _along(function, v)(tape.inputs(values)).value.item()
    difference = (at_distance(h) - at_distance(-h)) / (2 * h)
    return abs(slope - difference) / np.max([abs(slope), abs(difference), h])
