"""The drawings of images come in a bundle of their own, only where they are needed."""

import pytest
from drawings import page_of
from explorers import mounted
from image_pages import image_explorers
from playwright.sync_api import expect
from view_pages import gate

IMAGES = "explorer-images.js", "explorer-images.css"


def visit(page, address):
    """Opens a page from disk; what it loads of the images."""
    asked = []
    page.on("request", lambda r: asked.append(r.url.split("/")[-1].split("?")[0]))
    page.goto(address)
    mounted(page, "gate")
    return asked


def test_a_page_without_images_does_not_load_them(page, tmp_path):
    asked = visit(page, page_of(tmp_path, gate().to_html()))
    page.wait_for_load_state("networkidle")
    assert not set(IMAGES) & set(asked)


def test_a_page_with_images_loads_them_once(page, tmp_path):
    shown = image_explorers()[:2]
    held = [explorer.to_html() for explorer in (gate(), *shown)]
    asked = visit(page, page_of(tmp_path, *held))
    for explorer in shown:
        mounted(page, explorer.spec["slug"])
    assert sorted(name for name in asked if name in IMAGES) == sorted(IMAGES)


@pytest.mark.parametrize("lost", IMAGES)
def test_what_cannot_be_loaded_is_said_in_a_sentence(page, tmp_path, lost):
    image = image_explorers()[0]
    address = page_of(tmp_path, gate().to_html(), image.to_html())
    (tmp_path / lost).unlink()
    visit(page, address)
    fault = f"{lost}, which draws it, could not be loaded."
    root = page.locator(f'[data-explorer="{image.spec["slug"]}"]')
    expect(root.get_by_role("alert")).to_have_text(
        f"This explorer cannot be shown: {fault}"
    )
    expect(root.locator("table")).to_have_count(1)  # the steps, as without a script
    page.complaints.clear()  # Chromium itself writes that the file is missing
