"""A page opened from disk works as on the web."""

from explorers import NUMBERS, assert_agree, replayed, settle


def test_an_explorer_opened_from_disk(page, site, placed):
    path, spec = placed
    page.goto((site / path).as_uri())
    slug = spec["slug"]
    page.wait_for_selector(
        f'[data-explorer="{slug}"][data-ready="true"]', timeout=10_000
    )
    root = page.locator(f'[data-explorer="{slug}"]')
    root.get_by_role("button", name="Last step").click()
    settle(page)
    shown = root.evaluate(NUMBERS)
    assert shown
    assert_agree(shown, replayed(spec, 0, {}), path)
