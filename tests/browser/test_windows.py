"""The window that slides over an image: convolution and pooling, forward and back."""

import numpy as np
import pytest
from drawings import axe_findings, specs_of
from explorers import (
    NUMBERS,
    assert_agree,
    assert_stops,
    change,
    choose_size,
    mounted,
    press,
    replayed,
    reset,
    resized,
    settle,
    until,
)
from image_pages import image_explorers
from linked import FOLLOW, assert_linked, heard

EXPLORERS = image_explorers()
SPECS = specs_of(EXPLORERS)
CONVOLUTIONS = ["window", "padded", "groups"]
WAYS = {"spread": "dL/dZ", "kernel": "dL/dK", "image": "dL/dX"}


def begin(root):
    choose_size(root, "small")
    reset(root)
    for first in root.locator('.nn-window-bar input[value="0"]:visible').all():
        first.check(force=True)
    frame_of(root).press("Home")
    settle(root.page)


def look_at(root, way):
    press(root, "Last step")
    root.locator(f'.nn-window-bar input[value="{way}"]').check(force=True)
    settle(root.page)


def values_of(slug, **changes):
    return replayed(SPECS[slug], 0, changes).values


def grid(root, name):
    return root.get_by_role("grid", name=name, exact=True).first


def numbers(part):
    """What a grid shows, as an array; a zero that was put there counts as one."""
    rows = part.locator(".nn-row").all()
    read = """(row) => [...row.querySelectorAll('.nn-px')].map((cell) => {
      const held = cell.querySelector('[data-number]');
      return held ? held.dataset.number : cell.textContent.replace('−', '-');
    })"""
    return np.array([[float(v) for v in row.evaluate(read)] for row in rows])


def frame_of(root):
    return root.get_by_role("slider", name="The window: arrow keys move it")


def place_of(root):
    words = frame_of(root).get_attribute("aria-valuetext")
    row, column = words.split(":")[0].replace("row ", "").split(", column ")
    return int(row), int(column)


# ---------------------------------------------------------------- every number


@pytest.mark.parametrize("size", ["big", "small"])
@pytest.mark.parametrize("slug", SPECS)
def test_every_stop_shows_the_numbers_of_python(get, slug, size):
    root = get(slug)
    choose_size(root, size)
    values = replayed(SPECS[slug], 0, {})
    assert_stops(root, values, slug)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("slug", CONVOLUTIONS)
def test_every_way_back_shows_them_too(get, slug, way):
    root = get(slug)
    look_at(root, way)
    for values in ({}, {c["target"]: 1.25 for c in SPECS[slug]["controls"]}):
        change(root, values)
        shown = root.evaluate(NUMBERS)
        assert any(name == WAYS[way] for name, *_ in shown)
        assert_agree(shown, replayed(SPECS[slug], 0, values), f"{slug} {way}")


def test_what_is_not_yet_computed_is_a_dot(get):
    root = get("window")
    assert set(root.locator(".nn-window-total").all_inner_texts()) == {"·"}
    assert grid(root, "Z").locator("[data-number]").count() == 0
    assert grid(root, "products").inner_text().split() == ["·"] * 9


# ---------------------------------------------------------------- what it makes


def test_products_and_sums_make_the_output(get):
    root, values = get("window"), values_of("window")
    press(root, "Last step")
    while root.get_attribute("data-phase") != "forward":
        press(root, "Previous step")
    settle(root.page)
    patch = numbers(grid(root, "what the window sees"))
    kernel = numbers(grid(root, "kernel"))
    np.testing.assert_array_equal(kernel, values["K"][0, 0])
    np.testing.assert_array_equal(patch, values["X"][0, 0, :3, :3])
    np.testing.assert_array_equal(numbers(grid(root, "products")), patch * kernel)
    sums = [
        float(t.replace("−", "-"))
        for t in root.locator(".nn-window-total").all_inner_texts()
    ]
    assert sum(sums) + values["b"][0] == values["Z"][0, 0, 0, 0]
    said = root.locator(".nn-window-size").inner_text()
    assert said == "Size of the output: ⌊(6 + 2·0 − 1·(3 − 1) − 1)/1⌋ + 1 = 4"


def test_another_filter(get):
    root, values = get("window"), values_of("window")
    root.get_by_role("group", name="Filter").get_by_label("1").check(force=True)
    settle(root.page)
    np.testing.assert_array_equal(numbers(grid(root, "kernel")), values["K"][1, 0])


def test_the_kernel_is_turned_over_the_upstream_gradient(get):
    root, values = get("window"), values_of("window")
    look_at(root, "image")
    turned = numbers(grid(root, "kernel, turned by 180°"))
    np.testing.assert_array_equal(turned, values["K"][0, 0, ::-1, ::-1])
    upstream = grid(root, "upstream gradient, zeros between and around, filter 0")
    np.testing.assert_array_equal(numbers(upstream), np.pad(values["dL/dZ"][0, 0], 2))


def test_one_gradient_spreads(get):
    root, values = get("padded"), values_of("padded")
    look_at(root, "spread")
    frame_of(root).focus()
    root.page.keyboard.press("End")
    settle(root.page)
    g = values["dL/dZ"][0, 0, 5, 5]
    np.testing.assert_allclose(
        numbers(grid(root, "what the pixels get")), g * values["K"][0, 0]
    )
    padded = np.pad(values["X"][0, 0], 1)[5:, 5:]
    np.testing.assert_allclose(numbers(grid(root, "what the kernel gets")), g * padded)
    assert root.locator('.nn-window-sum [data-of="dL/db"]').get_attribute("data-number")


# ---------------------------------------------------------------- by hand


def test_arrow_keys_move_the_window(get):
    root = get("padded")
    frame_of(root).focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft", "ArrowLeft"):
        root.page.keyboard.press(key)
    settle(root.page)
    assert place_of(root) == (2, 0)
    assert root.get_attribute("data-step") == "0", (
        "the arrows are about the window here"
    )
    root.page.keyboard.press("End")
    assert place_of(root) == (5, 5)


def test_a_pointer_drags_the_window(get):
    root = get("window")
    box = grid(root, "image, channel 1").bounding_box()
    side = box["width"] / 6
    mouse = root.page.mouse
    mouse.move(box["x"] + 1.5 * side, box["y"] + 1.5 * side)
    mouse.down()
    mouse.move(box["x"] + 3.5 * side, box["y"] + 2.5 * side, steps=4)
    mouse.up()
    settle(root.page)
    assert place_of(root) == (1, 2)
    assert (
        root.locator(".ex-subject [data-of]").first.get_attribute("data-index")
        == "0,0,1,2"
    )


def test_a_press_on_the_output_moves_the_window_there(get):
    root = get("window")
    press(root, "Last step")
    while root.get_attribute("data-phase") != "forward":
        press(root, "Previous step")
    grid(root, "Z").locator('[data-index="0,0,3,1"]').click()
    settle(root.page)
    assert place_of(root) == (3, 1)


def test_it_slides_over_all_places_and_stops(get):
    root = get("window")
    press(root, "Slide")
    until(root.page, lambda: place_of(root) != (0, 0))
    press(root, "Stop")
    place = place_of(root)
    root.page.wait_for_timeout(600)  # for longer than the window rests at a place
    assert place_of(root) == place


def test_a_number_is_changed_in_its_cell(get):
    root = get("window")
    press(root, "Last step")
    root.get_by_label("K[0,0,0,0] in the picture").first.fill("2.5")
    settle(root.page)
    changed = replayed(SPECS["window"], 0, {"K[0,0,0,0]": 2.5})
    assert_agree(root.evaluate(NUMBERS), changed, "edited")
    assert root.get_by_label("K[0,0,0,0] as a number").input_value() == "2.5"


def test_a_link_restores_what_was_chosen(get):
    root = get("window")
    press(root, "Last step")

    def choose():
        look_at(root, "kernel")
        for name in ("Filter", "Channel"):
            group = root.get_by_role("group", name=name)
            group.locator('input[value="1"]').check(force=True)

    assert assert_linked(root, choose).startswith("mode.kernel/filter.1/channel.1")


def test_a_link_to_nothing_that_can_be_chosen_is_told(get):
    root = get("window")
    root.page.evaluate(FOLLOW, "window?step=2&view=mode.kernel/filter.1/output.9,9")
    settle(root.page)
    assert "left out: view." in heard(root)
    group = root.get_by_role("group", name="Filter")
    assert group.locator("input:checked").get_attribute("value") == "1"
    assert grid(root, "Z").count() == 1


def test_cells_are_walked_with_arrow_keys_and_chosen(get):
    root = get("padded")
    press(root, "Last step")
    look_at(root, "kernel")
    cell = grid(root, "dL/dK").locator(".nn-px").first
    cell.focus()
    root.page.keyboard.press("ArrowRight")
    root.page.keyboard.press("ArrowDown")
    settle(root.page)
    assert place_of(root) == (1, 1)
    assert "at=dL/dK[0,0,1,1]" in root.page.evaluate(
        "(r) => decodeURIComponent(r)", _link(root)
    )


def _link(root):
    return root.evaluate(
        """(root) => { const s = root.querySelector('.ex-subject [data-of]');
        return `at=${s.dataset.of}[${s.dataset.index}]`; }"""
    )


# ---------------------------------------------------------------- pooling


def test_the_first_of_equals_wins_and_takes_the_gradient(get):
    root, values = get("largest"), values_of("largest")
    said = "Where several are equally large, the first in reading order is the winner."
    assert said in root.locator(".nn-window-sum").inner_text()
    winners = root.locator(".nn-lane").first.locator(".is-winner [data-index]")
    found = {w.get_attribute("data-index") for w in winners.all()}
    assert found == {"0,0,0,1"}
    press(root, "Last step")
    settle(root.page)
    share = numbers(grid(root, "what each gets"))
    np.testing.assert_array_equal(share, values["dL/dX"][0, 0, :2, :2])
    assert np.count_nonzero(share) == 1


def test_of_a_mean_each_gets_its_share(get):
    root, values = get("mean"), values_of("mean")
    press(root, "Last step")
    settle(root.page)
    share = numbers(grid(root, "what each gets"))
    np.testing.assert_allclose(share, values["dL/dX"][0, 0, :2, :2], rtol=1e-3)


# ---------------------------------------------------------------- the page


@pytest.mark.parametrize("way", ["first", *WAYS])
@pytest.mark.parametrize("width", [320, 1440])
def test_nothing_sticks_out_and_it_fits_a_screen(get, opened, width, way):
    root = get("window")
    resized(opened, width)
    if way == "first":
        press(root, "First step")
    else:
        look_at(root, way)
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    inside = root.locator(".ex-stage").evaluate("e => e.scrollWidth - e.clientWidth")
    assert inside <= 0
    if width == 1440:
        assert root.bounding_box()["height"] <= 640
        more = "e => e.scrollHeight - e.clientHeight"
        assert root.locator(".ex-stage").evaluate(more) <= 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_has_no_finding(get, opened, theme):
    ways = dict(zip(CONVOLUTIONS, WAYS, strict=True))
    for slug in SPECS:
        press(get(slug), "Last step")
    for slug, way in ways.items():
        look_at(mounted(opened, slug), way)
    assert not axe_findings(opened, theme)
