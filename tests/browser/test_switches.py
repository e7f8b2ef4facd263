"""Variants with a switch for each part of their labels."""

import pytest
from drawings import page_of
from explorers import mounted, settle
from image_pages import sizes
from playwright.sync_api import expect


@pytest.fixture
def root(page, tmp_path):
    page.goto(page_of(tmp_path, sizes().to_html()))
    return mounted(page, "sizes")


def option(root, switch, name):
    return root.get_by_role("group", name=switch, exact=True).get_by_label(name)


def choose(root, switch, name):
    option(root, switch, name).check(force=True)
    settle(root.page)


def test_a_switch_for_each_part(root):
    assert option(root, "stride", "1").is_checked()
    assert option(root, "padding", "0").is_checked()
    choose(root, "stride", "2")
    assert option(root, "stride", "2").is_checked()
    assert option(root, "padding", "0").is_checked()


def test_what_does_not_exist_is_marked_and_explained(root):
    expect(option(root, "padding", "1")).to_have_attribute("aria-disabled", "false")
    choose(root, "stride", "2")
    absent = option(root, "padding", "1")
    expect(absent).to_have_attribute("aria-disabled", "true")
    absent.dispatch_event("click")
    settle(root.page)
    assert option(root, "padding", "0").is_checked()
    said = "There is no padding 1 with stride 2 here."
    expect(root.locator(".ex-readout")).to_have_text(said)


def test_numbers_stay_and_a_link_restores_both(root):
    field = root.get_by_label("K[0,0,0,0] as a number")
    field.fill("1.5")
    choose(root, "padding", "1")
    expect(field).to_have_value("1.5")
    root.page.evaluate("location.hash = '#sizes?variant=1&set.K[0,0,0,0]=0.5'")
    settle(root.page)
    assert option(root, "stride", "2").is_checked()
    assert option(root, "padding", "0").is_checked()
    expect(field).to_have_value("0.5")
