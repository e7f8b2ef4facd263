"""What is easily too tight: 320 px, long names, and two explorers on one page."""

import numpy as np
import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from explorers import WIDE, mounted, press, settle
from view_pages import paths

from nnlib import Tape, Trace, gradient, ops, scope
from nnlib.functional import sigmoid
from nnlib.losses import half_squared_error
from nnlib.widgets import Curve, Explorer, Network, Slider

PHONE = {"width": 320, "height": 900}


def network():
    """1-2-2-1: between the hidden layers four edges cross in little room."""
    tape = Tape()
    x = tape.input("x", [[1.5]])
    names = [["w1", "w2"], ["w3", "w4", "w5", "w6"], ["w7", "w8"]]
    shapes, weights = [(1, 2), (2, 2), (2, 1)], []
    for i, (labels, shape) in enumerate(zip(names, shapes, strict=True)):
        values = np.linspace(-0.6, 0.9, len(labels)).reshape(shape)
        weights.append(tape.input(f"W{i + 1}", values, labels=labels))
    y, values = tape.input("y", [[0.2]]), x
    for i, name in enumerate("hko"):
        with scope(f"layer {i + 1}"):
            values = ops.tanh(values @ weights[i]).named(name)
    loss = half_squared_error(values, y).named("cross_entropy")
    gradient(loss, weights)
    trace = Trace.from_tape(tape, title="A narrow network", loss=loss)
    view = Network(
        ("x", "h", "k", "o"), ("W1", "W2", "W3"), target="y", loss="cross_entropy"
    )
    return Explorer(trace, view=view, slug="net")


def mistake():
    """A confident mistake: far from the right answer the curve lies on its slope."""
    tape = Tape()
    z = tape.input("z", -8.0)
    L = half_squared_error(sigmoid(z).named("a"), tape.input("y", 0.0)).named("L")
    gradient(L, [z])
    trace = Trace.from_tape(tape, title="A confident mistake", loss=L)
    view = Curve("z", ("L", "dL/dz"), range=(-10, 3))
    controls = [Slider("z", -10, 3, 0.1), Slider("y", 0, 1, 0.1)]
    return Explorer(trace, view=view, controls=controls, slug="mistake")


def largest():
    """The gradient of a maximum goes to the first of the largest."""
    tape = Tape()
    z = tape.input("z", [2.0, 3.0, 3.0], labels=["z1", "z2", "z3"])
    L = ops.max(z, axis=0, keepdims=False).named("L")
    gradient(L, [z])
    trace = Trace.from_tape(tape, title="The largest", loss=L)
    return Explorer(trace, slug="largest")


EXPLORERS = [network(), mistake(), largest(), paths()]


def at(page, slug, size=PHONE, stop="Last step"):
    page.set_viewport_size(size)
    root = mounted(page, slug)
    press(root, stop)
    return root


def boxes(root, selector):
    found = [e.bounding_box() for e in root.locator(selector).all()]
    return [b for b in found if b is not None]


def touch(a, b):
    across = min(a["x"] + a["width"], b["x"] + b["width"]) - max(a["x"], b["x"])
    down = min(a["y"] + a["height"], b["y"] + b["height"]) - max(a["y"], b["y"])
    return across > 0 and down > 0


def assert_apart(found):
    pairs = [(a, b) for i, a in enumerate(found) for b in found[:i]]
    assert not any(touch(a, b) for a, b in pairs), found


# Where the writing below the line of steps stands: its text, not the box around it.
WORDS = """
(root) => [...root.querySelectorAll('.ex-piece > span, .ex-turn > span')].map((e) => {
  const text = document.createRange();
  text.selectNodeContents(e);
  const seen = e.closest('.ex-turn') ? e : text;
  const {x, y, width, height} = seen.getBoundingClientRect();
  return {x, y, width, height};
})
"""


def test_a_long_name_of_the_loss_keeps_off_the_words_beside_it(opened):
    words = at(opened, "net").evaluate(WORDS)
    assert len(words) == 3
    assert_apart(words)


def test_every_weight_of_a_narrow_network_has_its_name(opened):
    root = at(opened, "net")
    names = root.locator(".nn-edge-label .nn-name:visible").all_text_contents()
    assert sorted(names) == [f"w{i}" for i in range(1, 9)]
    assert_apart(boxes(root, ".nn-edge-label .nn-name:visible"))
    root.locator(".nn-edge-label", has_text="w4").click()
    settle(opened)
    assert "w4" in root.locator(".ex-subject").inner_text().replace("\n", "")


def test_a_sheet_shows_all_its_columns_on_a_phone(opened):
    sheet = at(opened, "paths").locator(".nn-sheet")
    assert sheet.evaluate("(e) => e.scrollWidth - e.clientWidth") <= 0
    gradients = sheet.locator("td:nth-child(4) [data-number]")
    assert gradients.count() > 0
    edge = sheet.bounding_box()["x"] + sheet.bounding_box()["width"]
    for box in (g.bounding_box() for g in gradients.all()):
        assert box["x"] + box["width"] <= edge + 1


@pytest.mark.parametrize("size", [PHONE, WIDE], ids=["phone", "wide"])
def test_names_of_curves_and_the_slope_stand_apart(opened, size):
    root = at(opened, "mistake", size)
    names = boxes(root, ".nn-curve-name:visible")
    assert len(names) == 2
    assert_apart(names)
    slope = boxes(root, ".nn-slope:visible")
    assert len(slope) == (size == WIDE)
    axis = root.locator(".nn-curve .nn-axis").bounding_box()["x"]
    values = boxes(root, ".nn-curve-value:visible")
    assert all(note["x"] > axis for note in slope)
    assert not any(touch(note, value) for note in slope for value in values)


def test_the_first_maximum_is_told_without_an_empty_one(opened):
    root = at(opened, "largest", WIDE)
    wanted = ["[z1≥max(z2,z3)]", "[z1<z2≥z3]", "[max(z1,z2)<z3]"]
    told = []
    picker = root.get_by_label("Tensor", exact=True)
    label = next(t for t in picker.locator("option").all_inner_texts() if "first" in t)
    picker.select_option(label=label)
    for i in range(3):
        root.get_by_label("Index on axis 0").fill(str(i))
        root.get_by_label("Index on axis 0").press("Enter")
        settle(opened)
        line = root.locator(".ex-terms .ex-call").first
        hidden = "(e) => { const c = e.cloneNode(true);"
        hidden += " c.querySelectorAll('[aria-hidden]').forEach((x) => x.remove());"
        hidden += " return c.textContent.replace(/\\s/g, ''); }"
        told.append(line.evaluate(hidden))
    assert told == wanted


def test_axe_finds_no_landmark_twice(opened):
    for slug in ("net", "largest"):
        root = at(opened, slug)
        root.locator("details").evaluate_all("(all) => all.forEach((d) => d.open = 1)")
    settle(opened)
    opened.add_script_tag(path=AXE_FILE_PATH)
    rules = "{runOnly: ['landmark-unique', 'region', 'aria-allowed-role']}"
    found = opened.evaluate(f"async () => (await axe.run({rules})).violations")
    for slug in ("net", "largest"):
        root = mounted(opened, slug)
        root.locator("details").evaluate_all("(all) => all.forEach((d) => d.open = 0)")
    assert not found, [v["nodes"][0]["html"] for v in found]


def test_the_check_keeps_back_what_is_asked_for(opened):
    root = at(opened, "mistake", WIDE)
    root.locator(".ex-proof").evaluate("(e) => { e.open = true; }")
    root.get_by_role("button", name="Check now").click()
    row = root.locator(".ex-check tbody tr")
    row.wait_for(state="visible")
    root.get_by_role("button", name="First step").click()
    settle(opened)
    assert row.is_visible()
    root.locator(".ex-predict").evaluate("(e) => { e.open = true; }")
    settle(opened)
    assert not row.is_visible()
    said = root.locator(".ex-check > p")
    assert said.inner_text() == "Kept back while you predict: 1 of 1."
    root.get_by_role("button", name="Last step").click()
    settle(opened)
    assert row.is_visible()
    root.locator(".ex-predict").evaluate("(e) => { e.open = false; }")
