"""Symbol, number, drawing, source: pointing at one of them lights the other three."""

import pytest
from explorers import built_pages, explorers_of, open_explorer, settle

# What is lit: symbols of formulas, numbers, elements of the drawing, words of sources.
LIT = """
(root) => {
  const all = (selector) => [...root.querySelectorAll(selector)];
  const number = (e) => `${e.dataset.of}[${e.dataset.index}]`;
  const drawn = all('.ex-stage .is-lit').map((e) =>
    number(e.matches('.nn-number') ? e : e.querySelector('.nn-number') ?? e));
  return {
    symbols: all('.ex-formula .ex-mark.is-lit').map((e) => e.textContent),
    numbers: all('.ex-ledger .nn-number.is-lit').map(number),
    drawn,
    words: all('.ex-law .ex-source .ex-mark.is-lit').map((e) => e.textContent),
    lines: all('.ex-law .ex-source.is-lit').map((e) => e.textContent),
  };
}
"""


def lit(page, root):
    settle(page)
    return {k: sorted(set(v)) for k, v in root.evaluate(LIT).items()}


def point(page, root, element, way):
    """Hover it, or walk to it with the keyboard."""
    page.mouse.move(1, 1)
    element.scroll_into_view_if_needed()
    if way == "hover":
        element.hover(force=True)
    else:
        element.evaluate("e => e.focus()")
        assert element.evaluate("e => e === document.activeElement"), "takes no focus"
    return lit(page, root)


def open_at(page, address, site, chapter, slug, step):
    path = next(p for p in built_pages() if chapter in p)
    assert slug in [s["slug"] for s in explorers_of(site / path)]
    root = open_explorer(page, address, path, slug)
    page.evaluate("h => { location.hash = h; }", f"{slug}?step={step}&size=small")
    settle(page)
    return root


@pytest.fixture
def network(page, address, site):
    """Back through h by sigmoid: dL/dz1 = dL/dh * h * (1 - h), g * (y * (1 - y))."""
    return open_at(page, address, site, "05_", "three-two-two", 18)


ALL_OF_H = ["h[0,0]", "h[0,1]"]
WAYS = pytest.mark.parametrize("way", ["hover", "focus"])


def symbol(root, text):
    """A symbol of the formula above the sum, by its letters."""
    marks = root.locator(".ex-law .ex-formula .ex-mark")
    texts = [t.replace("\u2009", "").strip() for t in marks.all_text_contents()]
    return marks.nth(texts.index(text))


def word(root, text):
    words = root.locator(".ex-law .ex-source .ex-mark")
    return words.nth(words.all_text_contents().index(text))


@WAYS
def test_a_symbol_lights_numbers_drawing_and_source(page, network, way):
    found = point(page, network, symbol(network, "h"), way)
    assert set(ALL_OF_H) <= set(found["drawn"]) and found["words"] == ["y"]
    found = point(page, network, symbol(network, "∂L∂h"), way)
    assert set(ALL_OF_H) <= set(found["drawn"]) and found["words"] == ["g"]
    assert "dL/dh[0,0]" in found["numbers"]


@WAYS
def test_a_number_lights_symbol_drawing_and_source(page, network, way):
    number = network.locator('.ex-ledger button[data-of="dL/dh"][data-index="0,0"]')
    found = point(page, network, number.first, way)
    assert "∂L∂h" in found["symbols"]
    assert found["drawn"] == ["dL/dh[0,0]", "h[0,0]"]  # and the node that it is of
    assert "g" in found["words"]


@WAYS
def test_a_drawn_element_lights_symbol_number_and_source(page, network, way):
    node = network.locator('.ex-stage [role="img"][aria-label^="h1"]').first
    tag = network.locator('.ex-stage .nn-number[data-of="dL/dh"][data-index="0,0"]')
    found = point(page, network, node if way == "focus" else tag.first, way)
    assert "h[0,0]" in found["drawn"]  # backward, a node in focus means its gradient
    assert "dL/dh[0,0]" in found["numbers"]
    assert found["words"] == ["g"] and found["symbols"] == ["∂L∂h"]


@WAYS
def test_a_word_of_the_source_lights_symbol_number_and_drawing(page, network, way):
    found = point(page, network, word(network, "y"), way)
    assert found["symbols"] == ["h"] and set(ALL_OF_H) <= set(found["drawn"])
    found = point(page, network, word(network, "g"), way)
    assert found["symbols"] == ["∂L∂h"] and set(ALL_OF_H) <= set(found["drawn"])
    assert "dL/dh[0,0]" in found["numbers"]


def test_a_gradient_lights_its_symbol_and_the_line_that_computes_it(page, network):
    number = network.locator('.ex-ledger button[data-of="dL/dz1"][data-index="0,1"]')
    found = point(page, network, number.first, "hover")
    assert "∂L∂z1" in found["symbols"]
    assert found["drawn"] == ["dL/dz1[0,1]", "z1[0,1]"]
    assert any("g * (y * (1 - y))" in line for line in found["lines"]), found


def test_what_is_lit_can_be_seen(page, network):
    """Not only a class: the colour behind it differs from that of its neighbours."""
    point(page, network, word(network, "g"), "hover")
    ground = "e => getComputedStyle(e).backgroundColor"
    for part in ("button.nn-number", "button.ex-symbol", ".ex-source .ex-mark"):
        lit_parts = network.locator(f".ex-ledger {part}.is-lit:visible")
        dark_parts = network.locator(f".ex-ledger {part}:not(.is-lit):visible")
        seen = lit_parts.first.evaluate(ground)
        assert seen != dark_parts.first.evaluate(ground), part
        assert seen not in ("transparent", "rgba(0, 0, 0, 0)"), part


def test_arrows_walk_in_a_line_and_leave_the_step_alone(page, network):
    line = network.locator(".ex-law .ex-source").first
    assert line.locator('[tabindex="0"]').count() == 1
    first = line.locator(".ex-mark").first
    first.focus()
    page.keyboard.press("ArrowRight")
    assert line.locator(".ex-mark").nth(1).evaluate("e => e === document.activeElement")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert first.evaluate("e => e === document.activeElement")
    assert network.get_attribute("data-step") == "18"


@pytest.fixture
def tensors(page, address, site):
    """Z = X W1 + b1, four rows at once."""
    return open_at(page, address, site, "02_", "xor-by-hand", 2)


@WAYS
def test_in_a_drawing_of_tensors_too(page, tensors, way):
    found = point(page, tensors, symbol(tensors, "Z"), way)
    assert {f"Z[{i},{j}]" for i in range(4) for j in range(2)} <= set(found["drawn"])
    assert "Z[0,0]" in found["numbers"]
    assert found["lines"], "the line that computes Z stays dark"

    number = tensors.locator('.ex-ledger button[data-of="Z"][data-index="1,0"]').first
    found = point(page, tensors, number, way)
    assert "Z" in found["symbols"] and "Z[1,0]" in found["drawn"] and found["lines"]

    cell = tensors.locator('.nn-cell:has([data-of="Z"][data-index="2,1"])').first
    found = point(page, tensors, cell, way)
    assert "Z" in found["symbols"] and "Z[2,1]" in found["numbers"] and found["lines"]

    found = point(page, tensors, word(tensors, "y"), way)  # np.add(x, y): y is b1
    assert any("b" in s for s in found["symbols"]), found
