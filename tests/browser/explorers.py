"""Read explorers from built pages, drive them, compare their numbers with Python."""

import html
import json
import re
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tolerance import scales

from nnlib import Trace

HERE = ("http://127.0.0.1:", "file:", "data:", "blob:")
SITE = Path(__file__).parents[2] / "_build" / "html"
EXPLORER = re.compile(
    r'<div data-explorer="[^"]+"[^>]*>\s*'
    r'<script type="application/json">(.*?)</script>',
    re.S,
)


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
    return [json.loads(spec) for spec in EXPLORER.findall(path.read_text("utf-8"))]


@contextmanager
def silent_page(browser):
    """A page that may only reach this machine, and must write no error."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page, outside, errors = context.new_page(), [], []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)

    def guard(route):
        if route.request.url.startswith(HERE):
            route.continue_()
        else:
            outside.append(route.request.url)
            route.abort()

    context.route("**/*", guard)
    yield page
    context.close()
    assert not outside, f"requests to the outside: {outside}"
    assert not errors, f"errors on the console: {errors}"


def settle(page):
    """Wait until what was asked for is drawn: two frames."""
    page.evaluate(
        "() => new Promise((done) => requestAnimationFrame("
        "() => requestAnimationFrame(() => done())))"
    )


def open_explorer(page, address, path, slug):
    page.goto(f"{address}/{path}")
    root = page.locator(f'[data-explorer="{html.escape(slug)}"]')
    page.wait_for_selector(
        f'[data-explorer="{slug}"][data-ready="true"]', timeout=10_000
    )
    return root


# Runs in the page: walks every stop and collects every number that it shows.
WALK = """
async (root) => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => done()));
  const button = (name) => [...root.querySelectorAll('button')].find(
    (b) => (b.getAttribute('aria-label') ?? b.textContent).trim() === name);
  const shown = () => [...root.querySelectorAll('[data-of][data-number]')].map((e) =>
    [e.dataset.of, e.dataset.index, e.dataset.number]);
  button('First step').click();
  await frame(); await frame();
  const stops = [];
  const count = Number(root.dataset.steps);
  for (let i = 0; i < count; i += 1) {
    stops.push({step: root.dataset.step, phase: root.dataset.phase, shown: shown()});
    const next = button('Next step');
    if (i + 1 < count) next.click();
    await frame(); await frame();
  }
  return stops;
}
"""
NUMBERS = """
(root) => [...root.querySelectorAll('[data-of][data-number]')].map((e) =>
  [e.dataset.of, e.dataset.index, e.dataset.number])
"""
SET = """
async ([root, changes]) => {
  for (const [name, value] of Object.entries(changes)) {
    const slider = [...root.querySelectorAll('input[type=range]')].find(
      (e) => e.getAttribute('aria-label') === name);
    slider.value = value;
    slider.dispatchEvent(new Event('input', {bubbles: true}));
  }
  const frame = () => new Promise((done) => requestAnimationFrame(() => done()));
  await frame(); await frame();
  return Object.fromEntries([...root.querySelectorAll('input[type=range]')].map((e) =>
    [(e.getAttribute('aria-label') ?? '').trim(), Number(e.value)]));
}
"""


def number(text):
    return {"Infinity": np.inf, "-Infinity": -np.inf}.get(text) or float(text)


def assert_agree(shown, expected, where):
    """Every number on the page equals Python's, to 1e-12; see :mod:`tolerance`."""
    for name, index, text in shown:
        assert name in expected.values, f"{where}: the trace has no tensor {name}"
        position = tuple(int(i) for i in index.split(",")) if index else ()
        right = float(np.asarray(expected.values[name])[position])
        found, least = number(text), 1e-12 * expected.scales[name]
        close = np.isclose(found, right, rtol=1e-12, atol=least, equal_nan=True)
        assert close, f"{where}: {name}[{index}] shows {found!r}, Python has {right!r}"


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
