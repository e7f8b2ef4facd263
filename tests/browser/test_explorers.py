"""Every explorer: each stop, each number, each control, against Python."""

import numpy as np
import pytest

from explorers import NUMBERS, SET, WALK, assert_agree, open_explorer, replayed

SIZES = ["big", "small"]


def choose_size(root, size):
    root.get_by_label("Stops").or_(
        root.get_by_role("group", name="Stops")
    ).first.evaluate(
        """(e, size) => {
          const inputs = [...e.querySelectorAll('input, button, option')];
          const one = inputs.find((i) => i.value === size);
          if (e.tagName === 'SELECT') { e.value = size; e.dispatchEvent(new Event('change', {bubbles: true})); }
          else one.click();
        }""",
        size,
    )


@pytest.mark.parametrize("size", SIZES)
def test_every_stop_shows_the_numbers_of_python(page, address, placed, size):
    path, spec = placed
    root = open_explorer(page, address, path, spec["slug"])
    choose_size(root, size)
    values = replayed(spec, 0, {})
    stops = root.evaluate(WALK)
    assert [int(s["step"]) for s in stops] == list(range(len(stops)))
    has_gradients = bool(spec["variants"][0]["trace"]["outputs"].get("gradients"))
    phases = {s["phase"] for s in stops}
    assert "forward" in phases and ("backward" in phases) == has_gradients
    for stop in stops[1:]:
        assert stop["shown"], f"{path}: stop {stop['step']} shows no number"
    for stop in stops:
        assert_agree(stop["shown"], values, f"{path} stop {stop['step']}")


def test_numbers_follow_every_control(page, address, placed):
    path, spec = placed
    root = open_explorer(page, address, path, spec["slug"])
    root.get_by_role("button", name="Last step").click()
    rng = np.random.default_rng(0)
    for _ in range(4):
        wanted = {
            c["target"]: rng.uniform(c["min"], c["max"]) for c in spec["controls"]
        }
        values = set_controls(page, root, wanted)
        assert_agree(root.evaluate(NUMBERS), replayed(spec, 0, values), path)


@pytest.mark.parametrize("end", ["min", "max"])
def test_extremes_are_survived(page, address, placed, end):
    path, spec = placed
    root = open_explorer(page, address, path, spec["slug"])
    root.get_by_role("button", name="Last step").click()
    wanted = {c["target"]: c[end] for c in spec["controls"]}
    values = set_controls(page, root, wanted)
    assert_agree(root.evaluate(NUMBERS), replayed(spec, 0, values), path)
    root.get_by_role("button", name="Reset").click()
    page.wait_for_timeout(50)
    assert_agree(root.evaluate(NUMBERS), replayed(spec, 0, {}), path)


def test_keyboard_walks_the_stops(page, address, placed):
    path, spec = placed
    root = open_explorer(page, address, path, spec["slug"])
    root.get_by_role("button", name="Next step").focus()
    page.keyboard.press("Home")
    expect_step(page, root, 0)
    page.keyboard.press("ArrowRight")
    expect_step(page, root, 1)
    page.keyboard.press("ArrowLeft")
    expect_step(page, root, 0)
    page.keyboard.press("End")
    expect_step(page, root, int(root.get_attribute("data-steps")) - 1)


def expect_step(page, root, step):
    page.wait_for_timeout(60)
    assert int(root.get_attribute("data-step")) == step


def set_controls(page, root, wanted):
    """Move the sliders; returns the values they took (a slider rounds to its step)."""
    taken = page.evaluate(SET, [root.element_handle(), wanted])
    return {target: taken[target] for target in wanted}


def test_the_address_restores_step_and_controls(page, address, placed):
    path, spec = placed
    slug = spec["slug"]
    control = spec["controls"][0] if spec["controls"] else None
    changes = {control["target"]: control["max"]} if control else {}
    query = "&".join(
        ["step=2", "size=small", *(f"set.{k}={v}" for k, v in changes.items())]
    )
    page.goto(f"{address}/{path}#{slug}?{query}")
    page.wait_for_selector(f'[data-explorer="{slug}"][data-ready="true"]')
    root = page.locator(f'[data-explorer="{slug}"]')
    expect_step(page, root, 2)
    assert_agree(root.evaluate(NUMBERS), replayed(spec, 0, changes), path)
