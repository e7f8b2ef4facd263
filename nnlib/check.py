"""The validator of untrusted traces: one sentence that names the first thing wrong.

Shapes are inferred, never computed, so a hostile trace allocates nothing. The page holds
the same rules in ``widgets/js/engine/trace.js``; a test feeds both the same traces.
"""

import math

import numpy as np

from nnlib.shapes import show

VERSION, MOST_STEPS, MOST_ELEMENTS = 1, 20_000, 2_000_000
PHASES = ("forward", "backward", "update")
LEAVES = ("input", "constant")


def elementwise(params, *shapes):
    return np.broadcast_shapes(*shapes)


def reduced(params, x):
    axes = params["axes"] if "axes" in params else [params["axis"]]
    _axes_fit(axes, x)
    if params.get("keepdims"):
        return tuple(1 if a in axes else n for a, n in enumerate(x))
    return tuple(n for a, n in enumerate(x) if a not in axes)


def along(params, x):
    _axes_fit([params["axis"]], x)
    return x


def reshaped(params, x):
    if math.prod(params["shape"]) != math.prod(x):
        raise ValueError("the number of elements changes")
    return params["shape"]


def permuted(params, x):
    if sorted(params["axes"]) != list(range(len(x))):
        raise ValueError("axes is not a permutation")
    return [x[a] for a in params["axes"]]


def repeated(params, x):
    if np.broadcast_shapes(x, tuple(params["shape"])) != tuple(params["shape"]):
        raise ValueError("it cannot be broadcast")
    return params["shape"]


def joined(params, *xs):
    axis = params["axis"]
    _axes_fit([axis], xs[0])
    rest = {(len(x), x[:axis], x[axis + 1 :]) for x in xs}
    if len(rest) > 1:
        raise ValueError("the other axes differ")
    return (*xs[0][:axis], sum(x[axis] for x in xs), *xs[0][axis + 1 :])


def sliced(params, x):
    axis, start, length = params["axis"], params["start"], params["length"]
    _axes_fit([axis], x)
    if start + length > x[axis]:
        raise ValueError(f"axis {axis} has {x[axis]} elements, not {start + length}")
    return (*x[:axis], length, *x[axis + 1 :])


def padded(params, x):
    axis = params["axis"]
    _axes_fit([axis], x)
    longer = params["before"] + x[axis] + params["after"]
    return (*x[:axis], longer, *x[axis + 1 :])


def multiplied(params, x, W):
    if len(x) < 2 or len(W) < 2 or x[-1] != W[-2]:
        raise ValueError("the inner axes differ")
    return (*np.broadcast_shapes(x[:-2], W[:-2]), x[-2], W[-1])


def taken(params, x, indices):
    if not x:
        raise ValueError("a scalar has no rows")
    return (*indices, *x[1:])


def scattered(params, x, indices):
    if x[: len(indices)] != indices:
        raise ValueError("the indices do not match the rows")
    return (params["length"], *x[len(indices) :])


def _windows(size, params, kernel):
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, params["dilation"], strict=True)]
    if min(params["stride"]) < 1 or any(r > n for r, n in zip(reach, size, strict=True)):
        raise ValueError("the kernel does not fit")
    return [
        (n - r) // s + 1 for n, r, s in zip(size, reach, params["stride"], strict=True)
    ]


def unfolded(params, x):
    n, c, *size = x
    return (n, c, *params["kernel"], *_windows(size, params, params["kernel"]))


def folded(params, x):
    n, c, *kernel, oh, ow = x
    if _windows(params["size"], params, kernel) != [oh, ow]:
        raise ValueError("the windows do not fit the size")
    return (n, c, *params["size"])


def _axes_fit(axes, x):
    if len(set(axes)) != len(axes) or any(not 0 <= a < len(x) for a in axes):
        raise ValueError(f"axes {list(axes)} do not exist")


# op -> (number of inputs, shape rule, {param: its type}); None inputs: one or more
COUNT, COUNTS, PAIR, FLAG, NUMBER = "a count", "counts", "two counts", "a flag", "a number"
_IMAGE = {"stride": PAIR, "dilation": PAIR}
RULES = {
    **{op: (2, elementwise, {}) for op in ("add", "sub", "mul", "div")},
    **{op: (2, elementwise, {}) for op in ("maximum", "greater")},
    **{op: (1, elementwise, {}) for op in ("neg", "exp", "log", "tanh", "sigmoid", "erf")},
    "power": (1, elementwise, {"exponent": NUMBER}),
    "sum": (1, reduced, {"axes": COUNTS, "keepdims": FLAG}),
    "max": (1, reduced, {"axis": COUNT, "keepdims": FLAG}),
    "logsumexp": (1, reduced, {"axis": COUNT, "keepdims": FLAG}),
    "first_max": (1, along, {"axis": COUNT}),
    "softmax": (1, along, {"axis": COUNT}),
    "reshape": (1, reshaped, {"shape": COUNTS}),
    "transpose": (1, permuted, {"axes": COUNTS}),
    "broadcast_to": (1, repeated, {"shape": COUNTS}),
    "concat": (None, joined, {"axis": COUNT}),
    "narrow": (1, sliced, {"axis": COUNT, "start": COUNT, "length": COUNT}),
    "pad": (1, padded, {"axis": COUNT, "before": COUNT, "after": COUNT}),
    "matmul": (2, multiplied, {}),
    "take": (2, taken, {}),
    "scatter_add": (2, scattered, {"length": COUNT}),
    "unfold": (1, unfolded, {"kernel": PAIR, **_IMAGE}),
    "fold": (1, folded, {"size": PAIR, **_IMAGE}),
}


def check(data):
    """Check a trace, version 1, given as plain JSON values.

    Raises
    ------
    ValueError
        One sentence, for example ``trace: step 7 (matmul) uses step 9, which comes
        later``.
    """
    _expect(isinstance(data, dict), "is not an object")
    _expect(data.get("version") == VERSION, f"is not of version {VERSION}")
    _expect(isinstance(data.get("title"), str), "has no title")
    steps = data.get("steps")
    _expect(isinstance(steps, list) and steps, "has no steps")
    _expect(len(steps) <= MOST_STEPS, f"has more than {MOST_STEPS} steps")
    names, labels, phase = set(), set(), 0
    for i, step in enumerate(steps):
        _expect(isinstance(step, dict), f"step {i} is not an object")
        phase = _check_place(steps, i, step, phase)
        _check_name(i, step, names)
        _check_shape(steps, i, step)
        _check_values(i, step)
        _check_labels(i, step, labels)
    _check_outputs(data, len(steps))


def _expect(condition, complaint):
    if not condition:
        raise ValueError(f"trace: {complaint}" if complaint[:4] == "step" else f"trace {complaint}")


def _count(value, below=MOST_ELEMENTS + 1):
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < below


def _counts(value):
    return isinstance(value, list) and len(value) <= 16 and all(map(_count, value))


def _check_place(steps, i, step, phase):
    _expect(_count(step.get("id")) and step["id"] == i, f"step {i} has another id")
    scope = step.get("scope", [])
    fine = isinstance(scope, list) and all(isinstance(s, str) for s in scope)
    _expect(fine, f"step {i}: scope is not a list of names")
    kind = step.get("phase", "forward")
    _expect(isinstance(kind, str) and kind in PHASES, f"step {i}: unknown phase")
    _expect(PHASES.index(kind) >= phase, f"step {i}: {kind} comes after {PHASES[phase]}")
    of = step.get("of")
    _expect(of is None or _count(of, i + 1), f"step {i}: of is not an earlier step")
    g = step.get("gradient")
    _expect(g is None or _count(g, len(steps)), f"step {i}: gradient is not a step")
    return PHASES.index(kind)


def _check_name(i, step, names):
    name = step.get("name")
    _expect(isinstance(name, str) and name, f"step {i} has no name")
    _expect(name not in names, f"step {i}: the name {name[:40]} is taken")
    names.add(name)
    for key in ("symbol", "latex"):
        _expect(isinstance(step.get(key, ""), str), f"step {i}: {key} is not text")


def _check_shape(steps, i, step):
    op, inputs, params = step.get("op"), step.get("inputs", []), step.get("params", {})
    shape = step.get("shape")
    _expect(_counts(shape), f"step {i}: shape is not a list of counts")
    _expect(math.prod(shape) <= MOST_ELEMENTS, f"step {i} has too many elements")
    _expect(isinstance(op, str) and (op in RULES or op in LEAVES), f"step {i}: unknown op")
    _expect(isinstance(inputs, list), f"step {i} ({op}): inputs is not a list")
    for j in inputs:
        _expect(_count(j, len(steps)), f"step {i} ({op}): an input is not a step")
        _expect(j < i, f"step {i} ({op}) uses step {j}, which comes later")
    back = step.get("contributions", [])
    fine = isinstance(back, list) and len(back) in (0, len(inputs))
    fine = fine and all(c is None or _count(c, len(steps)) for c in back)
    _expect(fine, f"step {i} ({op}): contributions do not match the inputs")
    _expect(isinstance(params, dict), f"step {i} ({op}): params is not an object")
    if op in LEAVES:
        _expect(not inputs and not params, f"step {i} ({op}) takes no inputs and no params")
        return
    many, rule, types = RULES[op]
    right = len(inputs) == many if many else len(inputs) > 0
    _expect(right, f"step {i} ({op}) has {len(inputs)} inputs")
    _check_params(i, op, params, types)
    shapes = [tuple(steps[j]["shape"]) for j in inputs]
    try:
        implied = tuple(rule(params, *shapes))
    except (ValueError, TypeError) as error:
        given = " and ".join(map(show, shapes))
        _expect(False, f"step {i} ({op}) does not fit shapes {given}: {error}")
    declared = f"step {i} ({op}) gives shape {show(implied)}, not {show(shape)}"
    _expect(implied == tuple(shape), declared)


TESTS = {
    COUNT: _count,
    COUNTS: _counts,
    PAIR: lambda v: _counts(v) and len(v) == 2,
    FLAG: lambda v: isinstance(v, bool),
    NUMBER: lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
}


def _check_params(i, op, params, types):
    for name, kind in types.items():
        optional = kind == FLAG and name not in params
        fine = optional or (name in params and TESTS[kind](params[name]))
        _expect(fine, f"step {i} ({op}): {name} is not {kind}")
    extra = [name for name in params if name not in types]
    _expect(not extra, f"step {i} ({op}): unknown param {str(extra[:1])[2:42]}")


def _is_number(value):
    if isinstance(value, str):
        return value in ("nan", "inf", "-inf")
    return TESTS[NUMBER](value) and abs(value) < math.inf


def _check_values(i, step):
    values, leaf = step.get("value"), step["op"] in LEAVES
    _expect((values is not None) == leaf, f"step {i}: only inputs and constants hold values")
    if leaf:
        size = math.prod(step["shape"])
        fine = isinstance(values, list) and len(values) == size
        _expect(fine, f"step {i} needs {size} values")
        _expect(all(map(_is_number, values)), f"step {i} holds something that is no number")


def _check_labels(i, step, labels):
    own = step.get("labels")
    if own is None:
        return
    fine = isinstance(own, list) and all(isinstance(s, str) for s in own)
    _expect(fine and len(own) == math.prod(step["shape"]), f"step {i}: labels do not match")
    _expect(not labels & set(own) and len(set(own)) == len(own), f"step {i}: a label is taken")
    labels.update(own)


def _check_outputs(data, count):
    outputs, updates = data.get("outputs"), data.get("updates", {})
    _expect(isinstance(outputs, dict), "has no outputs")
    loss = outputs.get("loss")
    _expect(loss is None or _count(loss, count), "names a loss that is not a step")
    gradients = outputs.get("gradients", {})
    fine = isinstance(gradients, dict) and all(_count(g, count) for g in gradients.values())
    _expect(fine, "names a gradient that is not a step")
    _expect(isinstance(updates, dict), "has updates that are not an object")
    inputs = {str(s["id"]): s for s in data["steps"] if s["op"] == "input"}
    for old, new in updates.items():
        fine = old in inputs and _count(new, count)
        fine = fine and data["steps"][new]["shape"] == inputs[old]["shape"]
        _expect(fine, f"updates step {old[:20]} with something that does not fit")
