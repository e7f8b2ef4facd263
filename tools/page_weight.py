"""How heavy is a page for a reader who comes for the first time?

    python tools/page_weight.py [notebooks/05_backpropagation_by_numbers.html]

Prints the bytes, plain and gzipped, of a page and of everything that it loads: scripts,
style sheets, pictures, and the fonts that the style sheets may ask for.  Fonts and
pictures are compressed already and count as they are.
"""

import gzip
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

SITE = (Path(__file__).parent.parent / "_build/html").resolve()
COMPRESSED = {".woff2", ".woff", ".png", ".jpg", ".jpeg", ".gif", ".webp"}
LOADING_LINKS = {"stylesheet", "icon", "preload", "modulepreload"}
STYLE_URL = re.compile(r"url\(\s*[\"']?([^\"')]+)[\"']?\s*\)")


class Resources(HTMLParser):
    """The addresses that a browser fetches by itself when it opens a page."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "link":
            kinds = set((attributes.get("rel") or "").split())
            if kinds & LOADING_LINKS:
                self.found.append(attributes.get("href"))
        elif tag in ("script", "img", "source", "iframe", "video", "audio", "embed"):
            self.found.append(attributes.get("src"))


def is_file_address(address):
    return bool(address) and not address.startswith(("data:", "#", "blob:"))


def local(address, folder):
    return (folder / unquote(urlsplit(address).path)).resolve()


def resources(page):
    """Files that opening `page` loads, itself first."""
    html = Path(page).read_text("utf-8")
    addresses = [a for a in Resources(html).found if is_file_address(a)]
    files = [local(a, Path(page).parent) for a in addresses]
    for style in [file for file in files if file.suffix == ".css"]:
        urls = STYLE_URL.findall(style.read_text("utf-8"))
        files += [local(url, style.parent) for url in urls if is_file_address(url)]
    return list(dict.fromkeys([Path(page).resolve(), *files]))


def weight(file):
    """(plain, gzipped) bytes of a file."""
    data = file.read_bytes()
    if file.suffix in COMPRESSED:
        return len(data), len(data)
    return len(data), len(gzip.compress(data, 9))


def total(page):
    """Gzipped bytes of a first visit."""
    return sum(weight(file)[1] for file in resources(page))


def report(page):
    rows = [(*weight(file), file) for file in resources(page)]
    print(f"{page.relative_to(SITE)}\n{'bytes':>10} {'gzipped':>9}  file")
    for plain, gzipped, file in sorted(rows, key=lambda row: -row[1]):
        print(f"{plain:>10} {gzipped:>9}  {file.relative_to(SITE)}")
    print(f"{sum(r[0] for r in rows):>10} {sum(r[1] for r in rows):>9}  in all\n")


def main(*names):
    pages = [SITE / name for name in names]
    pages = pages or sorted((SITE / "notebooks").glob("*.html"))
    if not pages or not all(page.exists() for page in pages):
        sys.exit("There is no such page in _build/html; make html builds the book.")
    if names:
        report(pages[0])
        return
    heaviest = max(pages, key=total)
    report(heaviest)
    for page in pages:
        print(f"{total(page):>10}  {page.relative_to(SITE)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
