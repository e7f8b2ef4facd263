"""The stored outputs of the chapters, and the guards that look at them.

`tools/prove_chapters.py` runs the chapters and compares (strict nbval); these tests see
to it that there is something to compare, and that the guards themselves would notice.
"""

import copy

import chapters
import check_exercises
import check_notebooks
import nbformat
import pytest
import run_chapters
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from nnlib.exercises import Question

PATHS = sorted(chapters.NOTEBOOKS.glob("*.ipynb"))


def test_there_are_chapters():
    assert PATHS


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
class TestChapter:
    def test_its_stored_outputs_can_be_proven(self, path):
        found = check_notebooks.complaints(nbformat.read(path, as_version=4))
        assert not found, "\n".join(["", *found])

    def test_it_is_a_valid_notebook(self, path):
        nbformat.validate(nbformat.read(path, as_version=4))

    def test_it_is_stored_in_the_normal_form(self, path):
        notebook = nbformat.read(path, as_version=4)
        assert run_chapters.normalise(copy.deepcopy(notebook)) == notebook

    def test_it_begins_with_its_one_title(self, path):
        notebook = nbformat.read(path, as_version=4)
        titles = [
            cell
            for cell in notebook.cells
            if cell.cell_type == "markdown" and cell.source.startswith("# ")
        ]
        assert titles == notebook.cells[:1]


def printed(text):
    return new_output("stream", name="stdout", text=text)


def figure():
    return new_output("display_data", data={"image/png": "AA", "text/plain": "A"})


def short_cells():
    """Twenty short cells, and one figure with alt text."""
    cells = []
    for count in range(1, 21):
        cell = new_code_cell(f"print({count})")
        cell.outputs = [printed(f"{count}\n")]
        cells.append(cell)
    cells[-1].outputs.append(figure())
    cells[-1].metadata["mystnb"] = {"image": {"alt": "a falling curve"}}
    return cells


def hidden(source, output):
    tags = {"tags": ["hide-input"]}
    return new_code_cell(source, metadata=tags, outputs=[output])


def exercise(number):
    checked = printed("yours: no answer yet\nthe solution: right\n")
    return [
        new_markdown_cell(f"### {number}. Exercise"),
        new_code_cell(f"answer_{number} = None"),
        hidden(f"check(answer_{number}, 1, right=1)", checked),
        new_markdown_cell("```{admonition} Solution\n:class: dropdown\n1\n```"),
    ]


def question(number):
    """A question whose right answer is the first, the second or the third."""
    answers = dict.fromkeys("abc", "because")
    made = Question(f"{number}?", answers, right="abc"[number % 3])
    shown = new_output("execute_result", data={"text/html": made._repr_html_()})
    return hidden(f"Question('{number}?', answers, right='a')", shown)


def sound_notebook():
    """A chapter that was run: short cells, four exercises, five questions."""
    cells = [new_markdown_cell("# Title"), *short_cells()]
    cells.append(new_markdown_cell("## Exercises"))
    cells += [cell for number in range(1, 5) for cell in exercise(number)]
    cells.append(new_markdown_cell("## Self-test"))
    cells += [question(number) for number in range(5)]
    cells.append(new_markdown_cell("## References"))
    return numbered(run_chapters.normalise(new_notebook(cells=cells)))


def numbered(notebook):
    ran = (cell for cell in notebook.cells if cell.cell_type == "code")
    for count, cell in enumerate(ran, 1):
        cell.execution_count = count
    return notebook


def code(notebook, number=0):
    return [cell for cell in notebook.cells if cell.cell_type == "code"][number]


def starting(notebook, text):
    """The first cell that begins so."""
    return next(cell for cell in notebook.cells if cell.source.startswith(text))


def drop(notebook, *starts):
    for start in starts:
        notebook.cells.remove(starting(notebook, start))


def answer_all_alike(notebook):
    for cell in filter(check_exercises.is_question, notebook.cells):
        cell.outputs = question(0).outputs


def add_heading(notebook, text):
    notebook.cells.append(new_markdown_cell(text))


def failing():
    return new_output("error", ename="ValueError", evalue="no", traceback=["no"])


SPOILT = {
    "nothing to compare": lambda n: code(n).update(execution_count=None, outputs=[]),
    "output is not stored": lambda n: code(n).update(outputs=[]),
    "from the first to the last": lambda n: code(n).update(execution_count=7),
    "widget state": lambda n: n.metadata.update(widgets={}),
    "live widget": lambda n: code(n).outputs.append(
        new_output("display_data", data={check_notebooks.WIDGET_VIEW: {}})
    ),
    "source of a widget": lambda n: code(n).outputs.append(printed('{"_esm": ""}')),
    "memory address": lambda n: code(n).outputs.append(printed("<A at 0x7f12ab34>")),
    "path of the machine": lambda n: code(n).outputs.append(printed("/home/me/book")),
    "path of one machine": lambda n: code(n).update(source="print(open('/tmp/a'))"),
    "not tagged raises-exception": lambda n: code(n).outputs.append(failing()),
    "stores no error": lambda n: code(n).metadata.update(tags=["raises-exception"]),
    "more than 88": lambda n: code(n).update(source=f"print({'1' * 82})"),
    "more than 20": lambda n: code(n).update(source="print(1)\n" * 21),
    "in the median": lambda n: [
        cell.update(source="x = 1\n" * 7 + "print(x)") for cell in n.cells[1:21]
    ],
    "does not say why": lambda n: code(n).metadata.update(tags=["nbval-ignore-output"]),
    "less than 95 %": lambda n: [
        code(n, i).metadata.update(tags=["nbval-ignore-output"], reason="times")
        for i in (0, 1, 2)
    ],
    "by a comment": lambda n: code(n).update(source="# NBVAL_IGNORE_OUTPUT\nprint(1)"),
    "figure without alt text": lambda n: code(n, 19).metadata.pop("mystnb"),
    "an image without alt text": lambda n: add_heading(n, "![](a.png)"),
    "stores an image without": lambda n: code(n).outputs.append(printed("<img src=a>")),
    "the same anchor": lambda n: add_heading(n, "## Title"),
    "kB, more than": lambda n: code(n).outputs.append(printed("x" * 500_000)),
    "no code cell": lambda n: n.update(cells=n.cells[:1]),
    "3 exercises, not 4 to 6": lambda n: drop(n, "### 4"),
    "exercise 2 has no cell for the answer": lambda n: drop(n, "answer_2"),
    "exercise 2 has no cell tagged hide-input": lambda n: drop(n, "check(answer_2"),
    "exercise 4 has no hidden solution": lambda n: [
        n.cells.remove(cell)
        for cell in [c for c in n.cells if "Solution" in c.source][-1:]
    ],
    "exercise 3 does not print": lambda n: starting(n, "check(answer_3").update(
        outputs=[printed("the solution: not yet: too small\n")]
    ),
    "4 questions, not 5": lambda n: drop(n, "Question('2"),
    "shows its source": lambda n: starting(n, "Question('2").metadata.pop("tags"),
    "stand at the same place": answer_all_alike,
}


def test_a_sound_notebook_passes():
    assert not check_notebooks.complaints(sound_notebook())


@pytest.mark.parametrize("complaint", SPOILT)
def test_the_guard_notices(complaint):
    notebook = sound_notebook()
    SPOILT[complaint](notebook)
    assert any(complaint in said for said in check_notebooks.complaints(notebook))


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("x = 1\nx", True),
        ("a, b", True),
        ("plt.plot(x)\nplt.show()", True),
        ("print(x)", True),
        ("x = 1", False),
        ("def f():\n    print(1)", False),
        ("fit(model)", False),
        ("x;", False),
        ("%matplotlib inline", False),
        ("", False),
    ],
)
def test_which_cells_must_have_an_output(source, shown):
    assert check_notebooks.shows_something(source) is shown


def test_a_run_is_stored_without_what_passes():
    cell = new_code_cell("f()", metadata={"execution": {"iopub.status.idle": "now"}})
    data = {check_notebooks.WIDGET_VIEW: {"model_id": "1"}, "text/plain": "p"}
    view = new_output("display_data", data=data)
    frames = ["File /tmp/a.py", "E: why"]
    error = new_output("error", ename="E", evalue="why", traceback=frames)
    cell.outputs = [printed("a\n"), printed("b\n"), view, error]
    notebook = new_notebook(cells=[cell], metadata={"widgets": {"state": 1}})
    stream, shown, failed = run_chapters.normalise(notebook).cells[0].outputs
    assert stream.text == "a\nb\n"
    assert set(shown.data) == {"text/plain"}
    assert failed.traceback == ["E: why"]
    assert "execution" not in cell.metadata and "widgets" not in notebook.metadata


def test_what_the_page_hides_is_hidden_in_jupyterlab():
    cells = [hidden("check(1, 1, right=1)", printed("right")), new_code_cell("x = 1")]
    first, second = run_chapters.normalise(new_notebook(cells=cells)).cells
    assert first.metadata.jupyter == {"source_hidden": True}
    assert "jupyter" not in second.metadata


def test_a_question_is_no_code_to_be_read():
    notebook = sound_notebook()
    for cell in filter(check_exercises.is_question, notebook.cells):
        cell.source += "\n" * 15
    assert not check_notebooks.complaints(notebook)


@pytest.fixture
def small_book(tmp_path, monkeypatch):
    """A package of two modules and a chapter that imports one of them."""
    package = tmp_path / "nnlib"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "tape.py").write_text("from . import shapes\n")
    (package / "shapes.py").write_text("")
    (package / "losses.py").write_text("")
    (tmp_path / "style.txt").write_text("")
    cells = [new_code_cell("from nnlib.tape import Tape\nopen('style.txt')")]
    nbformat.write(new_notebook(cells=cells), tmp_path / "01_chapter.ipynb")
    monkeypatch.setattr(chapters, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "matters"),
    [
        ("nnlib/tape.py", True),
        ("nnlib/shapes.py", True),
        ("nnlib/__init__.py", True),
        ("nnlib/losses.py", False),
        ("style.txt", True),
    ],
)
def test_a_chapter_has_changed_when_a_file_it_uses_has(small_book, file, matters):
    chapter = small_book / "01_chapter.ipynb"
    before = chapters.digest_of(chapter)
    with (small_book / file).open("a") as changed:
        changed.write("# changed\n")
    assert (chapters.digest_of(chapter) != before) is matters
