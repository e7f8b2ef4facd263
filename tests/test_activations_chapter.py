"""Chapter 03: its balanced chain takes every answer that is right, and no other."""

import pytest
from stored_chapter import Chapter

from nnlib.exercises import check

STORED = Chapter("03")


@pytest.mark.parametrize(
    ("w", "b", "told"),
    [
        (4.0, -2.0, "right"),
        (5.0, -2.71807013, "right"),
        (8.0, -3.83523999, "right"),
        (5.0, -2.5, "not yet: 3.1e+00 is left, and z1 is 0.00: which w cancels"),
        (4.0, -1.0, "and z1 is 1.00: sigmoid is steepest at 0"),
    ],
)
def test_any_pair_that_brings_the_gradient_through_is_right(w, b, told):
    chains = STORED.traces("five-in-a-row")
    names = {"chains": chains, "check": check, "w_4": w, "b_4": b}
    assert told in STORED.verdict("exercise-4-check", names)
