"""Random small computations with shared parts, for hypothesis."""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st
from models import total

from nnlib import ops

# All of these broadcast with one another.
SHAPES = [(), (3,), (1, 3), (2, 1), (2, 3)]
UNARY = [ops.tanh, ops.sigmoid, ops.neg, ops.erf, lambda x: x**2 / 2, lambda x: 1 + x]
BINARY = [ops.add, ops.sub, ops.mul, lambda x, y: x / (2 + ops.tanh(y))]


@dataclass
class Dag:
    """A recipe: each op takes earlier results, so results may be used many times."""

    values: dict
    recipe: list

    def __call__(self, tensors):
        results = list(tensors.values())
        for op, picks in self.recipe:
            results.append(op(*[results[pick] for pick in picks]))
        # tanh and sigmoid keep every number moderate.
        last = ops.tanh(results[-1]) * ops.sigmoid(results[-2])
        return total(last) + total(ops.tanh(results[0]))

    def __repr__(self):
        steps = [(getattr(op, "name", "..."), picks) for op, picks in self.recipe]
        return f"Dag({ {n: v.tolist() for n, v in self.values.items()} }, {steps})"


@st.composite
def dags(draw):
    shapes = draw(st.lists(st.sampled_from(SHAPES), min_size=2, max_size=4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    values = {f"x{i}": rng.uniform(-1, 1, shape) for i, shape in enumerate(shapes)}
    recipe, count = [], len(values)
    for _ in range(draw(st.integers(1, 8))):
        binary = draw(st.booleans())
        op = draw(st.sampled_from(BINARY if binary else UNARY))
        picks = [draw(st.integers(0, count - 1)) for _ in range(1 + binary)]
        recipe.append((op, picks))
        count += 1
    return Dag(values, recipe)
