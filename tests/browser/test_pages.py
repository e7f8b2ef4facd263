"""Every page: silent, self-contained, readable by everyone."""

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from explorers import SITE, explorers_of, silent_page

# Without preload: axe would ask for imported style sheets at wrong addresses.
AXE = "() => axe.run(document, {resultTypes: ['violations'], preload: false})"


@pytest.fixture(scope="module")
def visited(browser, address, page_path):
    """A page with all its explorers mounted, opened once for the tests below."""
    with silent_page(browser) as page:
        page.goto(f"{address}/{page_path}")
        for spec in explorers_of(SITE / page_path):
            ready = f'[data-explorer="{spec["slug"]}"][data-ready="true"]'
            page.wait_for_selector(ready, timeout=10_000)
        yield page


def test_mathematics_is_rendered(visited):
    left = visited.evaluate(
        "[...document.querySelectorAll('.math')].filter(e => !e.querySelector('math'))"
        ".map(e => e.textContent)"
    )
    assert not left
    assert visited.locator(".temml-error, merror").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_has_no_serious_finding(visited, theme):
    visited.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
    visited.wait_for_timeout(400)  # the theme fades its colours
    visited.add_script_tag(path=AXE_FILE_PATH)
    serious = [
        f"{v['id']}: {v['help']}; {v['nodes'][0]['html'][:120]}"
        for v in visited.evaluate(AXE)["violations"]
        if v["impact"] in ("serious", "critical")
    ]
    assert not serious, "\n".join(serious)


@pytest.mark.parametrize("width", [320, 768, 1440])
def test_page_does_not_scroll_sideways(visited, page_path, width):
    visited.set_viewport_size({"width": width, "height": 800})
    visited.wait_for_timeout(150)
    wide = visited.evaluate("document.documentElement.scrollWidth")
    assert wide <= width, f"{page_path} is {wide} px wide at {width} px"


def test_slugs_are_unique(page_path):
    slugs = [spec["slug"] for spec in explorers_of(SITE / page_path)]
    assert len(slugs) == len(set(slugs))
