"""What a chapter's exercises and self-test must be like; `check_notebooks.py` asks.

An exercise has a cell for the answer, a check that tells right from wrong, and a
solution that stays hidden until asked for.  A self-test has five questions.
"""

import ast
import re
from collections import Counter

EXERCISES = range(4, 7)
QUESTIONS = 5
HIDDEN = "hide-input"
PROVEN = "the solution: right"
SOLUTION = re.compile(r"\{admonition\} Solution\s*\n:class: dropdown")
ANSWER = re.compile(r'<details[^>]*class="is-(right|wrong)"')


def calls(cell, name):
    """Does this code cell call a function of that name?"""
    try:
        tree = ast.parse(cell.source)
    except SyntaxError:
        return False
    made = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return any(getattr(function, "id", None) == name for function in made)


def is_question(cell):
    return cell.cell_type == "code" and calls(cell, "Question")


def is_hidden(cell):
    return HIDDEN in cell.metadata.get("tags", [])


def section(cells, mark, title=""):
    """The cells below each heading with this mark, '##' say, and this title."""
    found, heading = [], re.compile(rf"{mark} {title}")
    ends = re.compile(rf"#{{1,{len(mark)}}} ")
    inside = False
    for cell in cells:
        if cell.cell_type == "markdown" and ends.match(cell.source):
            inside = bool(heading.match(cell.source))
            found += [[]] if inside else []
        if inside:
            found[-1].append(cell)
    return found


def text_of(cell):
    """What a code cell printed, and the HTML that it showed."""
    outputs = cell.get("outputs", [])
    texts = [o.get("text") or o.get("data", {}).get("text/html", "") for o in outputs]
    return "".join(texts)


def about_exercise(cells):
    """Complaints about one exercise, given its cells."""
    code = [cell for cell in cells if cell.cell_type == "code"]
    checks = [cell for cell in code if is_hidden(cell) and calls(cell, "check")]
    if not any(not is_hidden(cell) for cell in code):
        yield "has no cell for the answer"
    if not checks:
        yield f"has no cell tagged {HIDDEN} that calls check"
    if any(PROVEN not in text_of(cell) for cell in checks):
        yield f"does not print '{PROVEN}'"
    if not any(SOLUTION.search(cell.source) for cell in cells):
        yield "has no hidden solution"


def about_exercises(notebook):
    """One sentence for each thing that is wrong with the exercises."""
    whole = [
        cell for part in section(notebook.cells, "##", "Exercises") for cell in part
    ]
    parts = section(whole, "###")
    if len(parts) not in EXERCISES:
        yield f"there are {len(parts)} exercises, not {EXERCISES[0]} to {EXERCISES[-1]}"
    for number, cells in enumerate(parts, 1):
        yield from (f"exercise {number} {said}" for said in about_exercise(cells))


def about_self_test(notebook):
    """One sentence for each thing that is wrong with the self-test."""
    whole = [
        cell for part in section(notebook.cells, "##", "Self-test") for cell in part
    ]
    questions = [cell for cell in whole if is_question(cell)]
    if len(questions) != QUESTIONS:
        yield f"the self-test has {len(questions)} questions, not {QUESTIONS}"
    if not all(map(is_hidden, questions)):
        yield f"a question of the self-test shows its source (tag {HIDDEN})"
    answers = [ANSWER.findall(text_of(cell)) for cell in questions]
    places = Counter(kinds.index("right") for kinds in answers if "right" in kinds)
    if max(places.values(), default=0) > QUESTIONS // 2 + 1:
        yield "most right answers of the self-test stand at the same place"
