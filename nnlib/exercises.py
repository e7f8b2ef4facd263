"""Questions that answer back: the check of an exercise, and the self-test of a chapter.

A check compares a number with the right one and, if it is wrong, with the numbers that
known slips give, so that it can name the slip.
"""

import re
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from string import ascii_uppercase

import numpy as np

PIECE = re.compile(r"\$(?P<math>[^$]+)\$|`(?P<code>[^`]+)`")


def check(yours, solution, *, right, slips=None, rtol=5e-3):
    """Say of the reader's answer and of the book's whether it is right, or which slip.

    Parameters
    ----------
    yours : number or array; None while there is no answer
    solution : the book's answer, checked in the same way
    right : the right number or array, computed on another way than the solution; or,
        where many answers are right, a function that says in a sentence what is wrong
        with an answer, and nothing of a right one
    slips : dict of sentence -> the number that this slip gives; the first match is told
    rtol : relative tolerance; 5e-3 accepts whatever is right to three digits

    Raises
    ------
    ValueError
        If a slip gives the right number, and so could never be told.

    Chapter: 01, Exercises.
    """
    for who, answer in (("yours", yours), ("the solution", solution)):
        print(f"{who}: {verdict(answer, right, slips or {}, rtol)}")


def verdict(answer, right, slips, rtol=5e-3):
    """Return one sentence about one answer; see :func:`check`."""
    judge = right if callable(right) else _judge(right, slips, rtol)
    if _missing(answer):
        return "no answer yet"
    wrong = judge(answer)
    return f"not yet: {wrong}" if wrong else "right"


def _missing(answer):
    """None, or a pair or list in which one is."""
    inside = answer if isinstance(answer, tuple | list) else ()
    return answer is None or any(part is None for part in inside)


def _judge(right, slips, rtol):
    """The function that says what is wrong with a number or an array."""
    right = np.asarray(right, dtype=float)
    for say, slip in slips.items():
        if _close(np.asarray(slip, dtype=float), right, rtol):
            raise ValueError(f"check: the slip {say!r} gives the right number")

    def wrong(answer):
        if callable(answer):
            return "this is a function; call it, and hand in what it returns"
        try:
            found = np.asarray(getattr(answer, "value", answer), dtype=float)
        except (TypeError, ValueError):
            return f"{repr(answer)[:60]} is no number"
        if _close(found, right, rtol):
            return ""
        named = (say for say, slip in slips.items() if _close(found, slip, rtol))
        return next(named, None) or _general(found, right, rtol)

    return wrong


def _close(found, expected, rtol):
    """Equal to ``rtol`` of each number; where 0 is right, up to rounding."""
    expected = np.asarray(expected, dtype=float)
    if found.shape != expected.shape:
        return False
    finite = np.abs(expected[np.isfinite(expected)])
    least = 1e-12 * np.max(finite, initial=0) or 1e-12
    return np.allclose(found, expected, rtol=rtol, atol=least, equal_nan=True)


def _general(found, expected, rtol):
    """What can be said of an answer that no known slip gives."""
    if found.shape != expected.shape:
        turned = "it is transposed: " if _close(found.T, expected, rtol) else ""
        wanted = f"{expected.shape} is asked for" if expected.ndim else "one number is"
        return f"{turned}the shape is {found.shape}, but {wanted}"
    if np.any(np.isnan(found) & ~np.isnan(expected)):
        return "it holds nan, which is not a number: look for 0/0 or inf - inf"
    if _close(-found, expected, rtol):
        return "the sign is wrong" if found.size == 1 else "every sign is wrong"
    if found.size != 1:
        wrong = sum(not _close(*pair, rtol) for pair in _pairs(found, expected))
        return f"{wrong} of {found.size} numbers are wrong"
    return "too large" if found > expected else "too small"


def _pairs(found, expected):
    return zip(found.reshape(-1, 1), expected.reshape(-1, 1), strict=True)


@dataclass(frozen=True)
class Question:
    """One question of a self-test; each answer opens to say why it is right or wrong.

    It needs no script: the answers are ``<details>`` elements, so it works on every
    page, by keyboard, in JupyterLab and on paper.

    Parameters
    ----------
    text : the question; ``$...$`` is a formula, and code stands in backticks
    answers : dict of answer -> what to say to the reader who chooses it
    right : the one right answer, a key of ``answers``

    Raises
    ------
    ValueError
        If ``right`` is not among the answers, there is no wrong one, or nothing is
        said about one of them.

    Chapter: How to use this book.
    """

    text: str
    answers: dict
    right: str

    def __post_init__(self):
        if self.right not in self.answers:
            raise ValueError(f"Question: {self.right!r} is not among the answers")
        if len(self.answers) < 2:
            raise ValueError("Question: there is no wrong answer to choose")
        for answer, said in self.answers.items():
            if not said.strip():
                raise ValueError(f"Question: nothing is said about {answer!r}")

    def __repr__(self):
        return f"Question({self.text!r}, {len(self.answers)} answers)"

    def _repr_html_(self):
        name = "self-test-" + sha256(self.text.encode()).hexdigest()[:10]
        lettered = zip(ascii_uppercase, self.answers, strict=False)
        options = "".join(self._option(name, *pair) for pair in lettered)
        legend = f"<legend>{_html(self.text)}</legend>"
        return f'<fieldset class="self-test">{legend}{options}</fieldset>'

    def _option(self, name, letter, answer):
        is_right = answer == self.right
        kind, word = ("right", "✓ Right.") if is_right else ("wrong", "✗ No.")
        said = f"<p><strong>{word}</strong> {_html(self.answers[answer])}</p>"
        # The letter marks what to press: JupyterLab hides the browser's own mark.
        mark = f'<span class="letter">{letter} </span>'
        summary = f"<summary>{mark}{_html(answer)}</summary>"
        return f'<details name="{name}" class="is-{kind}">{summary}{said}</details>'


def _html(text):
    """Text with formulas and code as HTML; everything else is escaped."""
    done, last = [], 0
    for piece in PIECE.finditer(text):
        done += [escape(text[last : piece.start()]), _piece(piece)]
        last = piece.end()
    return "".join([*done, escape(text[last:])])


def _piece(piece):
    if piece["math"]:
        return rf'<span class="math notranslate">\({escape(piece["math"])}\)</span>'
    return f"<code>{escape(piece['code'])}</code>"
