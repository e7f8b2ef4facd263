"""A page opened from disk works as on the web."""

from explorers import (
    NUMBERS,
    SITE,
    assert_agree,
    explorers_of,
    mounted,
    replayed,
    reset,
)


def test_explorers_opened_from_disk(page, page_path):
    page.goto((SITE / page_path).as_uri())
    for spec in explorers_of(SITE / page_path):
        root = mounted(page, spec["slug"])
        reset(root, "Last step")
        shown = root.evaluate(NUMBERS)
        assert shown
        assert_agree(shown, replayed(spec, 0, {}), f"{page_path} {spec['slug']}")
