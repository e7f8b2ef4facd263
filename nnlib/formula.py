r"""LaTeX of names and of recorded steps.

A named tensor is written as its symbol. An anonymous intermediate is written out in
place, so the step ``add`` in ``z = x @ W + b`` reads :math:`x\,W + b`. Of a long sum,
such as that of a gradient over many time steps, the middle is left out.
"""

import re

from nnlib.tape import PRIMITIVES

ATOM, POWER, SUM = 4, 3, 1
MOST_TERMS = 4
GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho "
    "sigma tau upsilon phi chi psi omega "
    "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
).split()
SPLIT = re.compile(r"(?P<base>[A-Za-z]+?)_?(?P<below>\d+|(?<=_)\w+)?")


class Formula(str):
    """LaTeX that knows how tightly it binds; ``{x:2}`` brackets anything looser.

    ``ends`` are the first terms of a sum and the last, ``terms`` how many it has.
    """

    def __new__(cls, text, *, binds=ATOM, number=False, shape=()):
        formula = super().__new__(cls, text)
        formula.binds, formula.number, formula.shape = binds, number, shape
        formula.ends, formula.terms = [formula], 1
        return formula

    ndim = property(lambda self: len(self.shape))

    def __format__(self, spec):
        loose = spec and self.binds < float(spec)
        return rf"\left({self!s}\right)" if loose else str(self)


def symbol(name):
    r"""Return the LaTeX of a plain name: ``z_h1`` gives ``z_{h1}``.

    Trailing digits and whatever follows an underscore become the subscript, Greek words
    become Greek, ``dL/dW1`` becomes a partial derivative, and a prime stays.
    """
    if "/d" in name and name.startswith("d"):
        over, _, below = name[1:].partition("/d")
        return rf"\frac{{\partial {symbol(over)}}}{{\partial {symbol(below)}}}"
    if name.endswith("'"):
        return symbol(name[:-1]) + "'"
    match = SPLIT.fullmatch(name)
    if not match:
        return rf"\text{{{re.sub(r'[^A-Za-z0-9 .,-]', ' ', name)}}}"
    base, below = match["base"], match["below"]
    if base in GREEK:
        base = rf"\{base}"
    elif len(base) > 1:
        base = rf"\mathrm{{{base}}}"
    return f"{base}_{{{below}}}" if below else base


def number(value):
    """Write a number as short as it is exact to six digits."""
    text = f"{value:.6g}"
    mantissa, _, exponent = text.partition("e")
    return rf"{mantissa}\times10^{{{int(exponent)}}}" if exponent else text


def symbol_of(step):
    """LaTeX of a step's left-hand side, or None for an anonymous intermediate."""
    tape = step.tape
    if step.id in tape.symbols:
        return tape.symbols[step.id]
    if step.id in tape.names:
        return symbol(tape.names[step.id])
    if step.op == "constant":
        return number(step.value) if step.ndim == 0 else f"c_{{{step.id}}}"
    return None


def formulas(tape):
    """Return the right-hand side of every step, by id."""
    written, right = {}, {}
    for step in tape.steps:
        left = symbol_of(step)
        formula = None
        if step.op in PRIMITIVES:
            inputs = [written[t.id] for t in step.inputs]
            formula = right[step.id] = _apply(step, inputs)
        if left is not None:
            unnamed = step.op == "constant" and step.id not in tape.names
            literal = unnamed and step.ndim == 0
            binds = SUM if literal and step.value < 0 else ATOM
            raised = left.startswith(r"\frac") or "^" in left
            binds = POWER if raised else binds
            formula = Formula(left, binds=binds, number=literal, shape=step.shape)
        written[step.id] = formula
    return right


def _apply(step, arguments):
    primitive = PRIMITIVES[step.op]
    if step.op == "add":
        return _sum(*arguments, shape=step.shape)
    if callable(primitive.latex):
        text = primitive.latex(*arguments, **step.params)
    else:
        names = dict(zip(primitive.arguments, arguments, strict=True))
        text = primitive.latex.format(**names, **step.params)
    binds = getattr(text, "binds", primitive.binds)
    if primitive.latex == "{x}":  # moving numbers leaves the formula as it was
        binds = arguments[0].binds
    return Formula(text, binds=binds, shape=step.shape)


def _sum(x, y, *, shape):
    """A sum of two, each of which may be one; beyond four terms with its middle cut."""
    ends, terms = [*x.ends, *y.ends], x.terms + y.terms
    told = [format(term, str(SUM)) for term in ends]
    if terms > MOST_TERMS:
        ends = [*ends[:2], ends[-1]]
        told = [*told[:2], r"\cdots", told[-1]]
    formula = Formula(" + ".join(told), binds=SUM, shape=shape)
    formula.ends, formula.terms = ends, terms
    return formula
