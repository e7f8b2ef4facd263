"""Read explorers from built pages, drive them, compare their numbers with Python."""

import html
import time
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from tolerance import scales

from nnlib import Trace
from nnlib.widgets.proof import specs_in

HERE = ("http://127.0.0.1:", "file:", "data:", "blob:")
WIDE = {"width": 1440, "height": 900}
SITE = Path(__file__).parents[2] / "_build" / "html"


def built_pages():
    """Paths of the pages that readers visit, relative to the site."""
    skip = {"search.html", "genindex.html", "index.html"}
    pages = (p.relative_to(SITE) for p in SITE.rglob("*.html"))
    return sorted(
        str(p) for p in pages if p.name not in skip and p.parts[0] != "_static"
    )


class Opened(NamedTuple):
    """An explorer in a browser: the page, its root there, and what it was made from."""

    page: object
    root: object
    path: str
    spec: dict


def explorers_of(path):
    """The specs of all explorers on a built page."""
    return specs_in(path.read_text("utf-8"))


@contextmanager
def silent_page(browser):
    """A page that may only reach this machine, and must write no error."""
    context = browser.new_context(viewport=WIDE)
    page = context.new_page()
    page.complaints = complaints = []

    def say(error):
        complaints.append(f"error on the console: {error}")

    page.on("pageerror", say)
    page.on("console", lambda m: say(m.text) if m.type == "error" else None)

    def guard(route):
        if route.request.url.startswith(HERE):
            route.continue_()
        else:
            complaints.append(f"request to the outside: {route.request.url}")
            route.abort()

    context.route("**/*", guard)
    yield page
    context.close()
    assert not complaints, "\n".join(complaints)


def settle(page):
    """Wait until what was asked for is drawn: two frames."""
    page.evaluate(
        "() => new Promise((done) => requestAnimationFrame("
        "() => requestAnimationFrame(() => done())))"
    )


def until(page, holds):
    """Wait for what takes longer than a frame: play, a message, a check in slices.

    A busy machine only takes longer; what never holds fails after a minute.
    """
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "it does not come"
        page.wait_for_timeout(20)


def resized(page, width, height=900):
    """The page at another size, once its drawings have followed."""
    page.set_viewport_size({"width": width, "height": height})
    settle(page)


def themed(page, theme):
    """Put on a theme, without fading: a colour halfway has no contrast."""
    page.add_style_tag(content="*, ::before, ::after { transition: none !important; }")
    page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
    settle(page)


def mounted(page, slug):
    """The root of an explorer, once it answers."""
    root = f'[data-explorer="{html.escape(slug)}"]'
    page.wait_for_selector(f'{root}[data-ready="true"]', timeout=60_000)
    return page.locator(root)


def open_explorer(page, address, path, slug):
    page.goto(f"{address}/{path}")
    return mounted(page, slug)


# Runs in the page: walks every stop and collects every number that it shows.
WALK = """
async (root) => {
  const drawn = () => new Promise(
    (done) => requestAnimationFrame(() => setTimeout(done)));
  const button = (name) => [...root.querySelectorAll('button')].find(
    (b) => (b.getAttribute('aria-label') ?? b.textContent).trim() === name);
  const shown = () => [...root.querySelectorAll('[data-of][data-number]')].map((e) =>
    [e.dataset.of, e.dataset.index, e.dataset.number]);
  const next = button('Next step');
  button('First step').click();
  await drawn();
  const stops = [];
  const count = Number(root.dataset.steps);
  for (let i = 0; i < count; i += 1) {
    stops.push({step: root.dataset.step, phase: root.dataset.phase, shown: shown()});
    // It does not bubble: at each click the theme looks through the whole page.
    if (i + 1 < count) next.dispatchEvent(new Event('click'));
    await drawn();
  }
  return stops;
}
"""
RESET = """
async (root, stop) => {
  root.scrollIntoView();
  for (const name of ['Reset', stop]) {
    [...root.querySelectorAll('button')].find(
      (b) => (b.getAttribute('aria-label') ?? b.textContent).trim() === name).click();
  }
}
"""
NUMBERS = """
(root) => [...root.querySelectorAll('[data-of][data-number]')].map((e) =>
  [e.dataset.of, e.dataset.index, e.dataset.number])
"""
SET = """
async ([root, changes]) => {
  const named = (e) => (e.getAttribute('aria-label') ?? '').trim();
  const knobs = [...root.querySelectorAll('input:is([type=range], [role=switch])')];
  for (const [name, value] of Object.entries(changes)) {
    const knob = knobs.find((e) => named(e) === name);
    if (knob.type === 'range') knob.value = value;
    else knob.checked = value > 0.5;
    knob.dispatchEvent(new Event('input', {bubbles: true}));
  }
  const frame = () => new Promise((done) => requestAnimationFrame(() => done()));
  await frame(); await frame();
  const read = (e) => Number(e.type === 'range' ? e.value : e.checked);
  return Object.fromEntries(knobs.map((e) => [named(e), read(e)]));
}
"""


def reset(root, stop="First step"):
    """Back to the recorded numbers and to a stop, by script: many tests begin so."""
    root.evaluate(RESET, stop)
    settle(root.page)


def press(root, name):
    """Click a button, and wait until what follows is drawn."""
    root.get_by_role("button", name=name, exact=True).click()
    settle(root.page)


def choose_size(root, size):
    root.locator(f'.ex-transport input[value="{size}"]').check(force=True)
    settle(root.page)


def change(root, values):
    """Move controls; returns the values they took (a slider rounds to its step)."""
    taken = root.page.evaluate(SET, [root.element_handle(), values])
    return {name: taken[name] for name in values}


def controls_at(root):
    """Where every slider and switch stands, by its name."""
    return root.page.evaluate(SET, [root.element_handle(), {}])


def number(text):
    return {"Infinity": np.inf, "-Infinity": -np.inf}.get(text) or float(text)


def assert_agree(shown, expected, where):
    """Every number on the page equals Python's, to 1e-12; see :mod:`tolerance`."""
    unknown = {name for name, *_ in shown} - expected.values.keys()
    assert not unknown, f"{where}: the trace has no tensor {unknown}"
    found = np.array([number(text) for *_, text in shown])
    right = np.array([element(expected.values[n], index) for n, index, _ in shown])
    least = np.array([1e-12 * expected.scales[name] for name, *_ in shown])
    close = np.isclose(found, right, rtol=1e-12, atol=least, equal_nan=True)
    for i in np.flatnonzero(~close):
        name, index, text = shown[i]
        pytest.fail(f"{where}: {name}[{index}] shows {text}, Python has {right[i]!r}")


def element(tensor, index):
    """Of a tensor the element that a page calls ``0,1``."""
    return float(np.asarray(tensor)[tuple(map(int, filter(None, index.split(","))))])


def assert_stops(root, values, where):
    """At every stop each number shown is Python's; returns the stops."""
    stops = root.evaluate(WALK)
    for stop in stops:
        assert_agree(stop["shown"], values, f"{where} stop {stop['step']}")
    return stops


class Replayed(NamedTuple):
    """All tensors of a trace by name, and the scale of the step that made each."""

    values: dict
    scales: dict


def replayed(spec, variant, changes):
    """All tensors of a variant, with ``changes`` to the controls that it has."""
    trace = Trace.from_json(spec["variants"][variant]["trace"])
    known = set()
    for step in trace.steps:
        known |= {step["name"], *(step.get("labels") or [])}
        if step["op"] == "input":
            known |= {
                f"{step['name']}[{','.join(map(str, i))}]"
                for i in np.ndindex(*step["shape"])
            }
    with np.errstate(all="ignore"):
        values = trace.replay({k: v for k, v in changes.items() if k in known})
    return Replayed(values, scales(trace, values))
