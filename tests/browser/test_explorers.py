"""Every explorer: each stop, each number, each control, against Python."""

import numpy as np
import pytest
from explorers import (
    NUMBERS,
    assert_agree,
    assert_stops,
    change,
    replayed,
    reset,
    settle,
)

SIZES = ["big", "small"]
CHOOSE = """
(root, size) =>
  [...root.querySelectorAll('input')].find((e) => e.value === size).click()
"""


@pytest.fixture(autouse=True)
def start(explorer):
    reset(explorer.root, "Last step")


@pytest.mark.parametrize("size", SIZES)
def test_every_stop_shows_the_numbers_of_python(explorer, size):
    explorer.root.evaluate(CHOOSE, size)
    values = replayed(explorer.spec, 0, {})
    stops = assert_stops(explorer.root, values, explorer.path)
    assert [int(s["step"]) for s in stops] == list(range(len(stops)))
    outputs = explorer.spec["variants"][0]["trace"]["outputs"]
    phases = {s["phase"] for s in stops}
    assert "forward" in phases
    assert ("backward" in phases) == bool(outputs.get("gradients"))
    assert all(stop["shown"] for stop in stops), "a stop shows no number"


def assert_numbers(explorer, values):
    shown = explorer.root.evaluate(NUMBERS)
    assert shown
    assert_agree(shown, replayed(explorer.spec, 0, values), explorer.path)


def test_numbers_follow_every_control(explorer):
    rng, controls = np.random.default_rng(0), explorer.spec["controls"]
    for _ in range(4):
        wanted = {c["target"]: rng.uniform(c["min"], c["max"]) for c in controls}
        assert_numbers(explorer, change(explorer.root, wanted))


@pytest.mark.parametrize("end", ["min", "max"])
def test_extremes_are_survived_and_reset(explorer, end):
    wanted = {c["target"]: c[end] for c in explorer.spec["controls"]}
    assert_numbers(explorer, change(explorer.root, wanted))
    explorer.root.get_by_role("button", name="Reset").click()
    settle(explorer.page)
    assert_numbers(explorer, {})


@pytest.mark.parametrize("text", ["1e308", "-1e308"])
def test_a_large_number_typed_is_survived(explorer, text):
    target = type_numbers(explorer, text)
    try:
        replayed(explorer.spec, 0, {target: float(text)} if target else {})
    except ValueError as refusal:  # a row that is not there: the page shows and says it
        assert "outside the" in str(refusal)
        notice = explorer.root.locator(".ex-notice")
        assert notice.is_visible()
        assert target in notice.inner_text()
    else:
        assert_numbers(explorer, {target: float(text)} if target else {})


def test_what_is_no_finite_number_is_refused_and_changes_nothing(explorer):
    type_numbers(explorer, "1e999", "two")
    assert_numbers(explorer, {})


def type_numbers(explorer, *texts):
    """Into the field of the first slider, if there is one; returns what it moves."""
    fields = [c for c in explorer.spec["controls"] if not is_switch(c)]
    if not fields:
        return None
    target = fields[0]["target"]
    for text in texts:
        explorer.root.get_by_label(f"{target} as a number").focus()
        explorer.page.keyboard.press("Control+A")
        explorer.page.keyboard.type(text)
        explorer.page.keyboard.press("Enter")
        settle(explorer.page)
        assert explorer.root.get_attribute("data-ready") == "true"
    return target


def is_switch(control):
    """Drawn as a box to tick, without a number field."""
    return (control["min"], control["max"], control["step"]) == (0, 1, 1)


def test_keyboard_walks_the_stops(explorer):
    explorer.root.get_by_role("button", name="Next step").focus()
    last = int(explorer.root.get_attribute("data-steps")) - 1
    for key, step in (("Home", 0), ("ArrowRight", 1), ("ArrowLeft", 0), ("End", last)):
        explorer.page.keyboard.press(key)
        expect_step(explorer, step)


def expect_step(explorer, step):
    settle(explorer.page)
    assert int(explorer.root.get_attribute("data-step")) == step


def test_the_address_restores_step_and_controls(explorer):
    control = next(iter(explorer.spec["controls"]), None)
    changes = {control["target"]: control["max"]} if control else {}
    settings = [f"set.{k}={v}" for k, v in changes.items()]
    query = "&".join(["step=2", "size=small", *settings])
    explorer.page.evaluate(
        "hash => { location.hash = hash; }", f"{explorer.spec['slug']}?{query}"
    )
    expect_step(explorer, 2)
    assert_numbers(explorer, changes)
