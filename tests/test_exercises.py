"""The check of an exercise tells right from wrong; a question hides what it must."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from nnlib import Tape
from nnlib.exercises import Question, check, verdict

FINITE = st.floats(-1e6, 1e6).filter(lambda x: abs(x) > 1e-3)
ARRAYS = arrays.arrays(
    float, arrays.array_shapes(max_dims=3, max_side=4), elements=FINITE
)


def said(answer, right=2.0, **slips):
    return verdict(answer, right, slips)


class TestVerdict:
    @given(FINITE)
    def test_three_digits_are_enough(self, right):
        assert verdict(float(f"{right:.2e}"), right, {}) == "right"

    @given(ARRAYS)
    def test_an_array_is_right_and_its_negative_is_not(self, right):
        assert verdict(right, right, {}) == "right"
        assert "wrong" in verdict(-right, right, {})

    @given(ARRAYS, st.floats(0.9, 0.99))
    def test_what_is_one_percent_off_is_not_right(self, right, factor):
        assert verdict(right * factor, right, {}).startswith("not yet")

    @given(ARRAYS, st.data())
    def test_it_counts_the_wrong_numbers(self, right, data):
        at = data.draw(st.integers(0, right.size - 1))
        answer = right.copy()
        answer.flat[at] *= 3
        counted = f"1 of {right.size} numbers are wrong"
        assert right.size == 1 or verdict(answer, right, {}).endswith(counted)

    def test_it_names_the_slip(self):
        slips = {"the sign": -2.0, "a factor": 4.0, "the same factor": 4.0}
        assert verdict(-2.0, 2.0, slips) == "not yet: the sign"
        assert verdict(4, 2.0, slips) == "not yet: a factor"

    def test_right_comes_before_every_slip(self):
        assert verdict(2.0, 2.0, {"near": 2.02}) == "right"

    def test_a_slip_of_another_shape(self):
        slips = {"add over the rows": 3.0}
        assert verdict(3.0, [1.0, 2.0], slips) == "not yet: add over the rows"
        assert "one number is" in verdict([3.0, 1.0], 2.0, {"a row": [1.0, 1.0]})

    def test_a_slip_that_gives_the_right_number_is_refused(self):
        with pytest.raises(ValueError, match="'half' gives the right number"):
            check(None, 2.0, right=2.0, slips={"half": 2.001})

    def test_numbers_without_a_slip(self):
        assert said(1.0).endswith("too small")
        assert said(3.0).endswith("too large")
        assert said(-2.0).endswith("the sign is wrong")
        assert verdict([-1, 2.0], [1, -2.0], {}).endswith("every sign is wrong")

    @pytest.mark.parametrize("answer", [None, (None, None), [1.0, None]])
    def test_no_answer(self, answer):
        assert verdict(answer, [1.0, 2.0], {}) == "no answer yet"
        assert verdict(answer, lambda _: "wrong", {}) == "no answer yet"

    @pytest.mark.parametrize(
        "answer", ["two", {1}, object, [[1], [2, 3]], 1j, "x" * 999]
    )
    def test_what_is_no_number(self, answer):
        sentence = said(answer)
        assert sentence.startswith("not yet") and len(sentence) < 100

    def test_a_function_is_to_be_called(self):
        assert "call it" in said(lambda: 2.0)

    def test_a_tensor_is_its_value(self):
        assert said(Tape().input("x", 2.0)) == "right"

    def test_shapes(self):
        right = np.arange(6.0).reshape(2, 3)
        assert "it is transposed: the shape is (3, 2)" in verdict(right.T, right, {})
        assert verdict([1, 2], right, {}).endswith(
            "the shape is (2,), but (2, 3) is asked for"
        )
        assert verdict([2.0], 2.0, {}).endswith("but one number is")

    def test_nan_and_infinity(self):
        assert "nan" in said(np.nan)
        assert verdict(np.nan, np.nan, {}) == "right"
        assert verdict(np.inf, np.inf, {}) == "right"
        assert said(np.inf).endswith("too large")
        assert verdict([np.inf, 5.0], [np.inf, 1.0], {}).startswith("not yet: 1 of 2")

    def test_zero(self):
        assert verdict(1e-17, 0.0, {}) == "right"
        assert verdict(1e-3, 0.0, {}) == "not yet: too large"
        assert verdict([0, 1.0], [1e-16, 1.0], {}) == "right"

    def test_a_judge_of_many_right_answers(self):
        def judge(b):
            return "" if b > 0 else "b must be positive"

        assert verdict(1, judge, {}) == verdict(9, judge, {}) == "right"
        assert verdict(-1, judge, {}) == "not yet: b must be positive"
        assert verdict(1, lambda b: None, {}) == "right"


def test_both_answers_are_checked(capsys):
    check(-2.0, 2.0, right=2.0, slips={"mind the sign": -2.0})
    printed = capsys.readouterr().out
    assert printed == "yours: not yet: mind the sign\nthe solution: right\n"


class Elements(HTMLParser):
    """(tag, attributes) of every element, and all text."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.text, self.depth = [], "", 0
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        self.depth += 1

    def handle_endtag(self, tag):
        self.depth -= 1

    def handle_data(self, data):
        self.text += data


def read(*texts, right=None):
    question, answers = texts[0], dict(texts[1:])
    made = Question(question, answers, right=right or next(iter(answers)))
    return Elements(made._repr_html_())


PLAIN = st.text(st.characters(exclude_characters="$`\r", codec="utf-8"), min_size=1)
PLAIN = PLAIN.filter(str.strip)
TAGS = ["fieldset", "legend"] + ["details", "summary", "span", "p", "strong"] * 2


class TestQuestion:
    @given(PLAIN, PLAIN, PLAIN)
    def test_hostile_text_stays_text(self, text, answer, feedback):
        page = read(text, (answer, feedback), (answer + "!", feedback))
        assert [tag for tag, _ in page.elements] == TAGS and page.depth == 0
        expected = f"{text}A {answer}✓ Right. {feedback}B {answer}!✗ No. {feedback}"
        assert page.text == expected

    @given(st.text("$`<>&\"'a\\)", max_size=30).filter(str.strip))
    def test_formulas_and_code_stay_text(self, text):
        page = read(text, ("a", text), ("b", text))
        allowed = {*TAGS, "span", "code"}
        assert {tag for tag, _ in page.elements} <= allowed and page.depth == 0

    def test_a_formula_and_code(self):
        page = read(r"Is $a < b$ `x < y`?", ("1", "$a$"), ("2", "no"))
        assert r"Is \(a < b\) x < y?" in page.text
        classes = [a["class"] for tag, a in page.elements if tag == "span"]
        assert classes.count("math notranslate") == 2
        assert ("code", {}) in page.elements

    def test_only_one_answer_is_open_at_a_time(self):
        page = read("Why?", ("a", "yes"), ("b", "no"))
        names = [a["name"] for tag, a in page.elements if tag == "details"]
        other = read("How?", ("a", "yes"), ("b", "no"))
        others = [a["name"] for tag, a in other.elements if tag == "details"]
        assert len(set(names)) == len(set(others)) == 1 and names != others

    def test_one_answer_is_right(self):
        page = read("Why?", ("a", "1"), ("b", "2"), ("c", "3"), right="b")
        kinds = [a["class"] for tag, a in page.elements if tag == "details"]
        assert kinds == ["is-wrong", "is-right", "is-wrong"]
        assert page.text == "Why?A a✗ No. 1B b✓ Right. 2C c✗ No. 3"

    def test_its_text_is_the_same_on_every_machine(self):
        question = Question("Why?", {"a": "yes", "b": "no"}, right="a")
        assert repr(question) == "Question('Why?', 2 answers)"
        assert question._repr_html_() == question._repr_html_()
        assert re.search(r'name="self-test-[0-9a-f]{10}"', question._repr_html_())

    @pytest.mark.parametrize(
        ("answers", "right", "sentence"),
        [
            ({"a": "yes", "b": "no"}, "c", "'c' is not among the answers"),
            ({"a": "yes"}, "a", "no wrong answer"),
            ({"a": "yes", "b": " "}, "a", "nothing is said about 'b'"),
        ],
    )
    def test_it_refuses(self, answers, right, sentence):
        with pytest.raises(ValueError, match=sentence):
            Question("Why?", answers, right=right)
