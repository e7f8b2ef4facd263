"""What a notebook must be like before its outputs prove anything.

    python tools/check_notebooks.py [05]

Strict nbval runs each cell again and compares, but it passes a notebook whose outputs
were cleared.  These guards refuse such a notebook, and everything else that would make
a stored output differ from machine to machine.  Each complaint is one sentence.
"""

import ast
import itertools
import re
import statistics
import sys
from collections import Counter

import chapters
import check_exercises
import nbformat
from markdown_it.renderer import RendererHTML
from myst_parser.config.main import MdParserConfig
from myst_parser.mdit_to_docutils.base import default_slugify
from myst_parser.parsers.mdit import create_md_parser

LONGEST_CELL = 20
LONGEST_LINE = 88  # what fits on a page without scrolling sideways
MEDIAN_CELL = 6
COMPARED = 0.95
LARGEST_FILE = 400_000
IGNORING = {"nbval-ignore-output", "nbval-skip", "nbval-raises-exception"}
IGNORING_COMMENT = re.compile(r"#\s*(NBVAL_|PYTEST_VALIDATE)", re.I)
FAILS = "raises-exception"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}")
ABSOLUTE_PATH = re.compile(
    r"(?<![\w.:/])/(?:home|root|tmp|Users|usr|opt|var|mnt|work|private)/\w"
    r"|\b[A-Z]:\\\w|site-packages"
)
IMAGE_TAG = re.compile(r"<img\b[^>]*>", re.I)
SHOWING = {"print", "display", "show"}


def tags(cell):
    return set(cell.metadata.get("tags", []))


def texts_of(output):
    """Every piece of text in an output, images aside."""
    if output.output_type == "stream":
        return [output.text]
    if output.output_type == "error":
        return [output.evalue, *output.traceback]
    data = output.get("data", {})
    texts = [text for kind, text in data.items() if "image/" not in kind]
    return [text for text in texts if isinstance(text, str)]


def calls(tree):
    """Names of the functions that a cell calls itself, outside of those it defines."""
    waiting = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(node, ast.Call):
            function = node.func
            yield getattr(function, "id", None) or getattr(function, "attr", None)
        waiting += ast.iter_child_nodes(node)


def shows_something(source):
    """Does this cell certainly print, draw, or end in a value that is shown?"""
    lines = [line for line in source.split("\n") if line[:1] not in "%!?"]
    try:
        tree = ast.parse("\n".join(lines))
    except SyntaxError:
        return False
    if not tree.body:
        return False
    last = tree.body[-1]
    is_value = isinstance(last, ast.Expr) and not isinstance(last.value, ast.Call)
    ends_quietly = source.rstrip().endswith(";")
    conditional = isinstance(last, ast.If | ast.For | ast.While)
    printed = not conditional and SHOWING.intersection(calls(tree))
    return bool(printed) or (is_value and not ends_quietly)


def about_outputs(cell):
    if cell.execution_count is None:
        yield "was not run, so there is nothing to compare with"
    elif not cell.outputs and shows_something(cell.source):
        yield "shows something, but its output is not stored"
    fails = any(output.output_type == "error" for output in cell.outputs)
    if fails and FAILS not in tags(cell):
        yield f"ends in an error and is not tagged {FAILS}"
    if FAILS in tags(cell) and not fails:
        yield f"is tagged {FAILS}, but stores no error"
    for output in cell.outputs:
        yield from about_output(output)


def about_output(output):
    if WIDGET_VIEW in output.get("data", {}):
        yield "stores a link to a live widget"
    for text in texts_of(output):
        if "_esm" in text:
            yield "stores the source of a widget"
        if match := ADDRESS.search(text):
            yield f"stores a memory address, {match[0]}"
        if match := ABSOLUTE_PATH.search(text):
            yield f"stores a path of the machine it ran on, '{match[0]}...'"
        if any("alt=" not in tag for tag in IMAGE_TAG.findall(text)):
            yield "stores an image without alt text"


def about_cell(cell):
    """Complaints about one code cell, without its name."""
    lines = len(cell.source.split("\n"))
    if lines > LONGEST_CELL:
        yield f"has {lines} lines, more than {LONGEST_CELL}"
    longest = max(map(len, cell.source.split("\n")))
    if longest > LONGEST_LINE and "hide-input" not in cell.metadata.get("tags", []):
        yield f"has a line of {longest} characters, more than {LONGEST_LINE}"
    if match := ABSOLUTE_PATH.search(cell.source):
        yield f"names a path of one machine, '{match[0]}...'"
    if IGNORING_COMMENT.search(cell.source):
        yield "is kept from comparison by a comment; use a tag and say why"
    if IGNORING & tags(cell) and not cell.metadata.get("reason"):
        yield "is not compared, and its metadata does not say why ('reason')"
    kinds = [kind for output in cell.outputs for kind in output.get("data", {})]
    has_figure = any("image/" in kind for kind in kinds)
    alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
    if has_figure and not alt.strip():
        yield "draws a figure without alt text (metadata mystnb: image: alt)"
    yield from about_outputs(cell)


def headings(notebook):
    """(number of the cell, anchor) of each heading."""
    parser = create_md_parser(MdParserConfig(), RendererHTML)
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type != "markdown":
            continue
        tokens = parser.parse(cell.source)
        for opening, inline in itertools.pairwise(tokens):
            if opening.type == "heading_open":
                yield number, default_slugify(inline.content)


def about_text(notebook):
    counts = Counter(slug for _, slug in headings(notebook))
    for slug, count in counts.items():
        if count > 1:
            yield f"{count} headings have the same anchor, '{slug}'"
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown" and re.search(r"!\[\s*\]\(", cell.source):
            yield f"cell {number} shows an image without alt text"


def about_whole(notebook, code):
    if "widgets" in notebook.metadata:
        yield "widget state is stored in the notebook"
    size = len(nbformat.writes(notebook).encode())
    if size > LARGEST_FILE:
        yield f"the file has {size // 1000} kB, more than {LARGEST_FILE // 1000}"
    if not code:
        yield "there is no code cell"
        return
    if [cell.execution_count for cell in code] != list(range(1, len(code) + 1)):
        yield "the cells were not run once each from the first to the last"
    # A question of the self-test is text, not code to be read.
    read = [cell for cell in code if not check_exercises.is_question(cell)] or code
    median = statistics.median(len(cell.source.split("\n")) for cell in read)
    if median > MEDIAN_CELL:
        yield f"the code cells have {median:g} lines in the median, above {MEDIAN_CELL}"
    compared = sum(not IGNORING & tags(cell) for cell in code)
    if compared < COMPARED * len(code):
        yield f"only {compared} of {len(code)} code cells are compared, less than 95 %"


def is_code(cell):
    return cell.cell_type == "code" and bool(cell.source.strip())


def complaints(notebook):
    """One sentence for each thing that is wrong with the notebook."""
    numbered = enumerate(notebook.cells)
    cells = [(number, cell) for number, cell in numbered if is_code(cell)]
    found = list(about_whole(notebook, [cell for _, cell in cells]))
    found += about_text(notebook)
    found += check_exercises.about_exercises(notebook)
    found += check_exercises.about_self_test(notebook)
    for number, cell in cells:
        start = cell.source.strip().split("\n")[0][:50]
        found += [f"cell {number} ('{start}') {said}" for said in about_cell(cell)]
    return list(dict.fromkeys(found))


def main(chapter=""):
    found = 0
    for path in chapters.find(chapter):
        for complaint in complaints(nbformat.read(path, as_version=4)):
            found += 1
            print(f"{path.name}: {complaint}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
