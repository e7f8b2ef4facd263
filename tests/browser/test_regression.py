"""Kernel regression on a page of small explorers: the query, the weights, the width."""

import re

import numpy as np
import pytest
from drawings import axe_findings, specs_of
from explorers import (
    NUMBERS,
    assert_agree,
    assert_stops,
    change,
    choose_size,
    press,
    replayed,
    reset,
    resized,
    settle,
    until,
)
from writing_pages import regression_explorers

from nnlib import Trace

EXPLORERS = regression_explorers()
SPECS = specs_of(EXPLORERS)
AREAS = """
(root) => [...root.querySelectorAll('.nn-kr-point')].map(
  (e) => Number(e.getAttribute('r')))
"""
CURVE = """
(root) => root.querySelector('.nn-kr-curve').getAttribute('d')
"""
BOX = "(root) => root.querySelector('.nn-regression svg').viewBox.baseVal.width"


def begin(root):
    reset(root, "Last step")


def query(root):
    return root.get_by_role("slider", name="The query x")


def value_of(root):
    return float(query(root).get_attribute("aria-valuenow"))


@pytest.mark.parametrize("size", ["big", "small"])
@pytest.mark.parametrize("slug", SPECS)
def test_every_stop_shows_the_numbers_of_python(get, slug, size):
    root = get(slug)
    choose_size(root, size)
    values = replayed(SPECS[slug], 0, {})
    assert_stops(root, values, slug)


@pytest.mark.parametrize("end", ["min", "max"])
@pytest.mark.parametrize("slug", SPECS)
def test_the_ends_of_the_controls_are_survived(get, slug, end):
    root = get(slug)
    taken = change(root, {c["target"]: c[end] for c in SPECS[slug]["controls"]})
    assert_agree(root.evaluate(NUMBERS), replayed(SPECS[slug], 0, taken), slug)
    if slug == "fixed":
        assert "no numbers" in root.locator(".nn-kr-told").inner_text()
        assert root.evaluate(CURVE) is None
    press(root, "Reset")
    assert_agree(root.evaluate(NUMBERS), replayed(SPECS[slug], 0, {}), slug)
    assert root.evaluate(CURVE)


@pytest.mark.parametrize("x", [0.5, 2.0, 4.4])
def test_points_are_as_large_as_their_weights(get, x):
    root = get("fixed")
    taken = change(root, {"x": x})
    weights = replayed(SPECS["fixed"], 0, taken).values["a"].ravel()
    radii = np.array(root.evaluate(AREAS))
    large = radii > 3.001  # the others are drawn as dots
    np.testing.assert_allclose((radii[large] / 15) ** 2, weights[large], atol=2e-3)
    assert (weights[~large] <= 0.0401).all() and large.any()


def test_the_curve_is_the_prediction_at_every_query(get):
    """Heights of the drawn curve, against Python's predictions, by two ticks."""
    root, spec = get("kernels"), SPECS["kernels"]
    trace = Trace.from_json(spec["variants"][0]["trace"])
    path = re.findall(r"([\d.]+) (-?[\d.]+)", root.evaluate(CURVE))
    across, down = np.array(path, float).T
    low, high = (
        query(root).get_attribute(f"aria-value{end}") for end in ("min", "max")
    )
    xs = np.interp(across, [across[0], across[-1]], [float(low), float(high)])
    predictions = [trace.replay({"x": x})["f"].item() for x in xs]
    slope, at = np.polyfit(predictions, down, 1)
    np.testing.assert_allclose(slope * np.array(predictions) + at, down, atol=0.6)
    assert slope < -10, "larger is higher"


def test_the_query_is_dragged(get):
    root = get("kernels")
    handle = root.locator(".nn-kr-handle .nn-hit")
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    middle = box["x"] + box["width"] / 2
    mouse = root.page.mouse
    mouse.move(middle, box["y"] + 100)
    mouse.down()
    mouse.move(middle + 90, box["y"] + 120, steps=5)
    settle(root.page)
    x = value_of(root)
    assert x > 2.3
    assert_agree(
        root.evaluate(NUMBERS), replayed(SPECS["kernels"], 0, {"x": x}), "drag"
    )
    mouse.move(middle - 2000, box["y"], steps=3)
    mouse.up()
    settle(root.page)
    low = float(query(root).get_attribute("aria-valuemin"))
    assert low - 0.01 <= value_of(root) <= low + 0.01


def test_the_query_is_moved_by_keyboard(get):
    root = get("kernels")
    query(root).focus()
    step = root.get_attribute("data-step")
    for key, check in (
        ("ArrowRight", lambda x: 2 < x < 2.2),
        ("PageUp", lambda x: 2.3 < x < 3),
        ("ArrowLeft", lambda x: 2.3 < x < 3),
        ("End", lambda x: x > 4.8),
        ("Home", lambda x: x < 0.1),
    ):
        root.page.keyboard.press(key)
        settle(root.page)
        assert check(value_of(root)), key
    assert root.get_attribute("data-step") == step, (
        "the arrows are about the query here"
    )
    words = query(root).get_attribute("aria-valuetext")
    assert words.startswith("x = ") and "prediction" in words


def test_the_width_is_learned_in_the_page(get):
    root, spec = get("kernels"), SPECS["kernels"]
    trace = Trace.from_json(spec["variants"][0]["trace"])
    names = [step["name"] for step in trace.steps]
    ((old, new),) = trace.updates.items()
    w, losses, curve = 1.0, [], root.evaluate(CURVE)
    for _ in range(3):
        press(root, "Train one step")
        losses.append(trace.replay({"w": w})["L"].item())
        w = trace.replay({"w": w})[names[new]].item()
    assert names[int(old)] == "w"
    shown = root.locator('.nn-kr-told [data-of="w"]').get_attribute("data-number")
    np.testing.assert_allclose(float(shown), w, rtol=1e-12)
    assert losses == sorted(losses, reverse=True)
    assert root.evaluate(CURVE) != curve
    assert_agree(root.evaluate(NUMBERS), replayed(spec, 0, {"w": w}), "trained")
    press(root, "Train")
    line = root.locator(".nn-loss-line")
    until(root.page, lambda: line.get_attribute("d").count("L") > 5)
    press(root, "Stop")


def test_a_press_on_a_point_opens_its_weight(get):
    root = get("fixed")
    root.locator(".nn-kr-point").nth(1).click()
    settle(root.page)
    number = root.locator(".ex-subject [data-of]").first
    assert number.get_attribute("data-of") == "a"
    assert number.get_attribute("data-index").endswith("1")
    assert "is-chosen" in root.locator(".nn-kr-point").nth(1).get_attribute("class")


def test_what_is_not_yet_computed_is_not_drawn(get):
    root = get("kernels")
    press(root, "First step")
    assert root.locator(".nn-kr-stems[d]").first.get_attribute("d") is not None
    assert "weights not yet computed" in root.locator(".nn-kr-told").inner_text()
    assert not root.locator(".nn-kr-prediction").is_visible()
    assert "is-faint" in root.locator(".nn-kr-curve").get_attribute("class")


@pytest.mark.parametrize("slug", SPECS)
@pytest.mark.parametrize("width", [320, 912, 1440])  # 912: as beside a contents
def test_nothing_sticks_out_and_it_fits_a_screen(get, opened, width, slug):
    root = get(slug)
    resized(opened, width)
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    stage = root.locator(".ex-stage")
    assert stage.evaluate("e => e.scrollWidth - e.clientWidth") <= 0
    if width >= 840:
        assert root.bounding_box()["height"] <= 640
        assert stage.evaluate("e => e.scrollHeight - e.clientHeight") <= 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_has_no_finding(get, opened, theme):
    for slug in SPECS:
        get(slug)
    assert not axe_findings(opened, theme)
