"""How quickly does a built page answer, and how much does a first visit fetch?

    python benchmarks/page.py [notebooks/05_backpropagation_by_numbers.html ...]

Opens the pages of _build/html that hold an explorer, or those named, in headless
Chromium; page.js measures inside them. The times depend on what else the machine does,
so its load stands above the tables.
"""

import gzip
import json
import statistics
import sys
from math import prod
from pathlib import Path

import chromium
from chromium import SITE
from page_weight import weight

from nnlib.widgets.proof import specs_in

MOVES, STEPS, VISITS = 208, 300, 3
LINE = {"latency": 40, "downloadThroughput": 1.25e6, "uploadThroughput": 1.25e6}
ALL_READY = """() => [...document.querySelectorAll("[data-explorer]")]
    .every((root) => root.dataset.ready)"""

SLIDER = """
Slider move to redrawn explorer, in ms. Work: script, style and layout of the frame.
Painted: the painting of the page too. Screen: the wait for that frame too.
goals: p95 of the work <= 16 for three-two-two, <= 50 for the largest"""


class Explorer:
    """An explorer of a built page, in the variant with most numbers."""

    def __init__(self, path, spec):
        self.path, self.slug = path, spec["slug"]
        sizes = [elements(variant["trace"]) for variant in spec["variants"]]
        self.variant = sizes.index(max(sizes))
        self.elements = max(sizes)
        self.trace = spec["variants"][self.variant]["trace"]

    def run(self, browser, site, measure, *arguments):
        """What a function of page.js returns, on the page as a reader opens it."""
        page = opened(browser)
        page.goto(f"{site}{self.path}#{self.slug}?variant={self.variant}")
        page.wait_for_function(ALL_READY)
        result = page.evaluate(f"bench.{measure}", [self.slug, *arguments])
        page.close()
        return result


def opened(browser):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.add_init_script(path=Path(__file__).with_suffix(".js"))
    return page


def elements(trace):
    return sum(prod(step["shape"]) for step in trace["steps"])


def explorers(path):
    specs = specs_in((SITE / path).read_text("utf-8"))
    return [Explorer(path, spec) for spec in specs]


def spread(times):
    """Median and 95th percentile, as two cells."""
    cuts = statistics.quantiles(times, n=20)
    return f"{cuts[9]:13.2f}{cuts[18]:7.2f}"


def slider_table(found, *where):
    print(SLIDER)
    print(f"{'explorer':20} {'elements':>8}{'shown':>6}", end="")
    print("".join(f"{n + ' p50':>13}{'p95':>7}" for n in ("work", "painted", "screen")))
    for explorer in sorted(found, key=lambda e: e.elements):
        result = explorer.run(*where, "move", MOVES)
        line = f"{explorer.slug:20} {explorer.elements:>8}{result['numbers']:>6}"
        if len(result["times"]) < MOVES:
            print(f"{line}  its sliders change no number on show at the last step")
            continue
        cells = [spread(times) for times in zip(*result["times"], strict=True)]
        print(line + "".join(cells), flush=True)


def training_table(found, *where):
    print("\nOne training step in the page, in ms (goal: the step <= 4)")
    print("a click also replays the step, and runs what the theme does at every click")
    print(f"{'explorer':20}{'step p50':>13}{'p95':>7}{'click p50':>13}{'p95':>7}")
    for explorer in (e for e in found if e.trace.get("updates")):
        times = explorer.run(*where, "train", explorer.trace, STEPS)
        cells = spread(times["engine"]) + spread(times["click"])
        print(f"{explorer.slug:20}{cells}", flush=True)


def visit(browser, site, path):
    """Milliseconds until the first explorer is ready, and {resource: bytes}."""
    page = opened(browser)  # in a context of its own, so with an empty cache
    wire = page.context.new_cdp_session(page)
    names, received = {}, {}
    wire.on(
        "Network.requestWillBeSent",
        lambda e: names.update({e["requestId"]: e["request"]["url"]}),
    )
    wire.on(
        "Network.loadingFinished",
        lambda e: received.update({names[e["requestId"]]: e["encodedDataLength"]}),
    )
    wire.send("Network.enable")
    wire.send("Network.emulateNetworkConditions", {"offline": False, **LINE})
    page.goto(site + path)
    page.wait_for_function(ALL_READY)
    page.wait_for_timeout(500)  # for what is fetched late
    ready = page.evaluate("bench.firstReady")
    page.close()
    return ready, {u: n for u, n in received.items() if u.startswith(site)}


def visit_table(paths, *where):
    print("\nFirst visit at 10 Mbit/s and 40 ms, gzipped, the median of", VISITS)
    print("goals: <= 1 MB, first explorer ready <= 2 s; the five largest files below")
    for path in paths:
        visits = [visit(*where, path) for _ in range(VISITS)]
        ready = statistics.median(ready for ready, _ in visits)
        sizes = visits[0][1]
        print(f"{path}: {sum(sizes.values()) / 1e3:.0f} kB in ", end="")
        print(f"{len(sizes)} requests, ready after {ready / 1e3:.2f} s", flush=True)
        for url in sorted(sizes, key=sizes.get, reverse=True)[:5]:
            print(f"{sizes[url] / 1e3:9.1f} kB  {url.split('/')[-1].split('?')[0]}")


def weight_table(found, paths):
    code = [weight(SITE / "_static" / f"explorer.{kind}")[1] for kind in ("js", "css")]
    traces = {e.slug: json.dumps(e.trace, separators=(",", ":")) for e in found}
    largest = max(traces, key=lambda slug: len(traces[slug]))
    packed = traces[largest].encode()
    carriers = [p for p in paths if "_esm" in (SITE / p).read_text("utf-8")]
    print("\nWhat explorers weigh, in bytes")
    print(f"{sum(code):>9} code, js and css gzipped (goal: <= 120000)")
    print(f"{len(packed):>9} largest trace, {largest} (goal: <= 10000); ", end="")
    print(f"{len(gzip.compress(packed))} gzipped")
    print(f"{len(carriers):>9} pages with code of their own, _esm (goal: 0)")


def main(*names):
    paths = names or sorted(str(p.relative_to(SITE)) for p in SITE.rglob("*.html"))
    missing = [path for path in paths if not (SITE / path).is_file()]
    if missing or not paths:
        sys.exit("There is no such page in _build/html; make html builds the book.")
    found = [explorer for path in paths for explorer in explorers(path)]
    chapters = [path for path in paths if path.startswith("notebooks/")]
    with chromium.launched() as browser, chromium.served() as site:
        print(chromium.machine(browser))
        slider_table(found, browser, site)
        training_table(found, browser, site)
        visit_table(chapters, browser, site)
        weight_table(found, paths)
        print("\n" + chromium.machine(browser))


if __name__ == "__main__":
    main(*sys.argv[1:])
