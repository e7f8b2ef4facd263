"""A recurrent network unrolled, and the anatomy of its cells, on a page."""

import json

import numpy as np
import pytest
from drawings import axe_findings, page_of, specs_of
from explorers import (
    NUMBERS,
    WIDE,
    assert_agree,
    assert_stops,
    change,
    choose_size,
    controls_at,
    mounted,
    press,
    replayed,
    reset,
    resized,
    settle,
    until,
)
from linked import FOLLOW, assert_linked
from playwright.sync_api import expect
from sequence_pages import GOLDEN, sequence_explorers

from nnlib.widgets.proof import script_text

EXPLORERS = sequence_explorers()
SPECS = specs_of(EXPLORERS)
WALKED = [slug for slug in SPECS if slug not in ("lstm", "scalar", "long")]

CUT = """
root => {
  const box = root.querySelector('.nn-cell-scroll');
  const inside = box.getBoundingClientRect();
  const right = inside.left + box.clientWidth + 1;
  const parts = [...box.querySelectorAll('svg, text, rect, circle, path')];
  const cut = parts.filter((part) => {
    const at = part.getBoundingClientRect();
    return at.width && (at.left < inside.left - 1 || at.right > right);
  });
  return cut.map((part) => `${part.tagName} ${part.textContent}`);
}
"""


def begin(root):
    turn(root, 0)
    choose_size(root, "small")
    reset(root)
    for legend in ("Unit", "Shares of", "Time step"):
        choose(root, legend, 0)


def choose(root, legend, number):
    buttons = root.get_by_role("group", name=legend).locator("input")
    if buttons.count():
        buttons.nth(number).check(force=True)
        settle(root.page)


def turn(root, variant):
    """To a variant, where there are several."""
    switch = root.locator(f'.ex-head input[value="{variant}"]')
    if switch.count():
        switch.check(force=True)
        settle(root.page)


def go(root, stop):
    root.locator(".ex-scrubber").evaluate(
        "(e, stop) => { e.value = stop < 0 ? +e.max + 1 + stop : stop;"
        " e.dispatchEvent(new Event('input', {bubbles: true})); }",
        stop,
    )
    settle(root.page)


def moved(root):
    """Put every slider where it stands, and say where: a variant takes over numbers."""
    stands = controls_at(root)
    del stands["Step"]
    return change(root, stands)


def values_of(slug, variant=0, **changes):
    return replayed(SPECS[slug], variant, changes).values


def words(root, part):
    """What stands in a part; SVG has no inner text."""
    return " ".join(root.locator(part).first.text_content().split())


def told(root):
    """The sums below the strip: for each line its numbers in full, the total last."""
    lines = root.locator(".nn-seq-told p").all()
    read = "e => [...e.querySelectorAll('[data-number]')].map((n) => +n.dataset.number)"
    return [line.evaluate(read) for line in lines]


# ---------------------------------------------------------------- every number


@pytest.mark.parametrize("size", ["big", "small"])
@pytest.mark.parametrize("slug", WALKED)
def test_every_stop_shows_the_numbers_of_python(get, slug, size):
    root = get(slug)
    choose_size(root, size)
    values = replayed(SPECS[slug], 0, {})
    assert_stops(root, values, slug)


@pytest.mark.parametrize(("slug", "jump"), [("lstm", 1), ("scalar", 10), ("long", 10)])
def test_so_does_every_time_of_a_long_sequence(get, slug, jump):
    root, values = get(slug), replayed(SPECS[slug], 0, {})
    choose_size(root, "big")
    press(root, "Last step")
    slider = root.get_by_role("slider", name="The time step that is looked at")
    slider.press("Home")
    for _ in range(len(SPECS[slug]["view"]["states"]) // jump + 1):
        settle(root.page)
        assert_agree(root.evaluate(NUMBERS), values, slug)
        slider.press("ArrowRight" if jump == 1 else "PageUp")


@pytest.mark.parametrize("variant", range(4))
def test_every_convention_of_the_gru_shows_its_own_numbers(get, variant):
    root = get("gru")
    turn(root, variant)
    values = replayed(SPECS["gru"], variant, moved(root))
    assert_stops(root, values, f"variant {variant}")


@pytest.mark.parametrize("slug", SPECS)
def test_numbers_follow_the_controls_to_their_ends(get, slug):
    root = get(slug)
    press(root, "Last step")
    for end in ("min", "max"):
        taken = change(root, {c["target"]: c[end] for c in SPECS[slug]["controls"]})
        assert_agree(root.evaluate(NUMBERS), replayed(SPECS[slug], 0, taken), slug)


# ---------------------------------------------------------------- through time


def test_the_loop_unrolls_when_the_walk_begins(get):
    root = get("golden")
    press(root, "Last step")
    button = root.locator(".nn-seq-fold")
    assert button.inner_text() == "Fold"
    assert root.locator(".nn-time:visible").count() == 3
    button.focus()
    root.page.keyboard.press("Enter")
    settle(root.page)
    assert button.inner_text() == "Unroll"
    assert root.locator(".nn-seq-loop").is_visible()
    assert root.locator(".nn-time:not(.is-behind)").count() == 1
    said = root.locator(".nn-seq-round").all_text_contents()
    assert said[:2] == ["W_h: h goes round", "used 3 times, now t = 1"]
    root.page.keyboard.press("Enter")
    settle(root.page)
    assert not root.locator(".nn-seq-loop").is_visible()


def test_the_transport_goes_through_time_and_back(get):
    root = get("golden")
    times = []
    for _ in range(int(root.get_attribute("data-steps")) - 1):
        press(root, "Next step")
        settle(root.page)
        times.append((root.get_attribute("data-phase"), now(root)))
    forward = [t for phase, t in times if phase == "forward"]
    back = [t for phase, t in times if phase == "backward"]
    assert forward[0] == 1 and max(forward) == 3
    assert back[0] == 3 and back[-1] == 1
    states = forward[: forward.index(3) + 1]
    assert states == sorted(states)


def now(root):
    return int(words(root, ".nn-time.is-now .nn-seq-time").split()[-1])


def test_the_gradient_of_a_state_is_what_arrives_from_the_loss_and_the_future(get):
    root, values = get("golden"), values_of("golden")
    press(root, "Last step")
    slider = root.get_by_role("slider", name="The time step that is looked at")
    for t, unit in ((1, 0), (2, 0), (2, 1)):
        choose(root, "Unit", unit)
        slider.press("Home")
        for _ in range(t - 1):
            slider.press("ArrowRight")
        settle(root.page)
        *parts, total = told(root)[0]
        right = values[f"dL/dh{t}"][0, unit]
        assert total == pytest.approx(right, rel=1e-12)
        assert sum(parts) == pytest.approx(right, rel=1e-12)
        column = root.locator(".nn-time.is-now .nn-arriving [data-number]")
        arrows = [float(e.get_attribute("data-number")) for e in column.all()]
        assert sorted(parts) == sorted(arrows[:2])


def test_the_shares_of_the_steps_add_up_to_the_golden_gradient(get):
    root = get("golden")
    press(root, "Last step")
    *parts, total = told(root)[-1]
    right = GOLDEN["rnn_bptt"]["grads"]["Wh"][0][0]
    assert total == pytest.approx(right, rel=1e-10)
    assert len(parts) == 3 and sum(parts) == pytest.approx(right, rel=1e-10)
    text = words(root, ".nn-seq-shares")
    assert text.index("t = 3") < text.index("t = 2") < text.index("t = 1")
    columns = root.locator(".nn-share:visible [data-number]").all()
    beside = [float(e.get_attribute("data-number")) for e in columns]
    assert beside == parts[::-1]


def test_an_entry_of_the_matrix_is_chosen_by_a_press(get):
    root, values = get("golden"), values_of("golden")
    press(root, "Last step")
    box = root.locator(".nn-seq-matrix:visible").first.bounding_box()
    root.page.mouse.click(
        box["x"] + 0.75 * box["width"], box["y"] + 0.25 * box["height"]
    )
    settle(root.page)
    assert told(root)[-1][-1] == pytest.approx(values["dL/dW_h"][0, 1], rel=1e-12)
    assert words(root, ".nn-seq-heading").endswith("W_h[0,1]")


@pytest.mark.parametrize(("weight", "said"), [(0.9, "× 0.005"), (1.1, "× 10")])
def test_powers_of_the_recurrent_weight(get, weight, said):
    root = get("scalar")
    press(root, "Last step")
    change(root, {"w": weight})
    values = values_of("scalar", w=weight)
    assert values["dL/dh1"] == pytest.approx(weight**49, rel=1e-12)
    assert values["dL/dh0"] == pytest.approx(weight**50, rel=1e-12)
    text = words(root, ".nn-size-words")
    assert text.startswith("|∂L/∂h|: 1 at t = 50 → ") and said in text
    heights = [
        float(bar.get_attribute("height")) for bar in root.locator(".nn-size-bar").all()
    ]
    assert len(heights) == 50
    ordered = sorted(heights, reverse=weight > 1)
    assert heights == ordered and heights[0] != heights[-1]


def test_what_vanishes_and_what_overflows_is_said_in_words(get):
    root = get("long")
    press(root, "Last step")
    change(root, {"w": 0})
    assert "Exactly 0 at t = 1 … 199." in words(root, ".nn-size-words")
    change(root, {"w": -40})
    with np.errstate(over="ignore"):
        finite = np.isfinite(np.float64(40) ** np.arange(199, -1, -1))
    text = words(root, ".nn-size-words")
    assert f"Not finite at t = 1 … {np.argmax(finite)}." in text
    assert root.locator(".nn-size-bar.is-odd").count() == np.argmax(finite)


def test_only_what_is_in_sight_is_drawn_of_a_long_sequence(get):
    root = get("long")
    press(root, "Last step")
    settle(root.page)
    assert root.locator(".nn-size-bar").count() == 200
    assert root.locator(".nn-time:visible").count() <= 12
    slider = root.get_by_role("slider", name="The time step that is looked at")
    slider.press("End")

    def in_sight():  # it scrolls there smoothly
        box = root.locator(".nn-time.is-now .nn-seq-box").bounding_box()
        view = root.locator(".nn-seq-scroll").bounding_box()
        return view["x"] <= box["x"] <= view["x"] + view["width"] - box["width"]

    until(root.page, lambda: now(root) == 200 and in_sight())
    slider.press("Home")


def test_truncation_cuts_the_chain(get):
    root, values = get("truncated"), values_of("truncated")
    press(root, "Last step")
    slider = root.get_by_role("slider", name="The time step that is looked at")
    slider.press("Home")
    slider.press("ArrowRight")
    settle(root.page)
    cuts = root.locator(".nn-seq-cut")
    assert cuts.first.locator("title").text_content() == (
        "cut: no gradient comes past here"
    )
    assert now(root) == 2
    column = root.locator(".nn-time.is-now")
    assert column.locator(".is-future").count() == 0
    arrow = column.locator(".nn-arriving:not(.is-middle) [data-number]")
    found = float(arrow.get_attribute("data-number"))
    assert found == pytest.approx(values["dL/dh2"][0, 0], rel=1e-12)


def test_a_layer_above_and_the_future_both_give(get):
    root, values = get("deep"), values_of("deep")
    press(root, "Last step")
    text = words(root, ".nn-seq-told")
    assert "from the layer above" in text and "from the future" in text
    *parts, total = told(root)[0]
    assert total == pytest.approx(values["dL/dh1"][0, 0], rel=1e-12)
    assert sum(parts) == pytest.approx(total, rel=1e-12)


def test_an_lstm_has_two_ways_through_time(get):
    root, values = get("lstm"), values_of("lstm")
    press(root, "Last step")
    line = root.locator(".nn-seq-told p").first
    text = " ".join(line.inner_text().split())
    assert "by way of h" in text and "from the future" in text
    through_h, future, total = told(root)[0]
    assert future == pytest.approx((values["dL/dc2"] * values["f2"])[0, 0], rel=1e-12)
    assert total == pytest.approx(values["dL/dc1"][0, 0], rel=1e-12)
    assert through_h + future == pytest.approx(total, rel=1e-12)


# ---------------------------------------------------------------- the cell


def test_the_highway_has_the_forget_gate_as_its_factor(get):
    root = get("anatomies")
    press(root, "Last step")
    for unit in (0, 1):
        choose(root, "Unit", unit)
        f = values_of("anatomies")["f1"][0, unit]
        text = words(root, ".nn-cell-factor")
        assert text.startswith("∂c₁/∂c₀ = f₁ = ")
        assert float(text.split(" = ")[-1]) == pytest.approx(f, rel=1e-3)


def test_tanks_are_as_full_as_the_gates(get):
    root = get("anatomies")
    press(root, "Last step")
    values = values_of("anatomies")
    fills = [
        float(e.get_attribute("height")) for e in root.locator(".nn-tank-fill").all()
    ]
    gates = [values[name][0, 0] for name in ("f1", "i1", "g1", "o1")]
    reach = np.array([40, 40, 20, 40])
    np.testing.assert_allclose(fills, np.abs(gates) * reach, atol=0.02)


def test_gates_survive_what_saturates_them(get):
    root = get("anatomies")
    press(root, "Last step")
    change(root, {"x1[0,0]": 1000})
    slopes = root.locator(".nn-cell-text.is-sign").all_text_contents()
    assert all(text.startswith("× ") for text in slopes)
    values = replayed(SPECS["anatomies"], 0, {"x1[0,0]": 1000})
    assert_agree(root.evaluate(NUMBERS), values, "saturated")


@pytest.mark.parametrize(
    ("variant", "rule", "kept"),
    [
        (0, "(r ⊙ h′) U", "z keeps the old state"),
        (1, "(r ⊙ h′) U", "1 − z keeps the old state"),
        (2, "r ⊙ (h′ U)", "z keeps the old state"),
        (3, "r ⊙ (h′ U + b)", "z keeps the old state"),
    ],
)
def test_what_a_convention_changes_is_seen(get, variant, rule, kept):
    root = get("gru")
    turn(root, variant)
    settle(root.page)
    said = root.locator(".nn-cell-text").all_text_contents()
    assert kept in said
    assert any(text.endswith(f"{rule})") for text in said)


def test_variants_are_different_cells(get):
    root = get("anatomies")
    for variant, tanks in ((0, 4), (1, 3), (2, 1)):
        turn(root, variant)
        settle(root.page)
        assert root.locator(".nn-tank").count() == tanks
        values = replayed(SPECS["anatomies"], variant, moved(root))
        assert_stops(root, values, f"{variant}")


def test_a_link_restores_what_is_looked_at_over_time(get):
    root = get("deep")
    press(root, "Last step")

    def pick():
        choose(root, "Unit", 2)
        choose(root, "Shares of", 1)
        choose(root, "Size of", 0)
        root.locator(".nn-size-handle").press("Home")
        root.locator(".nn-size-handle").press("ArrowRight")

    link = assert_linked(root, pick)
    assert link == "unit.2/weight.1/now.1/size.0"


def test_a_link_folds_the_network_and_it_stays_folded(get):
    root = get("deep")
    press(root, "Last step")
    fold = root.locator(".nn-seq-fold")
    assert assert_linked(root, fold.click) == "folded.true"
    root.page.evaluate(FOLLOW, "deep?step=3&size=small&view=folded.true")
    press(root, "Next step")
    assert fold.inner_text() == "Unroll"
    root.page.evaluate(FOLLOW, "deep?step=3&size=small")
    press(root, "Next step")
    assert fold.inner_text() == "Fold"


def test_a_link_restores_time_and_unit_of_a_cell(get):
    root = get("anatomies")

    def pick():
        choose(root, "Time step", 1)
        choose(root, "Unit", 1)

    assert assert_linked(root, pick) == "place.1/unit.1"


def test_the_cell_follows_the_transport_through_time(get):
    root = get("anatomies")
    steps = root.get_by_role("group", name="Time step").locator("input")
    expect(steps.nth(0)).to_be_checked()
    go(root, 25)
    expect(steps.nth(1)).to_be_checked()
    press(root, "Last step")
    settle(root.page)
    expect(steps.nth(0)).to_be_checked()


def test_units_are_chosen_with_the_arrow_keys(get):
    root = get("anatomies")
    press(root, "Last step")
    first = root.get_by_role("group", name="Unit").locator("input").first
    first.focus()
    root.page.keyboard.press("ArrowRight")
    settle(root.page)
    index = root.locator('.nn-anatomy [data-of="f1"]').get_attribute("data-index")
    assert index == "0,1"
    last = int(root.get_attribute("data-steps")) - 1
    assert root.get_attribute("data-step") == str(last)


# ---------------------------------------------------------------- the page


HOSTILE = {
    "layers": ({"layers": 2}, "view.layers is 2, which does not part 3 states."),
    "unknown": ({"weights": ["<b>"]}, 'view.weights[0] is "<b>", which names no'),
    "twice": ({"states": ["h1", "h1", "h2"]}, 'view.states has "h1" twice.'),
    "gap": ({"states": ["h1", None, "h2"]}, "view.states holds null"),
    "steps": ({"kind": "cell", "steps": "all"}, 'view.steps is "all", not a list'),
}


def test_hostile_specs_are_refused_in_a_sentence(browser, tmp_path):
    page = one_page(browser, tmp_path, {k: view for k, (view, _) in HOSTILE.items()})
    for name, (_, sentence) in HOSTILE.items():
        root = page.locator(f'[data-explorer="{name}"]')
        said = root.locator(".ex-alert").inner_text()
        assert said.startswith("This explorer cannot be shown: ") and sentence in said
    assert not page.complaints
    page.close()


def test_a_cell_that_is_not_there_is_missed_in_a_sentence(browser, tmp_path):
    view = {"kind": "cell", "steps": [9], "layer": 1}
    page = one_page(browser, tmp_path, {"missed": view})
    root = mounted(page, "missed")
    said = root.locator(".nn-view").inner_text()
    assert said.startswith(
        "The drawing needs a cell of i9, f9, g9, o9 or of r9, z9, n9"
    )
    page.close()


def one_page(browser, folder, views):
    """The golden explorer once for each view that is put in the place of its own."""
    explorer = sequence_explorers()[0]
    html = ""
    for name, view in views.items():
        spec = json.loads(json.dumps(explorer.spec)) | {"slug": name}
        spec["view"] |= view
        html += f'<div data-explorer="{name}"><script type="application/json">'
        html += f"{script_text(spec)}</script></div>"
    page = browser.new_page(viewport=WIDE)
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.goto(page_of(folder, html))
    for name in views:
        page.wait_for_selector(f'[data-explorer="{name}"][data-ready]')
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_has_no_finding(get, opened, theme):
    for slug in SPECS:
        press(get(slug), "Last step")
    assert not axe_findings(opened, theme)


@pytest.mark.parametrize("width", [320, 768, 1440])
def test_the_page_fits_its_width_and_the_explorers_one_screen(get, opened, width):
    roots = [get(slug) for slug in SPECS]
    for root in roots:
        press(root, "Last step")
    resized(opened, width)
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    if width == 1440:
        assert max(root.bounding_box()["height"] for root in roots) <= 640


@pytest.mark.parametrize("column", [845, 886])  # a chapter at 1366 and 1440 px
def test_beside_its_ledger_a_cell_is_seen_whole(get, column):
    for slug in ("gru", "anatomies"):
        root = get(slug)
        root.evaluate("(e, wide) => { e.style.width = `${wide}px`; }", column)
        for variant in range(len(SPECS[slug]["variants"])):
            turn(root, variant)
            press(root, "Last step")
            settle(root.page)
            assert root.evaluate(CUT) == [], f"{slug} {variant}"
        root.evaluate("e => e.style.removeProperty('width')")


def test_a_narrow_cell_is_moved_by_the_arrow_keys(get, opened):
    root = get("gru")
    resized(opened, 320)
    box = root.locator(".nn-cell-scroll")
    box.press("ArrowRight")
    assert box.evaluate("e => e.scrollLeft") > 0
    box.press("End")
    assert box.evaluate("e => e.scrollWidth - e.clientWidth - e.scrollLeft") <= 1
    assert root.get_attribute("data-step") == "0"


def test_arrow_keys_go_through_time_on_the_strip(get):
    root = get("golden")
    press(root, "Last step")
    strip = root.locator(".nn-seq-scroll")
    for key, time in (("End", 3), ("ArrowLeft", 2), ("Home", 1), ("ArrowRight", 2)):
        strip.press(key)
        settle(root.page)
        assert now(root) == time
    assert root.get_attribute("data-phase") == "backward"


def test_nothing_moves_for_who_wants_no_motion(get, opened):
    root = get("golden")
    opened.emulate_media(reduced_motion="reduce")
    column = root.locator(".nn-time").first
    assert column.evaluate("e => getComputedStyle(e).transitionProperty") == "none"
    opened.emulate_media(reduced_motion="no-preference")
