"""Link to here: another browser that opens it sees the same, on a phone too."""

from contextlib import contextmanager

import pytest
from explorers import (
    NUMBERS,
    SET,
    SITE,
    assert_agree,
    built_pages,
    explorers_of,
    open_explorer,
    replayed,
    settle,
    until,
)
from linked import CHOICES

PHONE = {
    "viewport": {"width": 320, "height": 640},
    "has_touch": True,
    "is_mobile": True,
    "permissions": ["clipboard-read", "clipboard-write"],
}
# All that a reader has chosen, read from the page as a reader would see it.
STATE = """
(root) => ({
  drawing: (CHOICES)(root),
  step: root.dataset.step, steps: root.dataset.steps, phase: root.dataset.phase,
  choices: [...root.querySelectorAll('.ex-choice input:checked')].map((e) => e.value),
  controls: Object.fromEntries([...root.querySelectorAll('.ex-control')]
    .filter((e) => !e.hidden)
    .map((e) => [e.querySelector('[aria-label]').getAttribute('aria-label'),
      [...e.querySelectorAll('input')].map((i) => i.value).join()])),
  tensor: root.querySelector('.ex-pick select').value,
  element: [...root.querySelectorAll('.ex-index input')].map((e) => e.value),
  selected: [...root.querySelectorAll('.is-selected')]
    .map((e) => [e.dataset.of, e.dataset.index].join()).sort(),
  open: [...root.querySelectorAll('details')].map((e) => [e.className, e.open]),
  asked: root.querySelector('.ex-predict label')?.dataset.asked ?? null,
})
""".replace("CHOICES", CHOICES)
# Of each choice in a drawing the last one; boxes are opened, and what is in them too.
CHOOSE = """
async (root) => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => done()));
  const seen = (what) => [...root.querySelectorAll(`.ex-stage ${what}`)]
    .filter((e) => e.checkVisibility());
  for (const group of seen('.ex-choice')) {
    [...group.querySelectorAll('input')].pop().click();
    await frame();
  }
  for (const list of seen('select')) {
    list.selectedIndex = list.length - 1;
    list.dispatchEvent(new Event('change', {bubbles: true}));
  }
  for (const button of seen('.nn-seq-fold')) button.click();
  for (let i = 0; i < 2; i += 1) {
    seen('[aria-expanded=false]')[0]?.click();
    await frame();
  }
}
"""


# Of the numbers those that are seen: a drawing may keep others for when it unfolds.
SEEN = NUMBERS.replace(
    ".map(", ".filter((e) => e.checkVisibility({checkOpacity: true})).map("
)


def one_of_each_view():
    """The explorer with the most variants of each kind of view, and its page."""
    found = {}
    for path in built_pages():
        for spec in explorers_of(SITE / path):
            held = found.setdefault(spec["view"]["kind"], (path, spec))
            if len(spec["variants"]) > len(held[1]["variants"]):
                found[spec["view"]["kind"]] = (path, spec)
    return found


VIEWS = one_of_each_view()


@contextmanager
def phone(browser, address):
    context = browser.new_context(**PHONE)
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert not errors


def copied(page, root):
    root.get_by_role("button", name="Link to here").tap()
    root.get_by_text("The link to this state is copied").first.wait_for()
    return page.evaluate("navigator.clipboard.readText()")


def follow(page, link, slug):
    page.goto("about:blank")
    page.goto(link)
    page.wait_for_load_state("load")
    # The others too: those above it could push it down.
    page.wait_for_function(
        "!document.querySelector('[data-explorer]:not([data-ready])')"
    )
    settle(page)
    return page.locator(f'[data-explorer="{slug}"]')


def change_things(page, root, spec):
    """Touch all that an explorer has: variant, size, step, drawing, sliders, panels."""
    if len(spec["variants"]) > 1:
        root.locator(".ex-head .ex-choice input").nth(1).evaluate("e => e.click()")
    root.locator('.ex-transport input[value="big"]').evaluate("e => e.click()")
    settle(page)
    for name in ("Last step", "Previous step"):
        root.get_by_role("button", name=name).tap()
    settle(page)
    root.evaluate(CHOOSE)
    wanted = {c["target"]: c["min"] for c in spec["controls"][:2]}
    page.evaluate(SET, [root.element_handle(), wanted])
    picker = root.locator(".ex-pick select")
    picker.select_option(index=1)
    for name in ("ex-predict", "ex-all", "ex-primitives", "ex-folded"):
        panel = root.locator(f"details.{name}")
        if panel.count():
            panel.evaluate("e => { e.open = true; }")
    settle(page)
    settle(page)


@pytest.mark.parametrize("kind", sorted(VIEWS) or ["no-site"])
def test_a_link_restores_everything_on_a_phone(browser, address, kind):
    path, spec = VIEWS[kind]
    with phone(browser, address) as page:
        root = open_explorer(page, address, path, spec["slug"])
        change_things(page, root, spec)
        before, link = root.evaluate(STATE), copied(page, root)
        numbers = root.evaluate(SEEN)
    with phone(browser, address) as page:
        root = follow(page, link, spec["slug"])
        until(page, lambda: sorted(root.evaluate(SEEN)) == sorted(numbers))
        assert root.evaluate(STATE) == before
        top = top_of(root)
        height = root.evaluate("e => e.getBoundingClientRect().height")
        assert -5 <= top <= 200, f"the explorer begins {top} px below the screen's top"
        assert height > 100
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("chapter", ["05_", "25_"])
def test_what_is_drawn_later_pushes_nothing_away(browser, address, chapter):
    """On a slow phone the formulas and the other explorers come seconds later."""
    path = next(p for p in built_pages() if chapter in p)
    slug = explorers_of(SITE / path)[-1]["slug"]
    with phone(browser, address) as page:
        session = page.context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        root = follow(page, f"{address}/{path}#{slug}?step=1", slug)
        assert top_of(root) == pytest.approx(64, abs=2)
        page.mouse.wheel(0, -300)
        until(page, lambda: top_of(root) > 200)
        page.evaluate("document.body.style.paddingBottom = '50px'")
        settle(page)
        assert top_of(root) > 200, "a reader who went away is taken back"


def top_of(root):
    return root.evaluate("e => e.getBoundingClientRect().top")


@pytest.fixture
def network(page, address, site):
    path = next(p for p in built_pages() if "05_" in p)
    spec = next(s for s in explorers_of(site / path) if s["slug"] == "three-two-two")
    return open_explorer(page, address, path, spec["slug"]), spec


def go_to(page, hash_):
    page.evaluate("hash => { location.hash = hash; }", f"three-two-two?{hash_}")
    settle(page)
    settle(page)


def opened(root):
    return root.evaluate(
        "e => [...e.querySelectorAll('details')].filter((d) => d.open)"
        ".map((d) => d.className)"
    )


def test_each_panel_has_its_name(page, network):
    root, _ = network
    names = {
        "predict": "ex-predict",
        "proof": "ex-proof",
        "table": "ex-all",
        "primitives": "ex-primitives",
    }
    for panel, name in names.items():
        go_to(page, f"step=15&size=small&open={panel}")
        assert opened(root) == [name]
    go_to(page, f"step=15&size=small&open={','.join(names)}")
    assert sorted(opened(root)) == sorted(names.values())
    go_to(page, "step=15&size=small&open=everything,predict")
    assert opened(root) == ["ex-predict"]
    assert "left out: open" in root.locator(".ex-readout").inner_text()


def test_a_link_tells_all_so_what_it_leaves_out_is_as_recorded(page, network):
    """Followed on the same page, it undoes what the reader had changed before."""
    root, spec = network
    go_to(page, "step=9&size=small&set.w1=2&at=dL/dw1&open=predict,table")
    go_to(page, "step=3&size=big&set.w2=1")
    assert root.evaluate(STATE)["open"] and opened(root) == []
    assert root.evaluate(STATE)["tensor"] == ""
    assert_agree(root.evaluate(NUMBERS), replayed(spec, 0, {"w2": 1}), "after the link")


def test_the_field_holds_the_link_where_nothing_can_be_copied(page, network):
    root, _ = network
    go_to(page, "step=4&size=small")
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(); }")
    root.get_by_role("button", name="Link to here").click()
    field = root.get_by_label("Link to this state")
    field.wait_for()
    assert field.input_value().endswith("#three-two-two?step=4&size=small")
