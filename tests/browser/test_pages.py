"""Every page: silent, self-contained, readable by everyone."""

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from explorers import SITE, WIDE, explorers_of, mounted, reset, resized, themed

# The parts of a formula have the colour of the text around it. Regions are no obstacle
# by axe's own scale, and are dear to look for. Without preload: axe would ask for
# imported style sheets at wrong addresses.
AXE = """
async (options) => {
  const settings = {resultTypes: ['violations'], preload: false, ...options};
  return (await axe.run({exclude: [['math']]}, settings)).violations;
}
"""
ALL_RULES = {"rules": {"region": {"enabled": False}}}
COLOURS_ALONE = {"runOnly": ["color-contrast", "link-in-text-block"]}


@pytest.fixture
def visited(shelf, page_path):
    """A page with all its explorers mounted."""
    page = shelf.page(page_path)
    for spec in explorers_of(SITE / page_path):
        mounted(page, spec["slug"])
    yield page
    page.evaluate("delete document.documentElement.dataset.theme")
    page.set_viewport_size(WIDE)


def test_mathematics_is_rendered(visited):
    left = visited.evaluate(
        "[...document.querySelectorAll('.math')].filter(e => !e.querySelector('math'))"
        ".map(e => e.textContent)"
    )
    assert not left
    assert visited.locator(".temml-error, merror").count() == 0


@pytest.mark.parametrize(
    ("theme", "stop"), [("light", "Last step"), ("dark", "First step")]
)
def test_axe_finds_nothing_that_would_stop_a_reader(visited, page_path, theme, stop):
    for spec in explorers_of(SITE / page_path):
        reset(mounted(visited, spec["slug"]), stop)
    themed(visited, theme)
    visited.add_script_tag(path=AXE_FILE_PATH)
    found = visited.evaluate(AXE, ALL_RULES if theme == "light" else COLOURS_ALONE)
    assert not [
        f"{v['id']}: {v['help']}; {v['nodes'][0]['html'][:120]}"
        for v in found
        if v["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("width", [320, 768, 1440])
def test_page_does_not_scroll_sideways(visited, page_path, width):
    resized(visited, width)
    wide = visited.evaluate("document.documentElement.scrollWidth")
    assert wide <= width, f"{page_path} is {wide} px wide at {width} px"


# Runs in the page: what paper would hold.
PAPER = """
() => {
  dispatchEvent(new Event("beforeprint"));
  const seen = (e) => e.checkVisibility() && e.getBoundingClientRect().height > 0;
  // The cells of a sheet are fields too, but show numbers.
  const CONTROLS = "input:not([data-of]), .ex-transport, .ex-controls";
  const all = (selector) => [...document.querySelectorAll(selector)];
  const count = (selector) => all(selector).filter(seen).length;
  const paper = {
    theme: document.documentElement.dataset.theme,
    explorers: all("[data-explorer]").length,
    drawings: count("[data-explorer] .ex-picture"),
    tables: count("[data-explorer] .ex-all table"),
    controls: count(`[data-explorer] :is(${CONTROLS})`),
    buttons: count(":is(.toggle-button, .copybtn, .article-header-buttons)"),
    closed: count(".admonition.toggle-hidden, details.hide:not([open])"),
    answers: count(".self-test summary") - all(".self-test summary").length,
    feedback: count(".self-test details:not([open]) > p"),
    width: document.documentElement.scrollWidth,
  };
  dispatchEvent(new Event("afterprint"));
  return paper;
}
"""


def test_paper_holds_drawings_and_tables(visited):
    """Of explorers the drawing and all numbers; nothing to press, nothing told."""
    visited.set_viewport_size({"width": 700, "height": 900})  # A4 less its margins
    visited.evaluate("document.documentElement.dataset.theme = 'dark'")
    visited.emulate_media(media="print")
    paper = visited.evaluate(PAPER)
    visited.emulate_media(media="screen")
    assert paper["drawings"] == paper["tables"] == paper["explorers"]
    nothing = ("controls", "buttons", "closed", "answers", "feedback")
    assert {name: paper[name] for name in nothing} == dict.fromkeys(nothing, 0)
    assert paper["theme"] == "light" and paper["width"] <= 700
    assert visited.evaluate("document.documentElement.dataset.theme") == "dark"


def test_slugs_are_unique(page_path):
    slugs = [spec["slug"] for spec in explorers_of(SITE / page_path)]
    assert len(slugs) == len(set(slugs))
