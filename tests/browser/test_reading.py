"""A reader's way through the pages: questions, downloads, turning pages, searching."""

import json

import pytest
from explorers import SITE, resized, silent_page

CHAPTER = "notebooks/05_backpropagation_by_numbers.html"
NOTEBOOK = SITE / "_sources/notebooks/05_backpropagation_by_numbers.ipynb"
FINGER = 44  # pixels


@pytest.fixture(scope="module")
def chapter(browser, address):
    with silent_page(browser) as page:
        page.goto(f"{address}/{CHAPTER}")
        yield page


def opened(question):
    return question.locator("details[open]")


def test_a_question_is_answered_by_keyboard(chapter):
    question = chapter.locator(".self-test").first
    question.locator(".is-wrong summary").first.focus()
    chapter.keyboard.press("Enter")
    assert opened(question).locator("p").inner_text().startswith("✗ No.")
    question.locator(".is-right summary").focus()
    chapter.keyboard.press("Space")
    # One answer at a time: the wrong one has closed.
    assert opened(question).count() == 1
    assert opened(question).locator("p").inner_text().startswith("✓ Right.")


def test_an_answer_is_not_given_away(chapter):
    """Closed answers look alike, and the source, which holds them, is out of sight."""
    question = chapter.locator(".self-test").nth(1)
    looks = question.locator("details").evaluate_all(
        "all => all.map((e) => getComputedStyle(e).borderColor)"
    )
    assert len(looks) >= 3 and len(set(looks)) == 1
    source = chapter.locator(".cell:has(.self-test) :is(.cell_input, details.hide)")
    assert source.count() >= 5
    assert not any(one.is_visible() for one in source.all())


def test_answers_are_large_enough_for_a_finger(chapter):
    resized(chapter, 320, 700)
    heights = chapter.locator(".self-test summary").evaluate_all(
        "all => all.map((e) => e.getBoundingClientRect().height)"
    )
    resized(chapter, 1440)
    assert len(heights) >= 15 and min(heights) >= FINGER


def test_a_solution_is_hidden_until_asked_for(chapter):
    solution = chapter.locator(".admonition.dropdown").first
    assert not solution.locator("p").last.is_visible()
    solution.locator(".toggle-button").focus()
    chapter.keyboard.press("Enter")
    assert solution.locator("p").last.is_visible()


@pytest.mark.parametrize("home", ["the web", "a disk"])
def test_the_notebook_is_downloaded(page, address, site, home):
    page.goto(
        f"{address}/{CHAPTER}" if home == "the web" else (site / CHAPTER).as_uri()
    )
    with page.expect_download() as download:
        page.get_by_role("link", name="as a notebook").click()
    assert download.value.suggested_filename == NOTEBOOK.name
    saved = json.loads(download.value.path().read_text("utf-8"))
    assert saved == json.loads(NOTEBOOK.read_text("utf-8"))


def test_pages_are_turned(page, address):
    page.goto(f"{address}/{CHAPTER}")
    page.locator(".left-prev").click()
    page.wait_for_url("**/04_*.html")
    page.locator(".right-next").click()
    page.wait_for_url(f"**/{CHAPTER}")


@pytest.mark.parametrize(
    ("query", "wanted"),
    [("chain rule", {"05", "06"}), ("softmax", {"04"}), ("bias", {"01"})],
)
def test_the_search_finds_the_chapter(page, address, query, wanted):
    """Among the first four chapters, on the search page itself."""
    page.goto(f"{address}/search.html?q={query.replace(' ', '+')}")
    page.wait_for_function(
        "/finished/.test(document.querySelector('#search-results')?.textContent ?? '')"
    )
    links = page.locator("#search-results ul.search > li > a")
    found = links.evaluate_all("all => all.map((a) => a.getAttribute('href'))")
    chapters = [a.removeprefix("notebooks/")[:2] for a in found if "notebooks/" in a]
    assert wanted <= set(chapters[:4]), found
