"""Seeded wrong formulas, and the machinery that puts one into the running library.

    python tests/sabotage.py        # prints which check catches which

A mutation is a piece of source text and its wrong replacement. The module is compiled
with the replacement and the code of its functions exchanged in place, so whoever holds
a function or a primitive of the module runs the wrong formula until the block ends.
"""

# One row, one sabotage, however long.
# ruff: noqa: E501

import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [str(folder) for folder in Path(__file__).parents[:2]]

import numpy as np
import pytest
import sabotage_checks as checks

from nnlib import (
    autodiff,
    check,
    closed_form,
    formula,
    losses,
    ops,
    optimizers,
    signatures,
    tape,
    trace,
)
from nnlib.tape import PRIMITIVES

# A check has failed if it says so, or if the library refuses what it should take.
FAILURES = (AssertionError, ValueError, pytest.fail.Exception)


@dataclass(frozen=True)
class Sabotage:
    name: str
    module: object
    right: str
    wrong: str
    checks: tuple

    def __str__(self):
        return self.name


def _functions(thing, module):
    """Functions of a module by a path that stays the same when it is compiled again."""
    for name, value in list(vars(thing).items()):
        value = getattr(value, "__func__", value)  # a classmethod holds its function
        value = getattr(value, "fget", value) or value
        if isinstance(value, type) and value.__module__ == module:
            yield from ((f"{name}.{n}", f) for n, f in _functions(value, module))
        depth = name
        while callable(value) and hasattr(value, "__code__"):
            yield depth, value
            value, depth = getattr(value, "__wrapped__", None), f"{depth}'"


@contextmanager
def sabotaged(module, right, wrong):
    """Run a block with ``wrong`` in place of ``right`` in the source of a module."""
    source = Path(module.__file__).read_text()
    assert source.count(right) == 1, f"{right!r} occurs {source.count(right)} times"
    names, primitives = dict(vars(module)), dict(PRIMITIVES)
    state = {name: dict(vars(p)) for name, p in primitives.items()}
    old = dict(_functions(module, module.__name__))
    codes = {path: f.__code__ for path, f in old.items()}
    try:
        exec(
            compile(source.replace(right, wrong), module.__file__, "exec"), vars(module)
        )
        for path, f in dict(_functions(module, module.__name__)).items():
            if path in old and len(old[path].__code__.co_freevars) == len(
                f.__code__.co_freevars
            ):
                old[path].__code__ = f.__code__
        for name, p in primitives.items():
            vars(p).update(vars(PRIMITIVES[name]))
        vars(module).update(names)
        PRIMITIVES.update(primitives)
        yield
    finally:
        vars(module).clear()
        vars(module).update(names)
        PRIMITIVES.clear()
        PRIMITIVES.update(primitives)
        for name, p in primitives.items():
            vars(p).clear()
            vars(p).update(state[name])
        for path, f in old.items():
            f.__code__ = codes[path]


def killers(sabotage):
    """Names of the checks that fail under a sabotage."""
    with sabotaged(sabotage.module, sabotage.right, sabotage.wrong):
        return [check.name for check in sabotage.checks if fails(check)]


def fails(check):
    try:
        with np.errstate(all="ignore"):
            check()
    except FAILURES:
        return True
    return False


def op(name, right, wrong, which):
    """A wrong formula of a primitive, faced with all checks of its rows in the table."""
    return Sabotage(name, ops, right, wrong, checks.of_op(which))


PRIMITIVE_FORMULAS = [
    op("sub: sign of the second gradient", "g, lambda g, z, x, y: -g)", "g, lambda g, z, x, y: g)", "sub"),
    op("add: the second gradient halved", "add.vjp(lambda g, z, x, y: g, lambda g, z, x, y: g)", "add.vjp(lambda g, z, x, y: g, lambda g, z, x, y: g / 2)", "add"),
    op("mul: factors not swapped", "lambda g, z, x, y: g * y, lambda g, z, x, y: g * x", "lambda g, z, x, y: g * x, lambda g, z, x, y: g * y", "mul"),
    op("div: y instead of y squared", "-(g * z) / y)", "-(g * z))", "div"),
    op("neg: sign forgotten", "neg.vjp(lambda g, y, x: -g)", "neg.vjp(lambda g, y, x: g)", "neg"),
    op("power: exponent not lowered", "exponent=exponent - 1", "exponent=exponent", "power"),
    op("power: factor 2 of the square lost", "g * (2 * x if exponent == 2", "g * (x if exponent == 2", "power"),
    op("maximum: mask turned round", "lambda g, z, x, y: g * greater(x, y),", "lambda g, z, x, y: g * greater(y, x),", "maximum"),
    op("maximum: a tie pays both", "g * (1 - greater(x, y))", "g * (1 - greater(x, y) + (1 - greater(x, y)) * (1 - greater(y, x)))", "maximum"),
    op("greater: at least", "np.greater(x, y)", "np.greater_equal(x, y)", "greater"),
    op("exp: derivative x", "exp.vjp(lambda g, y, x: g * y)", "exp.vjp(lambda g, y, x: g * x)", "exp"),
    op("log: sign", "log.vjp(lambda g, y, x: g / x)", "log.vjp(lambda g, y, x: -g / x)", "log"),
    op("tanh: 1 - y", "g * (1 - y**2)", "g * (1 - y)", "tanh"),
    op("sigmoid: without 1 - y", "g * (y * (1 - y))", "g * y", "sigmoid"),
    op("sigmoid: overflows on the left", "e = np.exp(-np.abs(x))", "e = np.exp(np.abs(x))", "sigmoid"),
    op("erf: constant 1/sqrt(pi)", "g * (2 / math.sqrt(math.pi)", "g * (1 / math.sqrt(math.pi)", "erf"),
    op("sum: gradient averaged", "return broadcast_to(g, shape=x.shape)", "return broadcast_to(g, shape=x.shape) / len(axes)", "sum"),
    op("sum: keepdims ignored", "np.sum(x, axis=axes, keepdims=keepdims)", "np.sum(x, axis=axes)", "sum"),
    op("max: over the wrong axis", "np.max(x, axis=axis, keepdims=keepdims)", "np.max(x, axis=axis - 1, keepdims=keepdims)", "max"),
    op("max: gradient to everybody", "return g * first_max(x, axis=axis)", "return g * (first_max(x, axis=axis) * 0 + 1)", "max"),
    op("first_max: a tie pays twice", "np.put_along_axis(mask, winner, 1, axis)", "mask[x == np.max(x, axis=axis, keepdims=True)] = 1", "first_max"),
    op("first_max: last instead of first", "np.argmax(x, axis=axis)", "np.shape(x)[axis] - 1 - np.argmax(np.flip(x, axis), axis=axis)", "first_max"),
    op("reshape: column by column", "return np.reshape(x, shape)", 'return np.reshape(x, shape, order="F")', "reshape"),
    op("transpose: not turned back", "return transpose(g, axes=back)", "return transpose(g, axes=axes)", "transpose"),
    op("concat: every part from the start", "return narrow(g, axis=axis, start=start,", "return narrow(g, axis=axis, start=0,", "concat"),
    op("narrow: start ignored", "(slice(start, start + length),)", "(slice(0, length),)", "narrow"),
    op("narrow: gradient at the other end", "before=start, after=x.shape[axis] - start - length", "before=x.shape[axis] - start - length, after=start", "narrow"),
    op("pad: before and after swapped", "widths[axis] = (before, after)", "widths[axis] = (after, before)", "pad"),
    op("pad: gradient from the start", "start=before, length=x.shape[axis]", "start=0, length=x.shape[axis]", "pad"),
    op("matmul: W not transposed", "lambda g, y, x, W: g @ W.T,", "lambda g, y, x, W: g @ W,", "matmul"),
    op("matmul: gradients swapped", "lambda g, y, x, W: g @ W.T, lambda g, y, x, W: x.T @ g", "lambda g, y, x, W: x.T @ g, lambda g, y, x, W: g @ W.T", "matmul"),
    op("take: wrong row", "[_row_ids(indices, len(x))]", "[_row_ids(indices, len(x)) - 1]", "take"),
    op("scatter_add: overwrites", "np.add.at(total, ids, x)", "total[ids] = x", "scatter_add"),
    op("softmax: without the row sum", "y * (g - sum(g * y, axes=(axis,), keepdims=True))", "y * g", "softmax"),
    op("softmax: without the shift", "np.exp(x - np.max(x, axis=axis, keepdims=True))", "np.exp(x)", "softmax"),
    op("logsumexp: without the shift", "top = np.where(np.isfinite(top), top, np.zeros_like(top))", "top = np.zeros_like(top)", "logsumexp"),
    op("logsumexp: shift not added back", "keepdims=True)) + top", "keepdims=True))", "logsumexp"),
    op("unfold: stride ignored", "windows[:, :, ::sh, ::sw,", "windows[:, :, ::1, ::1,", "unfold"),
    op("unfold: dilation ignored", "[:, :, ::sh, ::sw, ::dh, ::dw]", "[:, :, ::sh, ::sw, :: dh * 0 + 1, :: dw * 0 + 1]", "unfold"),
    op("fold: overwrites", "image[:, :, rows, columns] += x", "image[:, :, rows, columns] = x", "fold"),
]  # fmt: skip

ENGINE = [
    Sabotage("unbroadcast: averages", autodiff, "g = ops.sum(g, axes=axes, keepdims=False)", "g = ops.sum(g, axes=axes, keepdims=False) / 2", checks.ENGINE),
    Sabotage("unbroadcast: one row instead of the sum", autodiff, "g = ops.sum(g, axes=axes, keepdims=False)", "g = ops.max(g, axis=axes[0], keepdims=False)", checks.ENGINE),
    Sabotage("accumulate: overwrites", autodiff, "found[x.id] = found[x.id] + part if x.id in found else part\n\n\ndef unb", "found[x.id] = part\n\n\ndef unb", checks.ENGINE),
    Sabotage("accumulate: keeps the first", autodiff, "found[x.id] = found[x.id] + part if x.id in found else part\n\n\ndef unb", "found.setdefault(x.id, part)\n\n\ndef unb", checks.ENGINE),
    Sabotage("seed: not 1", autodiff, 'seed = tape.record("constant", (), {}, np.ones_like(loss.value))', 'seed = tape.record("constant", (), {}, 2 * np.ones_like(loss.value))', checks.ENGINE),
    Sabotage("gradient: order reversed", autodiff, "else _zeros(t) for t in tensors]", "else _zeros(t) for t in tensors[::-1]]", checks.ENGINE),
    Sabotage("gradient: unused input gets ones", autodiff, "(), {}, np.zeros_like(tensor.value))", "(), {}, np.ones_like(tensor.value))", checks.ENGINE),
    Sabotage("backward: scope lost", autodiff, 'Place(step.place.scope, "backward", step.id)', 'Place((), "backward", step.id)', checks.ENGINE),
    Sabotage("backward: `of` off by one", autodiff, 'Place(step.place.scope, "backward", step.id)', 'Place(step.place.scope, "backward", step.id - 1)', checks.ENGINE),
    Sabotage("contributions: out of place", autodiff, "tape.contributions[step.id] = [None if p is None else p.id for p in parts]", "tape.contributions[step.id] = [None if p is None else p.id for p in parts[::-1]]", checks.ENGINE),
    Sabotage("value_and_grad: overwrites", autodiff, "found[x.id] = found[x.id] + part if x.id in found else part\n    return found", "found[x.id] = part\n    return found", checks.ENGINE),
    Sabotage("check_gradient: forgets the 2 of 2h", autodiff, "/ (2 * h)", "/ h", checks.ENGINE),
    Sabotage("check_gradient: never looks", autodiff, "return float(np.max(errors))", "return 0.0", checks.ENGINE),
    Sabotage("tape: one constant for all numbers", tape, "if key not in self._numbers:", "key = 0\n        if key not in self._numbers:", checks.ENGINE),
    Sabotage("tape: float32 turned into float64", tape, "value = np.asarray(value, dtype=dtype)", "value = np.asarray(value, dtype=float)", checks.ENGINE),
    Sabotage("tape: names not unique", tape, "if name in self.taken and self.names.get(tensor.id) != name:", "if False:", checks.ENGINE),
    Sabotage("tape: inputs keep their memory order", tape, 'np.array(value, order="C")', "np.array(value)", checks.ENGINE),
]  # fmt: skip

TRACE = [
    Sabotage("encode: NaN dropped", trace, "return str(v)", "return 0", checks.TRACE),
    Sabotage("encode: sign of zero lost", trace, ' and repr(v) != "-0.0"', "", checks.TRACE),
    Sabotage("replay: labels ignored", trace, "new.flat[places[label]] = changes.pop(label)", "changes.pop(label)", checks.TRACE),
    Sabotage("replay: new values ignored", trace, "new = changes.pop(name, stored)", "new = changes.pop(name, stored) * 0 + stored", checks.TRACE),
    Sabotage("replay: unknown names accepted", trace, "        if changes:\n", "        if False:\n", checks.TRACE),
    Sabotage("trace: updates lost", trace, "str(i): new for i, new in tape.updates.items()", "str(i): new for i, new in ()", checks.TRACE),
    Sabotage("check: forward references accepted", check, "_expect(j < i, ", "_expect(True, ", checks.CHECK),
    Sabotage("check: any shape accepted", check, "_expect(implied == declared, ", "_expect(True, ", checks.CHECK),
    Sabotage("check: numbers may be flags", signatures, "return isinstance(value, int) and not isinstance(value, bool)", "return isinstance(value, int)", checks.CHECK),
    Sabotage("check: names may repeat", check, "_expect(name not in names, ", "_expect(True, ", checks.CHECK),
    Sabotage("check: no limit of elements", check, "fine = elements <= MOST_ELEMENTS", "fine = True", checks.CHECK),
    Sabotage("formula: brackets forgotten", formula, "loose = spec and self.binds < float(spec)", "loose = False", checks.FORMULA),
    Sabotage("formula: gradient upside down", formula, r"\frac{{\partial {symbol(over)}}}{{\partial {symbol(below)}}}", r"\frac{{\partial {symbol(below)}}}{{\partial {symbol(over)}}}", checks.FORMULA),
]  # fmt: skip

LIBRARY = [
    Sabotage("cross-entropy: y - a", closed_form, "return (a - y) * (dL / N), None", "return (y - a) * (dL / N), None", checks.LOSSES),
    Sabotage("cross-entropy: sum instead of mean", losses, "return mean(ops.logsumexp(z, axis=1) - chosen)", "return ops.sum(ops.logsumexp(z, axis=1) - chosen, axes=(0,))", checks.LOSSES),
    Sabotage("half squared error: without the half", losses, "return 0.5 * ops.sum((o - y) ** 2", "return ops.sum((o - y) ** 2", checks.LOSSES),
    Sabotage("SGD: uphill", optimizers, "return w - self.lr * g, state", "return w + self.lr * g, state", checks.OPTIMIZERS),
    Sabotage("momentum: the two forms swapped", optimizers, "(1 - self.mu) * g if self.average else g", "g if self.average else (1 - self.mu) * g", checks.OPTIMIZERS),
    Sabotage("AdaGrad: gradient not squared", optimizers, 's = state["s"] + g**2', 's = state["s"] + (g**2) ** 0.5', checks.OPTIMIZERS),
    Sabotage("RMSProp: epsilon moved", optimizers, "if self.eps_inside else", "if not self.eps_inside else", checks.OPTIMIZERS),
    Sabotage("Adam: without bias correction", optimizers, "m_hat = m / (1 - power(self.beta1, t))", "m_hat = m", checks.OPTIMIZERS),
    Sabotage("AdamW: decay through the gradient", optimizers, "update((1 - self.lr * self.decay) * w, g, state, t)", "update(w, g + self.decay * w, state, t)", checks.OPTIMIZERS),
]  # fmt: skip

SABOTAGES = [*PRIMITIVE_FORMULAS, *ENGINE, *TRACE, *LIBRARY]


def every_check():
    """All checks that any sabotage is faced with, once each."""
    return list({c.name: c for s in SABOTAGES for c in s.checks}.values())


def report():
    """Print one line for each sabotage: who caught it."""
    start = time.perf_counter()
    broken = [c.name for c in every_check() if fails(c)]
    print(
        f"{len(every_check())} checks on the right formulas, failing: {broken or 'none'}"
    )
    survivors = 0
    for sabotage in SABOTAGES:
        found = killers(sabotage)
        survivors += not found
        print(f"{sabotage.name:45} {', '.join(found) or 'SURVIVED'}")
    seconds = time.perf_counter() - start
    print(f"{len(SABOTAGES)} sabotages, {survivors} survived, {seconds:.0f} s")


if __name__ == "__main__":
    report()
