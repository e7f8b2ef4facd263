"""Small explorers on a page of their own: what the tests of drawings share.

A test module lists what it draws in ``EXPLORERS``. Its fixture ``get`` hands one out as
recorded, at the first stop or as the module's own ``begin`` leaves it.
"""

import shutil

from axe_playwright_python.base import AXE_FILE_PATH
from explorers import themed

from nnlib.widgets.explorer import STATIC

AXE = """
async () => (await axe.run(
  {include: [['.nn-view'], ['.ex-controls']], exclude: [['math']]}, {preload: false}
)).violations
"""
# The page's own colours, which in the book come from its theme.
GROUND = "html[data-theme=dark] body {background: #14181e; color: #e4e8eb}"


def page_of(folder, *explorers):
    """The address of a page in ``folder`` that holds their HTML, beside the bundles."""
    body = "".join(explorers)
    shutil.copytree(STATIC, folder, dirs_exist_ok=True)
    (folder / "page.html").write_text(
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<title>Drawings</title><link rel="stylesheet" href="explorer.css">'
        "<style>body { margin: 12px; }</style>"
        '<script defer src="explorer.js"></script></head>'
        f"<body><main><h1>Drawings</h1>{body}</main></body></html>",
        "utf-8",
    )
    return (folder / "page.html").as_uri()


def specs_of(explorers):
    return {explorer.spec["slug"]: explorer.spec for explorer in explorers}


def axe_findings(page, theme):
    """What axe has against the drawings in a theme, one line each."""
    page.add_style_tag(content=GROUND)
    themed(page, theme)
    page.add_script_tag(path=AXE_FILE_PATH)
    found = page.evaluate(AXE)
    page.evaluate("delete document.documentElement.dataset.theme")
    return [f"{v['id']}: {n['html'][:200]}" for v in found for n in v["nodes"][:3]]
