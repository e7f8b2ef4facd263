"""The proof badge of every explorer: its figures, and the check a reader can run."""

import numpy as np
import pytest
from explorers import change, replayed, reset, settle, until
from finite_differences import CLOSER, EPS, Differences

from nnlib import Trace
from nnlib.trace import element_labels
from nnlib.widgets.proof import proof_of

MOST = 60
ROWS = """
(root) => [...root.querySelectorAll('.ex-check tbody tr')].map((row) => {
  const number = row.querySelector('[data-number]');
  return [number.dataset.of, number.dataset.index, Number(number.dataset.number),
          Number(row.querySelector('data').value), row.dataset.verdict];
})
"""
# Keeps every verdict, as the next may come before it is asked for.
LISTEN = """
(root) => {
  const words = root.querySelector('.ex-check > p');
  window.verdicts = [];
  new MutationObserver(() => window.verdicts.push(words.textContent))
    .observe(words, {childList: true, characterData: true, subtree: true});
}
"""


@pytest.fixture(autouse=True)
def start(explorer):
    reset(explorer.root)
    explorer.root.locator(".ex-proof").evaluate("(e) => { e.open = true; }")
    settle(explorer.page)


def trace_of(explorer, variant=0):
    return explorer.spec["variants"][variant]["trace"]


def has_gradients(explorer):
    return bool(trace_of(explorer)["outputs"].get("gradients"))


def written(value):
    """A deviation as the page writes it."""
    if value == 0:
        return "in every digit"
    digits, exponent = f"{value:.1e}".split("e")
    power = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"to {digits.removesuffix('.0')}×10{power}"


def badge(explorer):
    return explorer.root.locator(".ex-proof > summary").inner_text()


def verdict(explorer):
    return explorer.root.locator(".ex-check > p").inner_text()


def assert_badge(explorer, figures):
    text = badge(explorer)
    if figures is None:
        assert "no measurement of the book" in text
        return
    assert f"PyTorch {figures['versions']['torch']} " in text
    assert written(figures.get("torch", figures["torch_values"])) in text
    if "differences" in figures:
        assert f"finite differences {written(figures['differences'])}" in text


def test_the_badge_shows_the_stored_figures_of_each_variant(explorer):
    for i, variant in enumerate(explorer.spec["variants"]):
        assert variant.get("proof") == proof_of(variant["trace"]), "run make measure"
        choose_variant(explorer, i)
        assert_badge(explorer, variant.get("proof"))
    choose_variant(explorer, 0)


def choose_variant(explorer, i):
    """By its link, as variants may have one switch or several."""
    if len(explorer.spec["variants"]) > 1:
        link = f"#{explorer.spec['slug']}?variant={i}&open=proof"
        explorer.page.evaluate(
            "link => { location.hash = ''; location.hash = link; }", link
        )
        settle(explorer.page)


def check_now(explorer):
    """Press the button, wait for the verdict, return the rows of the table."""
    explorer.root.get_by_role("button", name="Check now").click()
    unsaid = "Checking", "For the numbers before"
    until(explorer.page, lambda: not verdict(explorer).startswith(unsaid))
    return explorer.root.evaluate(ROWS)


def expected_rows(explorer, changes):
    """Python's differences: (gradient's name, index) -> row; and how far they blur."""
    trace = Trace.from_json(trace_of(explorer))
    with np.errstate(all="ignore"):
        differences = Differences(trace, known(trace, changes))
        rows, found = list(differences.rows()), {}
        for name, step in trace.outputs["gradients"].items():
            source = next(s for s in trace.steps if s["name"] == name)
            for index in np.ndindex(*source["shape"]):
                key = (trace.steps[step]["name"], ",".join(map(str, index)))
                found[key] = rows[len(found)]
    return found, CLOSER * 4 * differences.size * EPS ** (2 / 3)


def known(trace, changes):
    inputs = [s for s in trace.steps if s["op"] == "input"]
    labels = {
        label
        for s in inputs
        for label in (s.get("labels") or element_labels(s["name"], s["shape"]))
    }
    return {k: v for k, v in changes.items() if k in labels}


def assert_check(explorer, changes):
    rows = check_now(explorer)
    expected, blur = expected_rows(explorer, changes)
    assert len(rows) == min(MOST, len(expected))
    for name, index, value, difference, kind in rows:
        row, where = expected[name, index], f"{explorer.path}: {name}[{index}]"
        assert kind != "differs" and row.kind != "differs", where
        if kind == "odd" or row.kind == "odd":
            assert kind == row.kind, where
        elif "kink" not in (kind, row.kind):
            most = max(abs(v) for n, _, v, *_ in rows if n == name and np.isfinite(v))
            close = {"rtol": 0, "atol": blur + 1e-6 * most, "err_msg": where}
            np.testing.assert_allclose(difference, row.difference, **close)
            if kind == "agrees":
                np.testing.assert_allclose(difference, value, **close)
        else:
            assert kind == row.kind, where
    words = verdict(explorer)
    assert "not agree" not in words
    told = {"agrees": "agree", "faint": "too small", "kink": "kink", "odd": "finite"}
    for kind in {kind for *_, kind in rows}:
        assert told[kind] in words, words


def test_check_now_agrees_with_python_or_says_why_not(explorer):
    """It leaves what is shown as it was; what is selected then comes first."""
    if not has_gradients(explorer):
        assert "no gradients to check" in verdict(explorer)
        assert explorer.root.get_by_role("button", name="Check now").count() == 0
        return
    numbers = "(e) => [...e.querySelectorAll('[data-number]')].map((n) => n.title)"
    picture = explorer.root.locator(".ex-picture")
    before = picture.evaluate(numbers)
    assert_check(explorer, {})
    settle(explorer.page)
    assert picture.evaluate(numbers) == before
    assert explorer.root.get_attribute("data-step") == "0"
    last = explorer.root.evaluate(ROWS)[-1]
    explorer.root.locator(".ex-check tbody [data-number]").last.click()
    settle(explorer.page)
    assert check_now(explorer)[0][:2] == last[:2]


def test_at_the_ends_of_the_sliders_too(explorer):
    if not has_gradients(explorer):
        return
    inputs = [s["name"] for s in trace_of(explorer)["steps"] if s["op"] == "input"]
    before = replayed(explorer.spec, 0, {}).values
    check_now(explorer)
    for end in ("min", "max"):
        explorer.root.evaluate(LISTEN)
        wanted = {c["target"]: c[end] for c in explorer.spec["controls"]}
        taken = change(explorer.root, wanted)
        after = replayed(explorer.spec, 0, taken).values
        if any(not np.array_equal(before[n], after[n]) for n in inputs):
            said = explorer.page.evaluate("() => window.verdicts")
            assert any(words.startswith("For the numbers before") for words in said)
        assert_check(explorer, taken)
        before = after


def test_another_variant_begins_anew(explorer):
    if len(explorer.spec["variants"]) < 2 or not has_gradients(explorer):
        return
    check_now(explorer)
    choose_variant(explorer, 1)
    assert explorer.root.locator(".ex-check tbody tr").count() == 0
    choose_variant(explorer, 0)
