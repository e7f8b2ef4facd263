"""The built pages, read as files: what can be checked without a browser.

The browser tests see what happens; these say where a page goes wrong, and run anywhere.
"""

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import page_weight
import pytest

SITE = page_weight.SITE
ROOT = Path(__file__).parents[1]
CONFIG = ROOT / "_config.yml"
CHAPTER = "05_backpropagation_by_numbers"
LAUNCHED = re.compile(r"mybinder\.org|colab\.research")
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


@cache
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
    assert page.classes("left-prev") or page.classes("right-next")


def test_its_file_can_be_downloaded(path, page):
    """The file itself from the web; on disk a script holds it (book_download.py)."""
    (button,) = page.classes("btn-download-source-button")
    file = page_weight.local(button["href"], path.parent)
    assert button["download"] == file.name == path.stem + file.suffix
    twin = file.with_name(file.name + ".js").read_text("utf-8")
    held = json.loads(twin.removeprefix("saveFile(").removesuffix(");"))
    assert held == file.read_text("utf-8")


def test_launch_buttons_have_an_address(path):
    """They are shown when _config.yml names the repository, and lead nowhere else."""
    text = path.read_text("utf-8")
    assert "executablebooks" not in text
    assert "/None" not in text
    assert bool(LAUNCHED.search(text)) <= bool(repository())


def repository():
    return re.search(r'^  url: "?([^"\n]*)', CONFIG.read_text("utf-8"), re.M)[1]


@pytest.fixture(scope="module")
def chapter_published_at(tmp_path_factory):
    """Build one chapter as if the book's repository stood at an address."""

    def build(address):
        book = tmp_path_factory.mktemp("book")
        for part in ("book", "nnlib/widgets/static"):
            shutil.copytree(ROOT / part, book / part)
        (book / "notebooks").mkdir()
        title = nbformat.v4.new_markdown_cell("# 05 A title", id="title")
        short = nbformat.v4.new_notebook(cells=[title])
        nbformat.write(short, book / "notebooks" / f"{CHAPTER}.ipynb")
        (book / "_toc.yml").write_text(f"format: jb-book\nroot: notebooks/{CHAPTER}\n")
        config = CONFIG.read_text("utf-8")
        named = re.sub(r"^  url: .*", f"  url: {address}", config, count=1, flags=re.M)
        (book / "_config.yml").write_text(named)
        command = [Path(sys.executable).with_name("jupyter-book"), "build", "-q", book]
        made = subprocess.run(command, capture_output=True, text=True)
        assert made.returncode == 0 and "Provider" not in made.stderr, made.stderr
        return (book / f"_build/html/notebooks/{CHAPTER}.html").read_text("utf-8")

    return build


def test_a_chapter_on_github_opens_on_binder_and_colab(chapter_published_at):
    text = chapter_published_at("https://github.com/someone/neural-book")
    file = f"notebooks/{CHAPTER}.ipynb"
    binder = "https://mybinder.org/v2/gh/someone/neural-book/main?urlpath=lab/tree/"
    colab = "https://colab.research.google.com/github/someone/neural-book/blob/main/"
    assert f'href="{binder}{file}"' in text and f'href="{colab}{file}"' in text
    assert 'href="https://github.com/someone/neural-book/issues' in text


def test_a_chapter_elsewhere_opens_on_binder_alone(chapter_published_at):
    text = chapter_published_at("https://gitlab.com/someone/neural-book")
    assert "mybinder.org/v2/gl/someone%2Fneural-book/main" in text
    assert "colab" not in text


def test_next_and_previous_lead_through_the_whole_book():
    """From the first page to the last, and the same way back."""
    links = {
        name: (turn(name, "left-prev"), turn(name, "right-next")) for name in pages()
    }
    (first,) = [name for name, (previous, _) in links.items() if not previous]
    walked = [first]
    while links[walked[-1]][1] and len(walked) < len(links):
        walked.append(links[walked[-1]][1])
    assert sorted(walked) == pages()
    assert [links[name][0] for name in walked] == ["", *walked[:-1]]


def turn(name, kind):
    """Where a page's link to its neighbour leads, '' if there is none."""
    found = Page(SITE / name).classes(kind)
    if not found:
        return ""
    target = page_weight.local(found[0]["href"], (SITE / name).parent)
    return str(target.relative_to(SITE))


def test_a_chapter_shows_what_the_notes_got_wrong(page):
    """Where errata are told, in the one section that the style sheet makes a box."""
    told = [e["text"] for e in page.all("strong") if re.fullmatch(r"E\d{3}", e["text"])]
    inside = [
        e["text"]
        for e in page.all("strong")
        if any(p.get("id") == "what-the-notes-got-wrong" for p in e["parents"])
    ]
    is_chapter = page.classes("self-test")
    assert not is_chapter or [t for t in inside if re.fullmatch(r"E\d{3}", t)] == told


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


def test_code_without_an_element_has_the_colour_of_a_name():
    """Names, punctuation and blanks stand in no element of their own (`book_trim`)."""
    style = (SITE / "_static/pygments.css").read_text("utf-8")
    for theme in ("light", "dark"):
        code = re.escape(f'html[data-theme="{theme}"] .highlight')
        colours = [
            re.findall(rf"^{code} {kind}\{{[^}}]*\bcolor: (#\w+)", style, re.M)
            for kind in ("", r"\.n ", r"\.p ", r"\.w ")
        ]
        assert len(colours[0]) == 1 and colours == [colours[0]] * 4
    pages_of_code = SITE.glob("notebooks/*.html")
    wrapped = re.compile('<span class="[npw]">')
    assert not [p.name for p in pages_of_code if wrapped.search(p.read_text("utf-8"))]


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
