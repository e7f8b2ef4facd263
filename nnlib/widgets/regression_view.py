"""The view of kernel regression: points, a query, and how much each point counts."""

import math
from dataclasses import dataclass

from nnlib.widgets.views import check_range

ONE = "query", "prediction", "width", "loss"


@dataclass(frozen=True)
class KernelRegression:
    """Points, and a prediction that is their weighted mean (Nadaraya-Watson).

    ``points`` and ``values`` are n numbers each, and so are ``weights``, those that the
    points have for the ``query``; ``prediction`` is one number. The curve of the
    prediction is swept over ``range`` = (x0, x1) in the page, by default a little more
    than the points reach. Dragging moves the query if it has a control. ``width`` names
    the number that is learned, and with a ``loss`` its course is drawn: a trace with
    ``updates`` is trained in the page.

    Raises
    ------
    ValueError
        If the numbers of points, values and weights differ, or another tensor holds
        more than one number, or ``range`` is not two numbers, the smaller first.
    """

    points: str
    values: str
    query: str
    weights: str
    prediction: str
    width: str | None = None
    loss: str | None = None
    range: tuple = ()
    kind = "regression"

    def __post_init__(self):
        if self.range != ():
            check_range("KernelRegression", self.range, 1)

    def names(self):
        many = self.points, self.values, self.weights
        return [*many, *(n for n in map(self._named, ONE) if n is not None)]

    def _named(self, field):
        return getattr(self, field)

    def check(self, shapes):
        n = math.prod(shapes[self.points])
        for name in (self.values, self.weights):
            if math.prod(shapes[name]) != n:
                given = f"{name} has shape {tuple(shapes[name])}"
                raise ValueError(
                    f"KernelRegression: {given}, but {self.points} has {n} points"
                )
        for name in filter(None, map(self._named, ONE)):
            if math.prod(shapes[name]) != 1:
                given = f"{name} has shape {tuple(shapes[name])}"
                raise ValueError(f"KernelRegression: {given}, not one number")
