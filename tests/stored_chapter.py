"""A chapter for its tests: what is stored of it, and its cells to be run again."""

import contextlib
import io
import re

import chapters
import matplotlib
import matplotlib.pyplot as plt
import nbformat

from nnlib import Trace
from nnlib.widgets.proof import specs_in

NUMBER = re.compile(r"-?\d+\.?\d*(?:e[-+]\d+)?")


def numbers(text):
    """The numbers in some text, in their order."""
    return [float(found) for found in NUMBER.findall(text)]


@contextlib.contextmanager
def as_chapters_run():
    """In their folder and without a screen; no figure or style outlives the run."""
    matplotlib.use("Agg")
    with contextlib.chdir(chapters.NOTEBOOKS), plt.rc_context():
        try:
            yield
        finally:
            plt.close("all")


class Chapter:
    """A chapter as it is stored: its cells, what they printed, its explorers.

    Its names are there once its cells have run again.  The trainings need not run: what
    they printed is stored, and tools/prove_chapters.py sees to it that it is true.
    """

    def __init__(self, number):
        (path,) = chapters.find(number)
        self.cells = {cell.id: cell for cell in nbformat.read(path, as_version=4).cells}

    # ---- what is stored ----

    def outputs(self, cell):
        return self.cells[cell].get("outputs", ())

    def printed(self, cell):
        """What a cell printed when the chapter was stored."""
        return "".join(output.get("text", "") for output in self.outputs(cell))

    def numbers_after(self, cell, words):
        """The numbers after these words, in the one printed line that has them."""
        (line,) = [row for row in self.printed(cell).splitlines() if words in row]
        return numbers(line.split(words, 1)[1])

    def specs(self):
        """slug -> the JSON of its explorer."""
        shown = (output for cell in self.cells for output in self.outputs(cell))
        html = "".join(output.get("data", {}).get("text/html", "") for output in shown)
        return {spec["slug"]: spec for spec in specs_in(html)}

    def traces(self, slug):
        """label -> the trace of this variant of an explorer."""
        variants = self.specs()[slug]["variants"]
        return {v["label"]: Trace.from_json(v["trace"]) for v in variants}

    # ---- its cells, run again ----

    def all_but(self, starts):
        """The code cells, but for those whose name begins so."""
        code = [name for name, cell in self.cells.items() if cell.cell_type == "code"]
        return [name for name in code if not name.startswith(tuple(starts))]

    def run(self, cells, **names):
        """All names that there are when these cells have run, one after another."""
        with as_chapters_run():
            for cell in cells:
                self.prints(cell, names)
        return names

    def prints(self, cell, names):
        """What a cell prints when it runs among these names; it may add to them."""
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compile(self.cells[cell].source, cell, "exec"), names)
        return out.getvalue()

    def verdict(self, check, names):
        """What the check of an exercise says of the answer among these names.

        The names stay as they are.
        """
        yours, solution = self.prints(check, dict(names)).splitlines()
        assert solution == "the solution: right"
        return yours.removeprefix("yours: ")
