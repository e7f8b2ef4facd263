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
import sabotage_attention
import sabotage_checks as checks

from nnlib import (
    architectures,
    autodiff,
    cells,
    check,
    closed_form,
    closed_form_convolution,
    closed_form_recurrent,
    convolution,
    formula,
    initializers,
    language,
    losses,
    ops,
    optimizers,
    recurrent,
    recurrent_layers,
    sequences,
    shapes,
    signatures,
    tape,
    trace,
    windows,
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
    op("power: exponent 0 as any other", "if exponent == 0:", "if exponent is None:", "power"),
    op("power: factor 2 of the square lost", "g * (2 * x if exponent == 2", "g * (x if exponent == 2", "power"),
    op("maximum: mask turned round", "lambda g, z, x, y: g * greater(x, y),", "lambda g, z, x, y: g * greater(y, x),", "maximum"),
    op("maximum: a tie pays both", "g * (1 - greater(x, y))", "g * (1 - greater(x, y) + (1 - greater(x, y)) * (1 - greater(y, x)))", "maximum"),
    op("greater: at least", "np.greater(x, y)", "np.greater_equal(x, y)", "greater"),
    op("exp: derivative x", "exp.vjp(lambda g, y, x: g * y)", "exp.vjp(lambda g, y, x: g * x)", "exp"),
    op("log: sign", "log.vjp(lambda g, y, x: g / x)", "log.vjp(lambda g, y, x: -g / x)", "log"),
    op("log1p: rounds x away", "np.log1p(x)", "np.log(1 + x)", "log1p"),
    op("log1p: slope of the logarithm", "log1p.vjp(lambda g, y, x: g / (1 + x))", "log1p.vjp(lambda g, y, x: g / x)", "log1p"),
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
    Sabotage("value_and_grad: one array for two", autodiff, "found[x.id].copy() if", "found[x.id] if", checks.ENGINE),
    Sabotage("check_gradient: forgets the 2 of 2h", autodiff, "/ (2 * h)", "/ h", checks.ENGINE),
    Sabotage("check_gradient: never looks", autodiff, "return float(np.max(errors))", "return 0.0", checks.ENGINE),
    Sabotage("tape: two tapes in one step", tape, "elif arg.tape is not tape:", "elif arg.tape is None:", checks.ENGINE),
    Sabotage("tape: two tapes in one fused step", tape, "any(t.tape is not self for t in inputs)", "any(t.tape is None for t in inputs)", checks.ENGINE),
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
    Sabotage("sigmoid: the hand derivation loses small numbers", closed_form, "a = 1 / (1 + np.exp(-z))", "a = 0.5 + 0.5 * np.tanh(0.5 * z)", checks.LOSSES),
    Sabotage("binary cross-entropy: any target accepted", losses, "t.min() >= 0 and t.max() <= 1", "t.min() >= 0 or t.max() <= 1", checks.LOSSES),
    Sabotage("half squared error: without the half", losses, "return 0.5 * ops.sum((o - y) ** 2", "return ops.sum((o - y) ** 2", checks.LOSSES),
    Sabotage("SGD: uphill", optimizers, "return w - self.lr * g, state", "return w + self.lr * g, state", checks.OPTIMIZERS),
    Sabotage("momentum: the two forms swapped", optimizers, "(1 - self.mu) * g if self.average else g", "g if self.average else (1 - self.mu) * g", checks.OPTIMIZERS),
    Sabotage("AdaGrad: gradient not squared", optimizers, 's = state["s"] + g**2', 's = state["s"] + (g**2) ** 0.5', checks.OPTIMIZERS),
    Sabotage("RMSProp: epsilon moved", optimizers, "if self.eps_inside else", "if not self.eps_inside else", checks.OPTIMIZERS),
    Sabotage("Adam: without bias correction", optimizers, "m_hat = m / (1 - power(self.beta1, t))", "m_hat = m", checks.OPTIMIZERS),
    Sabotage("AdamW: decay through the gradient", optimizers, "update((1 - self.lr * self.decay) * w, g, state, t)", "update(w, g + self.decay * w, state, t)", checks.OPTIMIZERS),
]  # fmt: skip

IMAGES = [
    Sabotage("conv2d: kernel not turned round in dx", closed_form_convolution, "+= part[:, i, j]", "+= part[:, -1 - i, -1 - j]", checks.CONVOLUTION),
    Sabotage("conv2d: padding cropped on one side", closed_form_convolution, "image[:, p : H - p, q : W - q]", "image[:, : H - 2 * p, : W - 2 * q]", checks.CONVOLUTION),
    Sabotage("conv2d: stride ignored", closed_form_convolution, "sh * h, sw * w, n", "h, w, n", checks.CONVOLUTION),
    Sabotage("conv2d: dilation ignored", closed_form_convolution, "c, dh * h, dw * w,", "c, h, w,", checks.CONVOLUTION),
    Sabotage("conv2d: rows and columns of the stride swapped", closed_form_convolution, "sh * h, sw * w, n", "sw * h, sh * w, n", checks.CONVOLUTION),
    Sabotage("conv2d: dK transposed", closed_form_convolution, "dk.reshape(K.shape)", "dk.reshape(K.shape).swapaxes(2, 3).reshape(K.shape)", checks.CONVOLUTION),
    Sabotage("conv2d: dK of the last block only", closed_form_convolution, "dk[kernels] += g", "dk[kernels] = g", checks.CONVOLUTION),
    Sabotage("conv2d: bias gradient averaged over the places", closed_form_convolution, "dy.sum(axis=(1, 2, 3))", "dy.mean(axis=(1, 2)).sum(axis=1)", checks.CONVOLUTION),
    Sabotage("conv2d: bias gradient of the first example", closed_form_convolution, "dy.sum(axis=(1, 2, 3))", "dy[..., 0].sum(axis=(1, 2))", checks.CONVOLUTION),
    Sabotage("conv2d: groups share the first channels", closed_form_convolution, "slice(g * channels, (g + 1) * channels)", "slice(0, channels)", checks.CONVOLUTION),
    Sabotage("conv2d: dx overwritten where patches overlap", closed_form_convolution, "dU[channels, i, j, rows] += part", "dU[channels, i, j, rows] = part", checks.CONVOLUTION),
    Sabotage("conv2d: bias forgotten", closed_form_convolution, "out += b[kernels, None]", "out += 0 * b[kernels, None]", checks.CONVOLUTION),
    Sabotage("conv2d: dx left out where it is needed", autodiff, "skips = step.inputs[0].id not in needed and", "skips =", checks.CONVOLUTION),
    Sabotage("conv2d: dx of data computed", autodiff, "skips = step.inputs[0].id not in needed and", "skips = False and", checks.CONVOLUTION),
    Sabotage("conv2d, body: padding on one side", convolution, "before=p, after=p)", "before=2 * p, after=0)", checks.CONVOLUTION),
    Sabotage("conv2d, body: bias forgotten", convolution, "return y + ops.reshape(b,", "return y + 0 * ops.reshape(b,", checks.CONVOLUTION),
    Sabotage("conv2d, body: channels of the groups mixed", convolution, "rows @ columns, shape=", "ops.concat(ops.narrow(rows, axis=0, start=1, length=rows.shape[0] - 1), ops.narrow(rows, axis=0, start=0, length=1), axis=0) @ columns, shape=", checks.CONVOLUTION),
    Sabotage("fold: stride ignored", ops, "slice(i * dh, i * dh + sh * (oh - 1) + 1, sh)", "slice(i * dh, i * dh + oh)", checks.CONVOLUTION),
    Sabotage("Conv2d: padding forgotten", convolution, '"stride", "padding", "dilation", "groups"', '"stride", "dilation", "groups"', checks.CONVOLUTION),
    Sabotage("Conv2d: dilation forgotten", convolution, '"stride", "padding", "dilation", "groups"', '"stride", "padding", "groups"', checks.CONVOLUTION),
    Sabotage("kernels: fan of the channels alone", initializers, "return c_in * math.prod(kernel),", "return c_in,", checks.CONVOLUTION),
    Sabotage("max_pool2d: a tie pays twice", closed_form_convolution, "left -= won", "left -= 0 * won", checks.POOLING),
    Sabotage("max_pool2d: last instead of first", closed_form_convolution, "for i, j in places:\n            won", "for i, j in places[::-1]:\n            won", checks.POOLING),
    Sabotage("max_pool2d: padding of zeros", closed_form_convolution, "fill=-np.inf)", "fill=0)", checks.POOLING),
    Sabotage("max_pool2d: overlapping windows overwrite", closed_form_convolution, "apart = np.all(np.greater_equal(stride, kernel))", "apart = True", checks.POOLING),
    Sabotage("max_pool2d, body: padding of zeros", convolution, "-np.inf, np.result_type", "0.0, np.result_type", checks.POOLING),
    Sabotage("avg_pool2d: gradient not divided", closed_form_convolution, "share, dimage = _examples_last(dy) / len(places)", "share, dimage = _examples_last(dy)", checks.POOLING),
    Sabotage("avg_pool2d: a sum", closed_form_convolution, "y += u[:, i, j] / len(places)", "y += u[:, i, j]", checks.POOLING),
    Sabotage("local_response_norm: alpha divided by n", convolution, "k + alpha * sum(", "k + alpha / n * sum(", checks.POOLING),
    Sabotage("local_response_norm: one neighbour too few", convolution, "sum(near[1:], start=near[0])", "sum(near[1:-1], start=near[0])", checks.POOLING),
    Sabotage("output_size: the last window missed", windows, "- d * (f - 1) - 1) // s + 1", "- d * (f - 1) - 1) // s", checks.ARCHITECTURES),
    Sabotage("output_size: dilation spans one too many", windows, "n + 2 * p - d * (f - 1) - 1", "n + 2 * p - d * f", checks.ARCHITECTURES),
    Sabotage("output_size: padding on one side", windows, "(n + 2 * p - d", "(n + p - d", checks.ARCHITECTURES),
    Sabotage("Conv: weights of the groups counted in full", architectures, "C * self.out // self.groups", "C * self.out", checks.ARCHITECTURES),
    Sabotage("Conv: batch norm with a bias too", architectures, "extra = 2 * self.out if", "extra = 3 * self.out if", checks.ARCHITECTURES),
    Sabotage("Conv: multiply-adds of one place", architectures, "weights * H * W", "weights", checks.ARCHITECTURES),
    Sabotage("Pool: ceil ignored", architectures, "places + 1 if self.ceil and", "places + 1 if not self.ceil and", checks.ARCHITECTURES),
    Sabotage("Pool: a window on the right padding", architectures, "self.ceil and rest and begins", "self.ceil and rest", checks.ARCHITECTURES),
    Sabotage("Pool: a window too many where they fit", architectures, "self.ceil and rest and begins", "self.ceil and begins", checks.ARCHITECTURES),
    Sabotage("receptive field: kernel instead of kernel - 1", architectures, "r + (layer.kernel - 1) * j, j * layer.stride", "r + layer.kernel * j, j * layer.stride", checks.ARCHITECTURES),
    Sabotage("receptive field: jump grows too early", architectures, "r + (layer.kernel - 1) * j, j * layer.stride", "r + (layer.kernel - 1) * j * layer.stride, j * layer.stride", checks.ARCHITECTURES),
    Sabotage("receptive field: nearest branch", architectures, "r = max(_sees", "r = min(_sees", checks.ARCHITECTURES),
]  # fmt: skip

RECURRENT = [
    Sabotage("rnn: h_t for h_{t-1} in the state", closed_form_recurrent, "np.matmul(hs[t], W_h, out=seen)", "np.matmul(hs[t - 1], W_h, out=seen)", checks.RNN),
    Sabotage("rnn: h_t for h_{t-1} in dW_h", closed_form_recurrent, "dh, dW_x, _product(hs[:T], dz), db, mask=mask)\n\n    return _examples_first(hs[1:]), backprop\n\n\ndef lstm", "dh, dW_x, _product(hs[1:], dz), db, mask=mask)\n\n    return _examples_first(hs[1:]), backprop\n\n\ndef lstm", checks.RNN),
    Sabotage("rnn: slope of h_{t-1}", closed_form_recurrent, "1 - hs[t + 1] ** 2", "1 - hs[t] ** 2", checks.RNN),
    Sabotage("rnn: slope 1 - h", closed_form_recurrent, "1 - hs[t + 1] ** 2", "1 - hs[t + 1]", checks.RNN),
    Sabotage("rnn: the loss of each step forgotten on the way back", closed_form_recurrent, "            dh = dh + dhs[t]\n", "            dh = dhs[t]\n", checks.RNN),
    Sabotage("weights: gradient of the last step, not the sum over time", closed_form_recurrent, "return _rows(x).T @ _rows(dz)", "return x[-1].T @ dz[-1]", checks.RNN),
    Sabotage("bias: gradient of the last step, not the sum over time", closed_form_recurrent, "return _rows(dz).sum(axis=0)", "return dz[-1].sum(axis=0)", checks.RNN),
    Sabotage("weights: gradient averaged over time", closed_form_recurrent, "return _rows(x).T @ _rows(dz)", "return _rows(x).T @ _rows(dz) / len(x)", checks.RNN),
    Sabotage("back in time: W not transposed", closed_form_recurrent, "return np.ascontiguousarray(W.T)", "return np.ascontiguousarray(W if W.shape[0] == W.shape[1] else W.T)", checks.RNN),
    Sabotage("lstm: forget and input gate swapped", closed_form_recurrent, "np.add(f * cs[t], i * g,", "np.add(i * cs[t], f * g,", checks.LSTM),
    Sabotage("lstm: a gate without its half", closed_form_recurrent, "_scale(h, 0.5, 0.5, 1, 0.5)", "_scale(h, 0.5, 1, 1, 0.5)", checks.LSTM),
    Sabotage("lstm: dc does not go through h", closed_form_recurrent, "dc_t = dc + dh * o * (1 - tanh_c[t] ** 2)", "dc_t = dc + 0 * dh", checks.LSTM),
    Sabotage("lstm: dc of later steps forgotten", closed_form_recurrent, "dc_t = dc + dh * o", "dc_t = dh * o", checks.LSTM),
    Sabotage("lstm: the memory carried back without the forget gate", closed_form_recurrent, "ended, t), dc, dc_t * f", "ended, t), dc, dc_t", checks.LSTM),
    Sabotage("lstm: df from c_t", closed_form_recurrent, "(dc_t, cs[t]), (dc_t, i)", "(dc_t, cs[t + 1]), (dc_t, i)", checks.LSTM),
    Sabotage("lstm: di and dg swapped", closed_form_recurrent, "(dc_t, g), (dc_t, cs[t]), (dc_t, i)", "(dc_t, i), (dc_t, cs[t]), (dc_t, g)", checks.LSTM),
    Sabotage("lstm: slope of the gates on the candidate", closed_form_recurrent, "np.add(a[t], odd, out=room)", "a[t]", checks.LSTM),
    Sabotage("lstm: slope a alone", closed_form_recurrent, "        dz[t] *= np.subtract(1, a[t], out=room)\n", "", checks.LSTM),
    Sabotage("lstm: gradient of the last memory forgotten", closed_form_recurrent, "np.zeros_like(cs[0]), dS[-1]", "np.zeros_like(cs[0]), 0 * dS[-1]", checks.LSTM),
    Sabotage("lstm: c_T is c_{T-1}", closed_form_recurrent, "hs[T + 1] = cs[T]", "hs[T + 1] = cs[T - 1]", checks.LSTM),
    Sabotage("gru: 1 - z missing", closed_form_recurrent, "np.add(n, z * (hs[t] - n), out=hs[t + 1])", "np.add(n, z * hs[t], out=hs[t + 1])", checks.GRU),
    Sabotage("gru: z keeps the candidate", closed_form_recurrent, "np.add(n, z * (hs[t] - n), out=hs[t + 1])", "np.add(hs[t], z * (n - hs[t]), out=hs[t + 1])", checks.GRU),
    Sabotage("gru: reset after the product where it should be before", closed_form_recurrent, 'in ("reset after", "pytorch"), convention', 'in ("cho", "reset after", "pytorch"), convention', checks.GRU),
    Sabotage("gru: Chung's z not turned round", closed_form_recurrent, "-1 if flip else 1", "1", checks.GRU),
    Sabotage("gru: Chung's gradient not turned back", closed_form_recurrent, "np.hstack([dU, dU_n]) * flips", "np.hstack([dU, dU_n])", checks.GRU),
    Sabotage("gru: dh without the part that is kept", closed_form_recurrent, "        kept += dgates @ U\n", "        kept = dgates @ U\n", checks.GRU),
    Sabotage("gru: dn without 1 - z", closed_form_recurrent, "np.multiply(dh - kept, 1 - n * n, out=dn)", "np.multiply(dh, 1 - n * n, out=dn)", checks.GRU),
    Sabotage("gru: dz sign", closed_form_recurrent, "np.multiply(dh, hs[t] - n, out=dz)", "np.multiply(dh, n - hs[t], out=dz)", checks.GRU),
    Sabotage("gru: dr through n alone", closed_form_recurrent, "np.multiply(dq[t], hs[t], out=dr)", "np.multiply(dn, hs[t], out=dr)", checks.GRU),
    Sabotage("gru: reset forgotten on the way to h", closed_form_recurrent, "kept += dq[t] * r", "kept += dq[t]", checks.GRU),
    Sabotage("gru: dU_n sees h instead of r h", closed_form_recurrent, "_product(hs[:-1], dq) if after else _product(q,", "_product(hs[:-1], dq) if after else _product(hs[:-1],", checks.GRU),
    Sabotage("gru: slope of the gates forgotten", closed_form_recurrent, "        dgates *= np.subtract(1, gates, out=room)\n", "", checks.GRU),
    Sabotage("gru: bias inside the reset gets the gradient of that outside", closed_form_recurrent, "np.append(db[: 2 * H], _sum(dq))", "db", checks.GRU),
    Sabotage("gru: bias inside the reset forgotten", closed_form_recurrent, "np.add(seen[:, 2 * H :], b_hn, out=q[t])", "np.add(seen[:, 2 * H :], 0 * b_hn, out=q[t])", checks.GRU),
    Sabotage("mask ignored", closed_form_recurrent, "return None if mask is None else", "return None if mask is not None else None if mask is None else", checks.RNN),
    Sabotage("mask turned round", closed_form_recurrent, "(mask == 0)", "(mask == 1)", checks.RNN),
    Sabotage("mask: memory not kept", closed_form_recurrent, "        _keep(cs[t + 1], cs[t], ended, t)\n", "", checks.LSTM),
    Sabotage("mask: gradient of the kept state lost", closed_form_recurrent, "    _keep(earlier, dh, ended, t)\n", "", checks.RNN),
    Sabotage("mask: weights learn from the padding", closed_form_recurrent, "    _keep(dz[t], 0, ended, t)\n    earlier", "    earlier", checks.RNN),
    Sabotage("mask, gru: weights learn from the padding", closed_form_recurrent, "        _keep(dn, 0, ended, t)\n", "", checks.GRU),
    Sabotage("mask, gru: gradient of the kept state lost", closed_form_recurrent, "        _keep(kept, dh, ended, t)\n", "", checks.GRU),
    Sabotage("reverse: gradient not turned back", closed_form_recurrent, "return (dY[:, ::-1],)", "return (dY,)", checks.UNROLLED),
    Sabotage("cell: h forgotten", cells, "tanh(x @ W_x + h @ W_h + b)", "tanh(x @ W_x + 0 * (h @ W_h) + b)", checks.RNN),
    Sabotage("lstm cell: forget and input gate swapped", cells, "f * c + i * g)", "i * c + f * g)", checks.LSTM),
    Sabotage("lstm cell: gates in another order", cells, "sigmoid(_part(z, 0, of=4))", "sigmoid(_part(z, 3, of=4))", checks.LSTM),
    Sabotage("lstm cell: h without the output gate", cells, "o * tanh(c))", "0 * o + tanh(c))", checks.LSTM),
    Sabotage("lstm cell: h of the memory itself", cells, "o * tanh(c))", "o * c)", checks.LSTM),
    Sabotage("gru cell: 1 - z missing", cells, "else z * h + (1 - z) * n", "else z * h + n", checks.GRU),
    Sabotage("gru cell: conventions swapped", cells, 'chung = convention == "chung"', 'chung = convention != "chung"', checks.GRU),
    Sabotage("gru cell: reset after the product", cells, "(r * h) @ _part(W_h, 2, of=3)", "r * (h @ _part(W_h, 2, of=3))", checks.GRU),
    Sabotage("gru cell: reset forgotten", cells, "(r * h) @ _part", "h @ _part", checks.GRU),
    Sabotage("unroll: each step from the first state", cells, "new = _tuple(cell(x, *state))", "new = _tuple(cell(x, *(states[0] if states else state)))", checks.UNROLLED),
    Sabotage("unroll: mask ignored", cells, "state = new if masks is None else", "state = new if True else", checks.UNROLLED),
    Sabotage("unroll: mask turned round", cells, "m * n + (1 - m) * o", "m * o + (1 - m) * n", checks.UNROLLED),
    Sabotage("feed back: the input stays", cells, "            x = output(state[0])\n        outputs.append(x)", "            y = output(state[0])\n        outputs.append(y)", checks.UNROLLED),
    Sabotage("truncation: state not detached at the cut", cells, "s.value if type(s) is Tensor else s", "s", checks.UNROLLED),
    Sabotage("truncation: one step too far", cells, "max(0, end - k2)", "max(0, end - k2 - 1)", checks.UNROLLED),
    Sabotage("truncation: the losses of the first step only", cells, "ts[first:end], strict=True)", "ts[first:end][:1], strict=False)", checks.UNROLLED),
    Sabotage("last: the first", recurrent, "step_of(H, H.shape[1] - 1)", "step_of(H, 0)", checks.UNROLLED),
    Sabotage("reverse, body: not turned round", recurrent, "for t in reversed(range(T))]\n    return ops.concat", "for t in range(T)]\n    return ops.concat", checks.UNROLLED),
    Sabotage("two biases: the second forgotten", recurrent_layers, "ops.sum(self.b, axes=(0,)) if two", "ops.reshape(ops.narrow(self.b, axis=0, start=0, length=1), shape=self.b.shape[1:]) if two", checks.UNROLLED),
    Sabotage("lstm layer: the last memory is the last state", recurrent_layers, "step_of(S, T))", "step_of(S, T - 1))", checks.UNROLLED),
    Sabotage("lstm layer: input gate begins open", recurrent_layers, "[0, d_h : 2 * d_h] = forget_bias", "[0, :d_h] = forget_bias", checks.LSTM),
    Sabotage("stack: each layer sees the inputs", recurrent_layers, "x, new = own[0], (*own, *new)", "x, new = x, (*own, *new)", checks.UNROLLED),
    Sabotage("bidirectional: left not turned back", recurrent_layers, "            left = reverse(left)\n", "", checks.UNROLLED),
    Sabotage("bidirectional: mask not turned round", recurrent_layers, "reverse(as_mask(mask, X))", "mask", checks.UNROLLED),
    Sabotage("bidirectional: both from the left", recurrent_layers, "backward.run(reverse(X), second, turned)", "backward.run(X, second, turned)", checks.UNROLLED),
    Sabotage("embedding: a token twice pays once", closed_form_recurrent, "np.add.reduceat(_rows(dx)[order], first)", "_rows(dx)[order][first]", checks.LANGUAGE),
    Sabotage("embedding: gradients of other tokens", closed_form_recurrent, "_rows(dx)[order], first", "_rows(dx), first", checks.LANGUAGE),
    Sabotage("perplexity: sum instead of mean", language, "np.exp(np.mean(losses))", "np.exp(np.sum(losses))", checks.LANGUAGE),
    Sabotage("temperature: multiplied", language, "keepdims=True)) / temperature)", "keepdims=True)) * temperature)", checks.LANGUAGE),
    Sabotage("top k: the smallest", language, "np.argsort(-z,", "np.argsort(z,", checks.LANGUAGE),
    Sabotage("top k: one too few", language, "order[..., top_k:]", "order[..., top_k - 1 :]", checks.LANGUAGE),
    Sabotage("sample: a token of probability 0", language, "cumulative <= u", "cumulative < u", checks.LANGUAGE),
    Sabotage("mask: any number accepted", shapes, "(mask != 0) & (mask != 1)", "(mask != 0) & (mask != mask)", checks.LANGUAGE),
    Sabotage("tokens: negative ones accepted", sequences, "(ids < 0) | (ids >= V)", "(ids >= V)", checks.LANGUAGE),
    Sabotage("mask: a sequence of length 0 accepted", sequences, "np.flatnonzero(~mask.any(axis=1))", "np.flatnonzero(0 * mask)", checks.LANGUAGE),
    Sabotage("state: parts that nobody reads accepted", sequences, "len(state) != len(letters)", "len(state) < len(letters)", checks.LANGUAGE),
    Sabotage("state: number of rows not checked", sequences, "if np.shape(array) != (N, H):", "if np.shape(array)[1:] != (H,):", checks.LANGUAGE),
]  # fmt: skip

ATTENTION = [Sabotage(*row) for row in sabotage_attention.ROWS]

SABOTAGES = [*PRIMITIVE_FORMULAS, *ENGINE, *TRACE, *LIBRARY, *IMAGES, *RECURRENT]
SABOTAGES += ATTENTION


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
