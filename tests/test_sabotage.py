"""Every seeded wrong formula makes a check fail, and without one all checks pass."""

import warnings

import pytest
from sabotage import SABOTAGES, every_check, fails, killers

from nnlib.tape import PRIMITIVES


@pytest.fixture(autouse=True)
def numbers_only():
    """A wrong formula is to be caught by its numbers, not by a warning of numpy."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


def test_without_sabotage_every_check_passes():
    for check in every_check():
        check()


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=str)
def test_caught(sabotage):
    assert killers(sabotage), f"no check notices {sabotage.name}"


def test_a_sabotage_leaves_nothing_behind():
    before = {
        n: (p, p.kernel, p.rules, p.kernel.__code__) for n, p in PRIMITIVES.items()
    }
    for sabotage in SABOTAGES[::5]:
        killers(sabotage)
    after = {
        n: (p, p.kernel, p.rules, p.kernel.__code__) for n, p in PRIMITIVES.items()
    }
    assert before == after
    assert not [check.name for check in every_check() if fails(check)]


def test_there_are_enough_and_every_primitive_has_one():
    assert len(SABOTAGES) >= 60
    assert len({s.name for s in SABOTAGES}) == len(SABOTAGES)
