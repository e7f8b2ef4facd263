"""The built pages, read as files: what can be checked without a browser.

The browser tests see what happens; these say where a page goes wrong, and run anywhere.
"""

import json
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import page_weight
import pytest

SITE = page_weight.SITE
HEAVIEST_PAGE = 500_000  # gzipped bytes of a first visit
LARGEST_HTML = 400_000
ELSEWHERE = re.compile(r"^(https?:)?//")
GONE = re.compile("mathjax|thebe|require.js|html-manager|unpkg|jsdelivr|cloudflare")
VOID = re.compile("area|base|br|col|embed|hr|img|input|link|meta|source")
NOT_READ = {"genindex.html", "search.html", "index.html"}


def pages():
    """The pages that readers read, as paths inside of the site."""
    found = (path.relative_to(SITE) for path in SITE.rglob("*.html"))
    read = (p for p in found if p.parts[0] != "_static" and p.name not in NOT_READ)
    return sorted(map(str, read))


class Page(HTMLParser):
    """Elements of a page, as (tag, attributes, text directly inside)."""

    def __init__(self, path):
        super().__init__()
        self.elements, self.open = [], []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attributes):
        element = {"tag": tag, "text": "", "parents": list(self.open)}
        element.update(attributes)
        self.elements.append(element)
        if not VOID.fullmatch(tag):
            self.open.append(element)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if not VOID.fullmatch(tag):
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if any(element["tag"] == tag for element in self.open):
            while self.open.pop()["tag"] != tag:
                pass

    def handle_data(self, data):
        if self.open:
            self.open[-1]["text"] += data

    def all(self, tag, **attributes):
        for element in self.elements:
            right_tag = tag in ("*", element["tag"])
            if right_tag and all(element.get(k) == v for k, v in attributes.items()):
                yield element

    def having(self, attribute):
        return [e for e in self.elements if attribute in e]

    def classes(self, name):
        return [e for e in self.elements if name in (e.get("class") or "").split()]


@pytest.fixture(scope="module", params=pages() or ["the site is not built"])
def path(request):
    if request.param == "the site is not built":
        pytest.fail("the site is not built: make html builds it")
    return SITE / request.param


@pytest.fixture(scope="module")
def page(path):
    return Page(path)


def test_it_loads_nothing_from_elsewhere(path, page):
    addresses = page_weight.Resources(path.read_text("utf-8")).found
    assert not [a for a in addresses if a and ELSEWHERE.match(a)]


def test_it_names_no_script_that_was_taken_out(path):
    heads = path.read_text("utf-8").split("<body", 1)[0].lower()
    assert not GONE.findall(heads)


def test_everything_that_it_loads_exists(path):
    missing = [file for file in page_weight.resources(path) if not file.is_file()]
    assert not missing


def anchors(path):
    return {e["id"] for e in Page(path).having("id")} | {""}


def test_its_links_lead_somewhere(path, page):
    dead = []
    for link in page.all("a"):
        address = link.get("href") or ""
        if re.match(r"^[a-z]+:", address) or ELSEWHERE.match(address):
            continue
        place, _, anchor = address.partition("#")
        target = page_weight.local(place, path.parent) if place else path
        exists = target.is_file()
        if not exists or (target.suffix == ".html" and anchor not in anchors(target)):
            dead.append(address)
    # A link to a place inside of an explorer: the page finds it, not the file.
    slugs = {e["data-explorer"] for e in page.having("data-explorer")}
    assert not [a for a in dead if a.lstrip("#").split("?")[0] not in slugs]


def test_it_is_light_enough(path):
    assert page_weight.total(path) <= HEAVIEST_PAGE


def test_its_own_html_is_small(path):
    assert path.stat().st_size <= LARGEST_HTML


def test_the_explorer_script_is_loaded_once_and_last(page):
    scripts = [e for e in page.all("script") if "explorer.js" in (e.get("src") or "")]
    assert len(scripts) == 1 and "defer" in scripts[0]


def test_every_explorer_has_its_data_and_a_table(page):
    roots = page.having("data-explorer")
    inside = {root["data-explorer"]: [] for root in roots}
    for element in page.elements:
        for root in (p for p in element["parents"] if "data-explorer" in p):
            inside[root["data-explorer"]].append(element)
    for slug, elements in inside.items():
        (data,) = (e for e in elements if e.get("type") == "application/json")
        assert json.loads(data["text"])["slug"] == slug
        assert any(e["tag"] == "table" for e in elements)


def test_no_two_elements_have_the_same_id(page):
    counts = Counter(e["id"] for e in page.having("id"))
    assert not [name for name, count in counts.items() if count > 1]


def test_pictures_have_alt_text(page):
    alts = [(e.get("src"), (e.get("alt") or "").strip()) for e in page.all("img")]
    assert not [source for source, alt in alts if not alt]
    assert not [alt for _, alt in alts if re.search(r"\.\w{3,4}$", alt)]


def test_formulas_hold_latex(page):
    """What the explorer script turns into MathML."""
    for element in page.classes("math"):
        shown = element["tag"] == "div"
        opening, closing = (r"\[", r"\]") if shown else (r"\(", r"\)")
        text = element["text"].strip()
        assert text.startswith(opening) and text.endswith(closing) and len(text) > 4


def test_it_says_its_language_and_title(page):
    (html,) = page.all("html")
    titles = [e for e in page.all("title") if e["parents"][-1]["tag"] == "head"]
    assert html["lang"] == "en" and titles[0]["text"].strip()


def test_it_leads_on(page):
    """Previous or next, and the file that it was made from."""
    assert page.classes("left-prev") or page.classes("right-next")
    assert page.classes("btn-download-source-button")


def test_launch_buttons_have_an_address(path):
    """They are shown when _config.yml names the repository, and lead nowhere else."""
    text = path.read_text("utf-8")
    assert "executablebooks" not in text
    assert "/None" not in text


def test_every_icon_is_in_the_fonts(page):
    css = (SITE / "_static/styles/pydata-sphinx-theme.css").read_text("utf-8")
    names = {n for e in page.elements for n in (e.get("class") or "").split()}
    icons = {n for n in names if re.fullmatch(r"fa-[a-z-]+", n)}
    icons -= {"fa-solid", "fa-regular", "fa-brands", "fa-lg"}
    assert not [icon for icon in icons if f".{icon}:before" not in css]


def test_chapters_have_the_numbers_of_their_files():
    for path in (SITE / "notebooks").glob("*.html"):
        first = next(iter(Page(path).classes("section-number")))
        assert first["text"].strip() == f"{int(path.name.split('_')[0])}."


def test_the_search_knows_every_page():
    index = (SITE / "searchindex.js").read_text("utf-8")
    assert not [name for name in pages() if name.removesuffix(".html") not in index]


def test_the_first_address_leads_to_the_first_page():
    text = (SITE / "index.html").read_text("utf-8")
    (target,) = re.findall(r"url=([^\"'>]+)", text)
    assert (SITE / target.strip()).is_file()


def test_the_fonts_carry_their_licence():
    licence = (SITE / "_static/fonts/OFL.txt").read_text("utf-8")
    assert "SIL OPEN FONT LICENSE" in licence


def test_nothing_names_the_machine_that_built_the_site():
    root = str(Path(__file__).parents[1].resolve())
    assert not [name for name in pages() if root in (SITE / name).read_text("utf-8")]
