"""Maps of an image's channels, and receptive fields, on a page of small explorers."""

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
    press,
    replayed,
    resized,
    settle,
)
from linked import assert_linked
from map_pages import map_explorers

EXPLORERS = map_explorers()
SPECS = specs_of(EXPLORERS)
DRAWN = [slug for slug in SPECS if slug != "unchained"]
# The colour of every pixel of a tensor: one corner of each of its squares.
PIXELS = """
([root, name, columns]) => {
  const rows = [...root.querySelectorAll('.nn-maps-row')];
  const row = rows.find((e) => e.getAttribute('aria-label').startsWith(`${name}. `));
  return [...row.querySelectorAll('canvas')].flatMap((canvas) => {
    const {width, height} = canvas;
    const cell = width / columns;
    const {data} = canvas.getContext('2d').getImageData(0, 0, width, height);
    return Array.from({length: (height / cell) * columns}, (_, i) => {
      const at = 4 * (Math.floor(i / columns) * cell * width + (i % columns) * cell);
      return [...data.slice(at, at + 4)];
    });
  });
}
"""


def part(root, name):
    """The maps, or the grid, of a tensor: what the keyboard walks."""
    return root.locator(f'[role=application][aria-label^="{name}"]').first


def keys(root, *names):
    for name in names:
        root.page.keyboard.press(name)
    settle(root.page)


def text(locator):
    plain = unicodedata.normalize("NFKC", locator.inner_text())
    return " ".join(plain.replace("\n", "").split())


def centre(root, name, row, column, n):
    canvas = part(root, name).locator("canvas, svg").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    cell = box["width"] / n
    return box["x"] + (column + 0.5) * cell, box["y"] + (row + 0.5) * cell


# ---------------------------------------------------------------- every number


@pytest.mark.parametrize("size", ["big", "small"])
@pytest.mark.parametrize("slug", DRAWN)
def test_every_stop_shows_the_numbers_of_python(get, slug, size):
    root = get(slug)
    choose_size(root, size)
    values = replayed(SPECS[slug], 0, {})
    assert_stops(root, values, slug)


@pytest.mark.parametrize("slug", ["painted", "fields"])
def test_numbers_follow_the_controls(get, slug):
    root, controls = get(slug), SPECS[slug]["controls"]
    press(root, "Last step")
    for end in ("min", "max"):
        taken = change(root, {c["target"]: c[end] for c in controls})
        assert_agree(root.evaluate(NUMBERS), replayed(SPECS[slug], 0, taken), slug)


@pytest.mark.parametrize(
    ("slug", "name", "columns"),
    [
        ("painted", "x", 6),
        ("painted", "z", 6),
        ("painted", "q", 3),
        ("painted", "dL/dx", 6),
        ("colours", "x", 32),
        ("colours", "z", 8),
    ],
)
def test_every_pixel_has_the_colour_of_its_number(get, slug, name, columns):
    root = get(slug)
    press(root, "Last step")
    settle(root.page)
    name = name if name in replayed(SPECS[slug], 0, {}).values else gradient_of(root)
    shown = np.array(root.page.evaluate(PIXELS, [root.element_handle(), name, columns]))
    values = np.ravel(replayed(SPECS[slug], 0, {}).values[name])
    blue, orange = (0, 104, 163), (184, 74, 0)
    share = np.abs(values) / np.abs(values).max()
    alpha = np.round(255 * np.where(values == 0, 0, 0.06 + 0.94 * share))
    assert np.abs(shown[:, 3] - alpha).max() <= 1
    for colour, sign in ((blue, values > 0), (orange, values < 0)):
        strong = sign & (alpha > 100)  # a faint canvas rounds its colours
        assert np.abs(shown[strong, :3] - colour).max(initial=0) <= 3


def gradient_of(root):
    """The name of the gradient below the image, whatever the loss is called."""
    second = root.locator(".nn-maps-row").nth(1)
    return second.get_attribute("aria-label").split(". ")[0]


def test_a_tensor_is_empty_until_it_is_computed(get):
    root = get("painted")
    empty = root.locator(".nn-maps-row.is-empty:visible")
    assert empty.count() == 3
    press(root, "Last step")
    settle(root.page)
    assert root.locator(".nn-maps-row.is-empty:visible").count() == 0
    assert root.locator(".nn-maps-row:visible").count() == 8


# ---------------------------------------------------------------- painting


def test_a_stroke_paints_the_pixels_that_it_crosses(get):
    root = get("painted")
    press(root, "Last step")
    recorded = replayed(SPECS["painted"], 0, {}).values["x"][0, 0]
    row = int(np.argmax(recorded[:, 1] < 0.5))
    x, y = centre(root, "x", row, 1, 6)
    end, _ = centre(root, "x", row, 4, 6)
    mouse = root.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(end, y, steps=6)
    mouse.up()
    settle(root.page)
    wanted = {f"x[0,0,{row},{j}]": 1.0 for j in (1, 2, 3, 4)}
    assert_agree(root.evaluate(NUMBERS), replayed(SPECS["painted"], 0, wanted), "paint")
    sliders = controls_at(root)
    assert {k: sliders[k] for k in wanted} == wanted
    root.page.mouse.click(x, y)
    settle(root.page)
    assert controls_at(root)[f"x[0,0,{row},1]"] == 0


def test_enter_paints_and_the_arrows_walk(get):
    root = get("painted")
    part(root, "x").focus()
    keys(root, *["ArrowLeft", "ArrowUp"] * 6)  # from where the last test left it
    keys(root, "ArrowRight", "ArrowDown", "Enter")
    before = replayed(SPECS["painted"], 0, {}).values["x"][0, 0, 1, 1]
    after = controls_at(root)["x[0,0,1,1]"]
    assert after == (0 if before > 0.5 else 1)
    keys(root, " ")
    assert controls_at(root)["x[0,0,1,1]"] == (1 - after)
    assert root.get_attribute("data-step") == "0"
    assert text(root.locator(".nn-maps-told p")) == f"x[0,0,1,1] = {1 - after:g}"


def test_the_pixels_sliders_are_folded_away(get):
    root = get("painted")
    folded = root.locator(".ex-folded")
    assert folded.locator("summary").inner_text() == "36 numbers of x"
    assert folded.locator("input[type=range]").count() == 36
    assert root.get_by_label("b1[0]", exact=True).is_visible()
    assert not root.get_by_label("x[0,0,0,0]", exact=True).is_visible()


# ---------------------------------------------------------------- what it sees


def test_a_chosen_element_outlines_what_it_sees(get):
    root = get("painted")
    press(root, "Last step")
    part(root, "q.").focus()
    keys(root, "PageDown", "ArrowDown", "ArrowDown")
    value = replayed(SPECS["painted"], 0, {}).values["q"][0, 1, 2, 0]
    line = root.locator(".nn-maps-told p")
    number = line.locator('[data-of="q"]')
    assert number.get_attribute("data-index") == "0,1,2,0"
    assert float(number.get_attribute("data-number")) == pytest.approx(value, rel=1e-12)
    assert text(line).endswith("; it sees rows 1 to 5 and columns 0 to 4 of x")

    def outlines(name):
        paths = part(root, name).locator(".nn-maps-field").all()
        return [path.get_attribute("d") for path in paths]

    assert outlines("x.") == ["M0 1h5v5h-5z"]
    assert outlines("z.") == ["M0 2h4v4h-4z"] * 2
    assert outlines("p.") == ["M0 1h2v2h-2z"] * 2
    assert outlines("q.") == [None] * 3
    assert "q[0,1,2,0] =" in text(root.locator(".ex-subject"))


def test_pooling_sees_its_own_channel_only(get):
    root = get("painted")
    press(root, "Last step")
    x, y = centre(root, "p.", 1, 2, 3)
    root.page.mouse.click(x, y)
    settle(root.page)
    paths = part(root, "z.").locator(".nn-maps-field").all()
    assert [path.get_attribute("d") for path in paths] == ["M4 2h2v2h-2z", None]


def test_a_score_sees_everything(get):
    root = get("painted")
    press(root, "Last step")
    root.locator('.nn-maps-bars .nn-number[data-of="y"]').first.click()
    settle(root.page)
    field = part(root, "x.").locator(".nn-maps-field")
    assert field.get_attribute("d") == "M0 0h6v6h-6z"
    assert text(root.locator(".nn-maps-told p")).endswith("it sees all of x")


def test_the_pointer_lights_a_pixel_and_tells_its_number(get):
    root = get("painted")
    press(root, "Last step")
    root.page.mouse.move(*centre(root, "x.", 3, 2, 6))
    settle(root.page)
    lit = part(root, "x.").locator(".nn-maps-lit")
    assert lit.get_attribute("d") == "M2 3h1v1h-1z"
    assert text(root.locator(".ex-readout")).startswith("x[0,0,3,2] = ")
    root.page.mouse.move(0, 0)
    settle(root.page)
    assert lit.get_attribute("d") is None


# ---------------------------------------------------------------- receptive fields


def words(root, name):
    layer = root.locator(f'.nn-field-layer:has([aria-label^="{name}"])')
    return " ".join(layer.locator(".nn-field-words").all_inner_texts()).strip()


def test_a_unit_sees_back_to_the_image_and_into_the_padding(get):
    root = get("fields")
    part(root, "q,").focus()
    keys(root, *["ArrowUp", "ArrowLeft"] * 3)
    assert words(root, "q,") == "row 0, column 0"
    assert words(root, "p,") == "seen: rows −1 … 1, columns −1 … 1"
    assert words(root, "z,") == "seen: rows −2 … 3, columns −2 … 3"
    assert words(root, "x,") == "seen: rows −3 … 4, columns −3 … 4"
    outline = part(root, "x,").locator(".nn-field-sees").get_attribute("d")
    assert outline == "M-3 -3h8v8h-8z"
    told = text(root.locator(".nn-field-told"))
    assert told.endswith("; it sees 8 × 8 pixels of x, some of them padding.")
    assert "q[0,0,0,0] =" in text(root.locator(".ex-subject"))


def test_a_pixel_is_seen_by_the_units_of_later_layers(get):
    root = get("fields")
    part(root, "q,").focus()
    keys(root, *["ArrowUp", "ArrowLeft"] * 3, "ArrowDown")
    root.page.mouse.move(*field_centre(root, "x,", 2, 5))
    settle(root.page)
    assert words(root, "x,") == "row 2, column 5"
    assert words(root, "z,") == "see it: rows 1 … 3, columns 4 … 5"
    assert words(root, "p,") == "see it: rows 0 … 1, columns 2"
    seen = part(root, "q,").locator(".nn-field-seen-by").get_attribute("d")
    assert seen == "M1 0h2v3h-2z"
    root.page.mouse.move(0, 0)
    settle(root.page)
    assert words(root, "q,") == "row 1, column 0"


def test_a_link_restores_the_unit_and_one_without_it_the_middle(get):
    root = get("fields")

    def choose():
        root.page.mouse.click(*field_centre(root, "x,", 2, 5))
        root.page.mouse.move(0, 0)

    assert assert_linked(root, choose) == ""  # it is the selected number


def field_centre(root, name, row, column):
    grid = part(root, name).locator("svg")
    box, (x, y, wide, _) = grid.bounding_box(), view_box(grid)
    cell = box["width"] / wide
    return box["x"] + (column - x + 0.5) * cell, box["y"] + (row - y + 0.5) * cell


def view_box(grid):
    return [float(n) for n in grid.get_attribute("viewBox").split()]


def test_a_unit_is_dragged_and_stays(get):
    root, mouse = get("fields"), get("fields").page.mouse
    mouse.move(*field_centre(root, "z,", 0, 0))
    mouse.down()
    mouse.move(*field_centre(root, "z,", 4, 3), steps=4)
    mouse.up()
    mouse.move(0, 0)
    settle(root.page)
    assert words(root, "z,") == "row 4, column 3"
    assert words(root, "x,") == "seen: rows 3 … 5, columns 2 … 4"


def test_the_sum_has_the_numbers_of_the_network(get):
    root = get("fields")
    rows = root.locator(".nn-field-sum tbody tr").all()
    cells = [row.locator("td").all_inner_texts() for row in rows]
    assert cells == [
        ["", "", "", "1", "1"],
        ["3", "1", "1", "1·1 = 1", "1 + (3 − 1)·1 = 3"],
        ["2", "2", "0", "1·2 = 2", "3 + (2 − 1)·1 = 4"],
        ["3", "1", "1", "2·1 = 2", "4 + (3 − 1)·2 = 8"],
    ]
    part(root, "p,").focus()
    keys(root, "ArrowUp")
    assert root.locator("tr.is-current th .ex-hidden").inner_text() == "p"


def test_taps_that_stand_apart_are_outlined_each(get):
    root = get("dilated")
    sees = part(root, "x,").locator(".nn-field-sees").get_attribute("d")
    assert sees.count("M") == 1 + 2 * 3
    rows = [text(row) for row in root.locator(".nn-field-sum tbody tr").all()]
    assert "1 + (2 − 1)·2·1 = 3" in rows[2]
    assert "1 + (3 − 1)·2·1 = 5" in rows[3]


def test_what_is_no_chain_is_said(get):
    told = get("unchained").locator(".nn-view").inner_text()
    sentence = "x does not come after q; layers are named from the image on."
    assert told == f"There is no receptive field to draw: {sentence}"


# ---------------------------------------------------------------- the page


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_has_no_finding(get, opened, theme):
    for slug in SPECS:
        press(get(slug), "Last step")
    assert not axe_findings(opened, theme)


def test_the_canvas_follows_the_theme(get, opened):
    root = get("painted")

    def strongest():
        pixels = opened.evaluate(PIXELS, [root.element_handle(), "x", 6])
        return max(pixels, key=lambda pixel: pixel[3])[:3]

    assert strongest() == [0, 104, 163]
    opened.evaluate("document.documentElement.dataset.theme = 'dark'")
    settle(opened)
    assert strongest() == [109, 193, 240]
    opened.evaluate("delete document.documentElement.dataset.theme")
    settle(opened)
    assert strongest() == [0, 104, 163]


@pytest.mark.parametrize("width", [320, 768, 1440])
def test_the_page_fits_its_width_and_the_explorers_one_screen(get, opened, width):
    roots = [get(slug) for slug in SPECS]
    for root in roots:
        press(root, "Last step")
    resized(opened, width)
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    for box in opened.locator(".nn-maps-image, .nn-field-grid svg").all():
        assert not box.is_visible() or box.bounding_box()["width"] <= width - 24
    if width == 1440:
        assert max(root.bounding_box()["height"] for root in roots) <= 640


def test_a_large_image_is_one_canvas_and_no_crowd_of_elements(get):
    """So that a slider redraws it within a frame; the time is in benchmarks/page.py."""
    root = get("colours")
    press(root, "Last step")
    for image in root.locator(".nn-maps-image").all():
        assert image.locator("canvas").count() == 1
        assert image.locator("*").count() < 20
