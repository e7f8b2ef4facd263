"""Chapter 00: its exercise on counting takes exact counts alone."""

import pytest
from stored_chapter import Chapter

STORED = Chapter("00")


@pytest.fixture(scope="module")
def chapter():
    return STORED.run(STORED.all_but([]))


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ([10_100, 6, 3, 3], "right"),
        ([10_101, 6, 3, 3], "not yet: 1 of 4 numbers are wrong"),
        ([10_000, 5, 2, 3], "not yet: the biases are missing"),
    ],
)
def test_a_count_is_exact(chapter, counts, told):
    names = chapter | {"counts_6": counts}
    assert STORED.verdict("exercise-6-check", names) == told
