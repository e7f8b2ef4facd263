"""Every page: silent, self-contained, readable by everyone."""

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from explorers import explorers_of

# Without preload: axe would ask for imported style sheets at wrong addresses.
AXE = "() => axe.run(document, {resultTypes: ['violations'], preload: false})"


def visit(page, address, path, site):
    page.goto(f"{address}/{path}")
    for spec in explorers_of(site / path):
        ready = f'[data-explorer="{spec["slug"]}"][data-ready="true"]'
        page.wait_for_selector(ready, timeout=10_000)


def test_page_is_silent_and_mounts_every_explorer(page, address, site, page_path):
    visit(page, address, page_path, site)


def test_slugs_are_unique(site, page_path):
    slugs = [spec["slug"] for spec in explorers_of(site / page_path)]
    assert len(slugs) == len(set(slugs))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_has_no_serious_finding(page, address, site, page_path, theme):
    visit(page, address, page_path, site)
    page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
    page.add_script_tag(path=AXE_FILE_PATH)
    found = page.evaluate(AXE)["violations"]
    serious = [
        f"{v['id']}: {v['help']}; {v['nodes'][0]['html'][:120]}"
        for v in found
        if v["impact"] in ("serious", "critical")
    ]
    assert not serious, "\n".join(serious)


@pytest.mark.parametrize("width", [320, 768, 1440])
def test_page_does_not_scroll_sideways(page, address, site, page_path, width):
    page.set_viewport_size({"width": width, "height": 800})
    visit(page, address, page_path, site)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width, f"{page_path} is {wide} px wide at {width} px"


def test_mathematics_is_rendered(page, address, site, page_path):
    visit(page, address, page_path, site)
    left = page.evaluate(
        "[...document.querySelectorAll('.math')].filter(e => !e.querySelector('math'))"
        ".map(e => e.textContent)"
    )
    assert not left
    assert page.locator(".temml-error, merror").count() == 0
