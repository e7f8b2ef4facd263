"""Take out of the built site what no page uses.

As it comes, the theme sends every reader 1.5 MB of icon script and some 2,000 style
rules for icons.  A page of this book shows about twenty icons, so at the end of a build
the icon fonts and rules are cut down to those that the pages name; the script is not
loaded at all (`book/_templates/static/webpack-macros.html`).

In code every name and bracket comes in an element of its own, though most have the
colour of the text around them.  Without these elements a page is a fifth lighter.
"""

import re
from pathlib import Path

import pydata_sphinx_theme
from fontTools import subset

THEME = Path(pydata_sphinx_theme.__file__).parent / "theme/pydata_sphinx_theme/static"
FONTS = "vendor/fontawesome/webfonts"
STYLE = "styles/pydata-sphinx-theme.css"
OTHER_STYLES = ("styles/sphinx-book-theme.css", "book.css")
UNUSED = ("*.map", "fontawesome.js*")

# Names, punctuation and blanks: as plain as the text around them, in both themes.
PLAIN_WORD = re.compile(r'<span class="[npw]">([^<]*)</span>')

ICON_NAME = re.compile(r"\bfa-[a-z0-9-]+")
ICON_RULE = re.compile(r'((?:\.fa-[a-z0-9-]+:before,?)+)\{content:"[^"]*"\}')
ESCAPE = re.compile(r"\\([0-9a-f]{4})(?![0-9a-f])")
PRIVATE_USE = range(0xE000, 0xF900)


def icon_names(html_folder):
    """The icon classes that appear in the pages and in the theme's scripts."""
    scripts = (html_folder / "_static/scripts").glob("*theme.js")
    files = [*html_folder.rglob("*.html"), *scripts]
    texts = (path.read_text("utf-8") for path in files)
    return {name for text in texts for name in ICON_NAME.findall(text)}


def without_unused_icons(css, names):
    def keep(rule):
        used = ICON_NAME.findall(rule[1])
        return rule[0] if names.intersection(used) else ""

    return ICON_RULE.sub(keep, css)


def icon_characters(css):
    """The code points, all for private use, that the style sheets put on the page."""
    written = {ord(character) for character in css}
    escaped = {int(digits, 16) for digits in ESCAPE.findall(css)}
    return {code for code in written | escaped if code in PRIVATE_USE}


def cut_font(source, target, characters):
    options = subset.Options(flavor="woff2", layout_features=[], notdef_outline=True)
    font = subset.load_font(source, options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters)
    cutter.subset(font)
    subset.save_font(font, target, options)


def cut_icons(static, names):
    css = without_unused_icons((THEME / STYLE).read_text("utf-8"), names)
    css = re.sub(r',url\([^)]*\.ttf\) format\("truetype"\)', "", css)
    (static / STYLE).write_text(css, "utf-8")
    others = "".join((static / name).read_text("utf-8") for name in OTHER_STYLES)
    characters = icon_characters(css + others)
    for source in (THEME / FONTS).glob("*.woff2"):
        cut_font(source, static / FONTS / source.name, characters)
    for unread in (static / FONTS).glob("*.ttf"):
        unread.unlink()


def remove_old_pages(html_folder, documents):
    """Pages of earlier builds, of chapters that have been renamed or removed."""
    current = {*documents, "index", "genindex", "search"}
    for path in html_folder.rglob("*.html"):
        if path.relative_to(html_folder).with_suffix("").as_posix() not in current:
            path.unlink()


def trim(app, exception):
    if exception or app.builder.format != "html":
        return
    remove_old_pages(Path(app.outdir), app.env.found_docs)
    static = Path(app.outdir) / "_static"
    for pattern in UNUSED:
        for path in static.rglob(pattern):
            path.unlink()
    cut_icons(static, icon_names(Path(app.outdir)))


def unwrap_plain_words(app, pagename, templatename, context, doctree):
    if "body" in context:
        context["body"] = PLAIN_WORD.sub(r"\1", context["body"])


def setup(app):
    app.connect("html-page-context", unwrap_plain_words)
    app.connect("build-finished", trim)
