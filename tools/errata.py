"""Write book/errata.md from the chapters, so that there is one truth.

In a chapter's section "What the notes got wrong" each erratum is one list item:

    - **E001** *The note:* ... *Right:* ... *Shown:* [...](#anchor).

This script collects the items. A test compares the page with what it would write, and
each id with the ids that the chapter's headings claim.
"""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "book" / "errata.md"
ITEM = re.compile(
    r"^- \*\*(E\d{3})\*\* \*The note:\* (.+?) \*Right:\* (.+?) \*Shown:\* (.+)$", re.M
)
HEAD = """# Errata

The chapters follow five study notes. This page collects what the notes got wrong, what
is right, and where a chapter shows it. It is generated from the chapters, so an entry
cannot differ from them.

An entry stays for good: a reader who has learnt from the notes can look up here what to
unlearn. Mistakes of this book itself are mended in the chapter, and the test that would
have caught them is added.

| | the notes | right | shown in |
|---|---|---|---|
"""


def chapters():
    return sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def entries(path):
    """The errata of one chapter: (id, what the note says, what is right, where)."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    texts = ["".join(c["source"]) for c in cells if c["cell_type"] == "markdown"]
    return [match for text in texts for match in ITEM.findall(text)]


def claimed(path):
    """The errata that the headings of a chapter claim to teach."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    topics = [t for c in cells for t in c["metadata"].get("topics", [])]
    return sorted({t for t in topics if t.startswith("E")})


def page():
    rows = []
    for path in chapters():
        link = f"../notebooks/{path.name}"
        for number, note, right, shown in sorted(entries(path)):
            where = re.sub(r"\]\(#", f"]({link}#", shown.rstrip("."))
            where = where if "](" in where else f"[chapter {path.name[:2]}]({link})"
            cells = [c.rstrip(".").replace("|", r"\|") for c in (note, right)]
            rows.append(f"| {number} | {cells[0]} | {cells[1]} | {where} |")
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.name} with {page().count('| E')} errata")
