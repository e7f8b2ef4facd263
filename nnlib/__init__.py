"""nnlib: the small numpy library of the book.

Record a computation on a :class:`Tape`, differentiate it with :func:`gradient`, and
export both passes as a :class:`Trace` that the page replays.

Dimension letters: N batch, T time, S source time, D features, H heads, C channels,
K kernel, V vocabulary. Rows are examples: ``Z = X @ W + b`` with ``W`` (D_in, D_out).
"""

from nnlib.autodiff import check_gradient, gradient, value_and_grad
from nnlib.tape import Tape, Tensor, composite, scope
from nnlib.trace import Trace

__version__ = "0.1.0"
__all__ = [
    "Tape",
    "Tensor",
    "Trace",
    "check_gradient",
    "composite",
    "gradient",
    "scope",
    "value_and_grad",
]
