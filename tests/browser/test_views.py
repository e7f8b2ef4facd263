"""The plane, the bars, the sheet and the switch, on a page of small explorers."""

import unicodedata

import numpy as np
import pytest
from drawings import axe_findings, specs_of
from explorers import (
    NUMBERS,
    assert_agree,
    assert_stops,
    change,
    choose_size,
    controls_at,
    mounted,
    press,
    replayed,
    resized,
    settle,
)
from view_pages import CORNERS, explorers

EXPLORERS = explorers()
SPECS = specs_of(EXPLORERS)


def number(root, name, index=""):
    settle(root.page)
    shown = root.locator(f'.ex-stage [data-of="{name}"][data-index="{index}"]').first
    return float(shown.get_attribute("data-number"))


def weights(root):
    labels = ("0,0", "1,0") if root.get_attribute("data-explorer") != "rule" else "01"
    return np.array([number(root, "w", index) for index in labels])


def text(root, part):
    settle(root.page)
    return root.locator(part).inner_text().strip()


# ---------------------------------------------------------------- every number


@pytest.mark.parametrize("size", ["big", "small"])
@pytest.mark.parametrize("slug", SPECS)
def test_every_stop_shows_the_numbers_of_python(get, slug, size):
    root = get(slug)
    choose_size(root, size)
    values = replayed(SPECS[slug], 0, {})
    assert_stops(root, values, slug)


@pytest.mark.parametrize("slug", SPECS)
def test_numbers_follow_the_controls_to_their_ends(get, slug):
    root, controls = get(slug), SPECS[slug]["controls"]
    press(root, "Last step")
    rng = np.random.default_rng(0)
    draws = [{c["target"]: rng.uniform(c["min"], c["max"]) for c in controls}]
    ends = [{c["target"]: c[end] for c in controls} for end in ("min", "max")]
    for wanted in draws + ends:
        taken = change(root, wanted)
        values = {target: taken[target] for target in wanted}
        assert_agree(root.evaluate(NUMBERS), replayed(SPECS[slug], 0, values), slug)


@pytest.mark.parametrize("slug", SPECS)
def test_what_is_not_yet_computed_is_a_dot(get, slug):
    root = get(slug)
    for shown in root.locator(".ex-stage .nn-number").all():
        known = shown.get_attribute("data-number") is not None
        assert known != (shown.inner_text() == "·")
    hidden = root.locator(".ex-stage .nn-number.is-pending").count()
    assert (hidden > 0) == (slug in ("shares", "paths"))


# ---------------------------------------------------------------- the page


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_has_no_finding(get, opened, theme):
    for slug in SPECS:
        press(get(slug), "Last step")
    assert not axe_findings(opened, theme)


@pytest.mark.parametrize("width", [320, 768, 1440])
def test_the_page_fits_its_width_and_the_explorers_one_screen(get, opened, width):
    roots = [get(slug) for slug in SPECS]
    resized(opened, width)
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    if width == 1440:
        assert max(root.bounding_box()["height"] for root in roots) <= 640


# ---------------------------------------------------------------- the plane


def middle(shape):
    box = shape.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(root, handle, dx, dy):
    shape = root.locator(handle)
    shape.scroll_into_view_if_needed()
    x, y = middle(shape)
    mouse = root.page.mouse
    mouse.move(x, y)
    mouse.down()
    for share in (0.5, 1):
        mouse.move(x + share * dx, y + share * dy)
    mouse.up()
    settle(root.page)


def unit(root):
    """Pixels for one unit of the plane, from two of its ticks."""
    ticks = root.evaluate(
        "root => [...root.querySelectorAll('.nn-axes g text[text-anchor=middle]')].map("
        "t => [Number(t.textContent.replace('−', '-')), t.getBoundingClientRect()])"
        ".map(([at, box]) => [at, box.x + box.width / 2])"
    )
    (a, x), (b, y) = ticks[0], ticks[1]
    return (y - x) / (b - a)


LINE, TIP = ".nn-line-handle circle", ".nn-tip-handle .nn-grip"


def test_the_line_is_dragged_and_moves_only_the_bias(get):
    root = get("gate")
    pixels = unit(root)
    drag(root, LINE, 0.4 * pixels, -0.2 * pixels)
    # b falls by w · d with w = (1, 0.5) and d = (0.4, 0.2), to the nearest 0.05
    assert abs(number(root, "b") - (-0.75 - 0.5)) <= 0.05 + 1e-9
    assert weights(root).tolist() == [1.0, 0.5]
    assert_agree(
        root.evaluate(NUMBERS),
        replayed(SPECS["gate"], 0, {"b": number(root, "b")}),
        "drag",
    )


def test_the_arrow_is_dragged_and_moves_only_the_weights(get):
    root = get("gate")
    pixels = unit(root)
    drag(root, TIP, -1.5 * pixels, -0.5 * pixels)
    assert np.allclose(weights(root), [-0.5, 1.0], atol=0.1)
    assert number(root, "b") == -0.75


def test_a_drag_stays_between_the_ends_of_the_controls(get):
    root = get("gate")
    drag(root, LINE, 0, -5000)
    assert number(root, "b") == -3.0
    drag(root, TIP, 5000, -5000)
    assert weights(root).tolist() == [2.0, 2.0]


def test_a_pinned_line_turns_about_the_origin(get):
    root = get("pinned")
    before = weights(root)
    drag(root, LINE, 120, 40)
    after = weights(root)
    assert abs(np.linalg.norm(after) - np.linalg.norm(before)) < 0.15
    assert not np.allclose(after, before, atol=0.2)
    assert "pinned to the origin" in text(root, ".nn-plane-key")


def test_a_line_without_controls_is_not_offered(get):
    root = get("rule")
    assert root.locator(".nn-plane-picture [role=slider]").count() == 0
    before = weights(root).tolist()
    x, y = middle(root.locator(".nn-positive").first)
    root.page.mouse.move(x, y)
    root.page.mouse.down()
    root.page.mouse.move(x + 50, y + 50)
    root.page.mouse.up()
    assert weights(root).tolist() == before


def test_keys_move_the_handles_and_not_the_steps(get):
    root = get("gate")
    line = root.get_by_role("slider", name="The line, which moves b")
    line.focus()
    for key, wanted in (("ArrowUp", -0.7), ("ArrowLeft", -0.75), ("Home", -3)):
        root.page.keyboard.press(key)
        assert abs(number(root, "b") - wanted) < 0.03, key
        assert line.get_attribute("aria-valuetext").startswith("b = ")
    tip = root.get_by_role("slider", name="The arrow: left and right change w1")
    tip.focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown"):
        root.page.keyboard.press(key)
    assert np.allclose(weights(root), [1.1, 0.3])
    assert tip.get_attribute("aria-valuetext") == "w1 = 1.1, w2 = 0.3"
    assert root.get_attribute("data-step") == "0"


def counted(w, b):
    z = np.array(CORNERS) @ w + b
    positive = np.array([True, False, False, False])
    return int(np.sum(np.where(positive, z > 0, z < 0)))


def test_points_are_counted_in_words(get):
    root, rng = get("gate"), np.random.default_rng(1)
    for _ in range(6):
        wanted = dict(zip(("w1", "w2", "b"), rng.uniform(-2, 2, 3), strict=True))
        taken = change(root, wanted)
        right = counted(np.array([taken["w1"], taken["w2"]]), taken["b"])
        assert text(root, ".nn-count").startswith(f"{right} of 4 right")
        wrong = root.locator(".nn-plane-picture .nn-wrong").get_attribute("d") or ""
        assert wrong.count("M") <= 4 - right


def test_without_weights_there_is_no_line_and_a_sentence(get):
    root = get("gate")
    change(root, {"w1": 0, "w2": 0})
    sentence = "w is 0, so there is no line: w · X + b is below 0 everywhere."
    assert text(root, ".nn-plane-key .nn-sentence") == sentence
    assert not root.locator(".nn-plane-picture .nn-boundary").get_attribute("d")
    change(root, {"w1": 1})
    assert root.locator(".nn-plane-picture .nn-boundary").get_attribute("d")


@pytest.mark.parametrize("typed", ["1e308", "-1e308", "1e-320"])
@pytest.mark.parametrize("target", ["w1", "b"])
def test_typed_extremes_are_drawn_or_said(get, target, typed):
    root = get("gate")
    root.get_by_label(f"{target} as a number").fill(typed)
    settle(root.page)
    drawn = root.locator(".nn-plane-picture svg").first.inner_html()
    assert "NaN" not in drawn and "Infinity" not in drawn
    values = replayed(SPECS["gate"], 0, {target: float(typed)})
    assert_agree(root.evaluate(NUMBERS), values, typed)


def test_training_moves_the_current_point(get):
    root = get("rule")
    ring = root.locator(".nn-plane-picture .nn-current")
    places = [ring.get_attribute("d")]
    for step in (1, 2):
        press(root, "Train one step")
        settle(root.page)
        places.append(ring.get_attribute("d"))
        taken = controls_at(root)
        assert taken["i"] == step
    assert len(set(places)) == 3


def test_a_point_is_selected_and_lit(get):
    root = get("gate")
    x, y = middle(root.locator(".nn-plane-picture .nn-positive"))
    root.page.mouse.click(x, y)
    settle(root.page)
    assert root.locator(".nn-plane-picture .nn-chosen-point").get_attribute("d")
    assert "X[0,0]" in root.get_by_label("Microscope").first.inner_text()


def test_a_finger_drags_the_line_and_leaves_the_page_where_it_is(browser, opened):
    context = browser.new_context(
        viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto(opened.url.split("#")[0])
    root = mounted(page, "gate")
    hit, grip = root.locator(".nn-line-handle .nn-hit"), root.locator(LINE)
    assert hit.evaluate("e => getComputedStyle(e).strokeWidth") == "44px"
    assert round(root.locator(TIP).bounding_box()["width"]) >= 44
    scrolled, session = page.evaluate("scrollY"), context.new_cdp_session(page)
    x, y = middle(grip)
    for kind, dy in (("Start", 0), ("Move", -30), ("Move", -60), ("End", None)):
        points = [] if dy is None else [{"x": x, "y": y + dy}]
        event = {"type": f"touch{kind}", "touchPoints": points}
        session.send("Input.dispatchTouchEvent", event)
    assert number(root, "b") < -0.8
    assert page.evaluate("scrollY") == scrolled
    context.close()


# ---------------------------------------------------------------- bars


def test_bars_have_the_length_of_their_numbers(get):
    root = get("shares")
    press(root, "Last step")
    settle(root.page)
    spans = root.evaluate(
        "root => [...root.querySelectorAll('.nn-bar')].map(bar => {"
        "  const [track, fill] = ['track', 'fill'].map(part =>"
        "    bar.querySelector(`.nn-bar-${part}`).getBoundingClientRect());"
        "  const {of, number} = bar.querySelector('.nn-number').dataset;"
        "  return [of, Number(number), fill.width / track.width,"
        "    (fill.x - track.x) / track.width]; })"
    )
    scales = {"z": (-1, 2), "q": (0, 1), "p": (0, 1), "g": (0, 1), "dL/dz": (-0.5, 0.2)}
    for name, value, width, left in spans:
        low, high = scales[name]
        assert abs(width - abs(value) / (high - low)) < 0.01, (name, value)
        assert abs(left - (min(value, 0) - low) / (high - low)) < 0.01, (name, value)
    assert len(spans) == 15


def test_sums_are_told_where_all_numbers_are_shares(get):
    root = get("shares")
    press(root, "Last step")
    settle(root.page)
    told = root.locator(".nn-sum").all_inner_texts()
    values = replayed(SPECS["shares"], 0, {}).values
    expected = [f"sum {values[name].sum():.3f}" for name in ("q", "p", "g")]
    assert told == ["", *expected, ""]
    assert root.locator(".nn-sum [data-of]").count() == 0


def test_what_is_not_finite_is_hatched(get):
    root = get("shares")
    press(root, "Last step")
    change(root, {"z1": 1000, "z2": 999, "z3": -1000})
    odd = root.locator(".nn-bar.is-odd .nn-number")
    labels = [(e.get_attribute("data-of"), e.inner_text()) for e in odd.all()]
    assert labels == [("q", "not a number")] * 2
    assert_agree(
        root.evaluate(NUMBERS),
        replayed(SPECS["shares"], 0, {"z1": 1000, "z2": 999, "z3": -1000}),
        "bars",
    )


def test_a_press_on_a_bar_opens_its_element(get):
    root = get("shares")
    press(root, "Last step")
    root.locator(".nn-bar").nth(7).click(position={"x": 5, "y": 5})
    settle(root.page)
    assert "is-selected" in root.locator(".nn-bar .nn-number").nth(7).get_attribute(
        "class"
    )


# ---------------------------------------------------------------- the sheet


def test_the_cell_and_the_slider_follow_each_other(get):
    root = get("paths")
    cell, slider = root.get_by_label("w1 in the sheet"), root.get_by_label("w1").first
    cell.fill("1.25")
    settle(root.page)
    assert root.locator('input[type=range][aria-label="w1"]').input_value() == "1.25"
    assert number(root, "W", "0,0") == 1.25
    change(root, {"w1": -0.5})
    assert cell.input_value() == "-0.5"
    cell.fill("70")
    settle(root.page)
    assert_agree(root.evaluate(NUMBERS), replayed(SPECS["paths"], 0, {"w1": 70}), "70")
    assert slider.count() == 1


def test_what_is_no_number_is_refused_and_the_value_stays(get):
    root = get("paths")
    cell = root.get_by_label("w1 in the sheet")
    cell.focus()
    root.page.keyboard.press("Control+A")
    root.page.keyboard.type("e")
    assert "it is still 0.5" in text(root, ".nn-sheet .ex-sentence")
    assert number(root, "W", "0,0") == 0.5
    cell.blur()
    assert cell.input_value() == "0.5"


def focused(root):
    return root.page.evaluate("document.activeElement.getAttribute('aria-label')")


def test_arrows_and_enter_walk_a_column(get):
    root = get("paths")
    root.get_by_label("x2 in the sheet").focus()
    walk = ["ArrowDown", "Enter", "ArrowDown", "ArrowUp", "ArrowUp", "ArrowUp"]
    names = []
    for key in walk:
        root.page.keyboard.press(key)
        names.append(focused(root))
    there = ["w1 in the sheet", "w2 = −1", "w3 = 0.25", "w2 = −1"]
    assert names == [*there, "w1 in the sheet", "x2 in the sheet"]
    assert number(root, "x", "0,1") == -2
    assert root.get_attribute("data-step") == "0"


def test_the_rows_of_a_stop_are_lit_and_in_view(get):
    root = get("paths")
    assert root.locator("tr.is-active").count() == 0
    lit = set()
    for _ in range(int(root.get_attribute("data-steps")) - 1):
        press(root, "Next step")
        settle(root.page)
        rows = root.locator("tr.is-active")
        for row in rows.all():
            assert row.get_attribute("aria-current") == "step"
            lit.add(row.locator(".nn-number, input").first.get_attribute("data-of"))
        if rows.count():
            stage, first = root.locator(".ex-stage"), rows.first.bounding_box()
            box = stage.bounding_box()
            assert box["y"] <= first["y"] <= box["y"] + box["height"] - 10
    assert lit == {"x", "W", "z", "h", "v", "y", "L"}


def test_a_formula_names_what_its_number_is_made_of(get):
    root = get("paths")
    rows = root.locator("tr", has=root.page.locator('[data-of="z"]'))
    formula = rows.first.locator(".nn-sheet-formula")
    plain = unicodedata.normalize("NFKC", formula.inner_text())
    assert plain.split() == "x 1 · w 1 + x 2 · w 3".split()
    formula.locator(".nn-sheet-symbol").nth(1).hover()
    settle(root.page)
    assert "is-lit" in root.get_by_label("w1 in the sheet").get_attribute("class")


# ---------------------------------------------------------------- the switch


def test_a_switch_is_a_box_to_tick(get):
    root = get("paths")
    press(root, "Last step")
    box = root.get_by_role("switch", name="s1")
    assert box.is_checked()
    box.click()
    settle(root.page)
    off = replayed(SPECS["paths"], 0, {"s1": 0})
    assert_agree(root.evaluate(NUMBERS), off, "off")
    box.focus()
    root.page.keyboard.press("Space")
    settle(root.page)
    assert box.is_checked()
    assert_agree(root.evaluate(NUMBERS), replayed(SPECS["paths"], 0, {}), "on")
    box.uncheck()
    press(root, "Reset")
    settle(root.page)
    assert box.is_checked()


def test_each_gesture_is_one_change_to_undo(get):
    """Undone is what overflowed, not the slider's way before it."""
    root = get("gate")
    root.get_by_label("w2 as a number").fill("1.7e308")
    slider = root.locator('input[type=range][aria-label="w1"]')
    slider.fill("0.5")
    slider.dispatch_event("change")
    root.get_by_label("w1 as a number").fill("1.7e308")
    press(root, "Undo last change")
    assert weights(root).tolist() == [0.5, 1.7e308]
    press(root, "Reset")
