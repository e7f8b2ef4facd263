"""Attention as one walk, forward and back, and Transformer blocks."""

import re
import unicodedata

import numpy as np
import pytest
from attention_pages import GOLDEN, WORDS, attention_explorers
from drawings import axe_findings, specs_of
from explorers import (
    NUMBERS,
    assert_agree,
    assert_stops,
    change,
    choose_size,
    mounted,
    press,
    replayed,
    reset,
    resized,
    settle,
)
from linked import FOLLOW, assert_linked

EXPLORERS = attention_explorers()
SPECS = specs_of(EXPLORERS)
ATTENTION = [s for s, spec in SPECS.items() if spec["view"]["kind"] == "attention"]
BLOCKS = [slug for slug in SPECS if slug not in ATTENTION]
LOOKS = ["whole", "scores", "softmax", "output", "arcs"]
# Rows of numbers of a matrix, by the accessible name of its grid.
READ = """
([root, name, kind]) => {
  const grids = [...root.querySelectorAll('[role=grid]')];
  const grid = grids.find((e) => e.getAttribute('aria-label') === name);
  return [...grid.querySelectorAll('.nn-row')].map((row) =>
    [...row.querySelectorAll(`.nn-at-line.is-${kind} [data-of]`)].map((e) =>
      e.dataset.number)).filter((row) => row.length);
}
"""


def begin(root, look="whole"):
    reset(root)
    if root.get_attribute("data-explorer") in ATTENTION:
        look_at(root, look)
        root.locator('.nn-at-bar input[value="0"]').check(force=True)
        settle(root.page)


def look_at(root, look):
    root.locator(f'.nn-at-bar input[value="{look}"]').check(force=True)
    settle(root.page)


def values_of(slug, variant=0, **changes):
    return replayed(SPECS[slug], variant, changes).values


def matrix(root, name, kind="value"):
    rows = root.page.evaluate(READ, [root.element_handle(), name, kind])
    return np.array(
        [[np.nan if v in (None, "NaN") else to_float(v) for v in row] for row in rows]
    )


def to_float(text):
    return {"Infinity": np.inf, "-Infinity": -np.inf}.get(text) or float(text)


def grid(root, name):
    return root.get_by_role("grid", name=name, exact=True)


def text(locator):
    return unicodedata.normalize("NFKC", " ".join(locator.inner_text().split()))


def keys(root, *names):
    for name in names:
        root.page.keyboard.press(name)
    settle(root.page)


# ---------------------------------------------------------------- every number


@pytest.mark.parametrize(
    ("slug", "look", "size"),
    [(slug, "whole", "big") for slug in ATTENTION]
    + [(slug, look, "small") for slug in ATTENTION for look in LOOKS]
    + [("heads", "inputs", "small"), ("heads", "heads", "small")]
    + [("batched", "heads", "small")],
)
def test_every_stop_shows_the_numbers_of_python(get, slug, look, size):
    root = get(slug, look)
    choose_size(root, size)
    values = replayed(SPECS[slug], 0, {})
    stops = assert_stops(root, values, f"{slug} {look}")
    weights = SPECS[slug]["view"]["weights"]
    shown = {name for stop in stops for name, *_ in stop["shown"]}
    assert look == "inputs" or shown & {*weights, *(f"dL/d{w}" for w in weights)}


@pytest.mark.parametrize("slug", BLOCKS)
def test_every_stop_of_a_block_shows_them_too(get, slug):
    root = get(slug)
    choose_size(root, "big")
    for variant in range(len(SPECS[slug]["variants"])):
        root.locator(f'.ex-head input[value="{variant}"]').check(force=True)
        values = replayed(SPECS[slug], variant, {})
        assert_stops(root, values, slug)
    root.locator('.ex-head input[value="0"]').check(force=True)


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("slug", ATTENTION)
def test_numbers_follow_the_controls_to_their_ends(get, slug, look):
    root, controls = get(slug, look), SPECS[slug]["controls"]
    press(root, "Last step")
    for end in ("min", "max"):
        taken = change(root, {c["target"]: c[end] for c in controls})
        assert_agree(root.evaluate(NUMBERS), replayed(SPECS[slug], 0, taken), slug)


@pytest.mark.parametrize("size", ["1e160", "-1e308"])
@pytest.mark.parametrize("look", LOOKS)
def test_numbers_that_overflow_are_shown(get, look, size):
    root = get("golden", look)
    press(root, "Last step")
    for name in ("Q[1,0]", "K[2,0]", "V[2,1]"):
        root.get_by_label(f"{name} as a number", exact=True).fill(size)
    settle(root.page)
    taken = dict.fromkeys(("Q[1,0]", "K[2,0]", "V[2,1]"), float(size))
    assert_agree(root.evaluate(NUMBERS), replayed(SPECS["golden"], 0, taken), size)


# ---------------------------------------------------------------- the walk


@pytest.mark.parametrize(("slug", "case"), [("golden", "full"), ("causal", "causal")])
def test_the_walk_shows_the_reference(get, slug, case):
    root, right = get(slug, "softmax"), GOLDEN["results"][case]
    press(root, "Last step")
    settle(root.page)
    np.testing.assert_allclose(matrix(root, "A"), right["weights"], atol=1e-12)
    before = "Z" if slug == "causal" else "S"
    scores = np.array(right["dScores"])
    np.testing.assert_allclose(matrix(root, before, "gradient"), scores, atol=1e-12)
    nats = root.locator(".nn-at-margin:not(.is-sums) .nn-at-note")
    told = [float(t) for t in nats.all_inner_texts()]
    np.testing.assert_allclose(told, np.round(right["row_entropy"], 2), atol=1e-9)
    look_at(root, "scores")
    for name in "QK":
        shown = matrix(root, name, "gradient")
        np.testing.assert_allclose(shown, right[f"d{name}"], atol=1e-12)
    look_at(root, "output")
    np.testing.assert_allclose(matrix(root, "O"), right["output"], atol=1e-12)
    np.testing.assert_allclose(matrix(root, "V", "gradient"), right["dV"], atol=1e-12)


def test_the_row_sum_of_the_softmax_is_on_show(get):
    root, values = get("golden", "softmax"), values_of("golden")
    press(root, "Last step")
    settle(root.page)
    shown = root.locator(".nn-at-margin.is-sums [data-number]").all()
    sums = [float(s.get_attribute("data-number")) for s in shown]
    right = (values["A"] * values["dL/dA"]).sum(axis=1)
    np.testing.assert_allclose(sums, right, rtol=1e-12)
    assert "r" in text(root.locator(".nn-at-rule").first)


def test_a_score_lights_its_two_rows_and_spells_them_out(get):
    root = get("golden", "scores")
    press(root, "Next step")
    press(root, "Next step")
    grid(root, "R").locator('.is-value [data-index="2,1"]').click()
    settle(root.page)
    for name, row in (("Q", 2), ("K", 1)):
        lit = grid(root, name).locator(".is-term-row .is-value [data-index]").all()
        indices = [e.get_attribute("data-index") for e in lit]
        assert indices == [f"{row},{j}" for j in range(4)]
    values = values_of("golden")
    told = text(root.locator(".nn-at-story .nn-window-sum").first)
    assert told.count("·") == 4
    assert told.endswith(f"= {values['R'][2, 1]:.4g}".replace("-", "−"))
    words = text(root.locator(".nn-at-words"))
    assert words.startswith("three → two: a row of Q times a row of K")


def test_the_way_back_lights_columns(get):
    root = get("golden", "output")
    press(root, "Last step")
    cell = grid(root, "V").locator('.is-gradient [data-index="2,1"]')
    cell.click()
    settle(root.page)
    lit = grid(root, "A").locator(".is-term-column .is-value [data-index]").all()
    assert [e.get_attribute("data-index") for e in lit] == ["0,2", "1,2", "2,2"]
    lit = grid(root, "O").locator(".is-gradient-column .is-gradient [data-index]").all()
    assert [e.get_attribute("data-index") for e in lit] == ["0,1", "1,1", "2,1"]
    assert "at=dL/dV[2,1]" in _link(root)


def _link(root):
    return root.evaluate(
        """(root) => { const s = root.querySelector('.ex-subject [data-of]');
        return `at=${s.dataset.of}[${s.dataset.index}]`; }"""
    )


def test_the_drawing_follows_the_stops(get):
    root = get("causal")
    pressed = root.locator('.nn-at-layer-choice[aria-pressed="true"]')
    seen = []
    for _ in range(int(root.get_attribute("data-steps"))):
        settle(root.page)
        seen.append(text(pressed.first))
        if root.get_by_role("button", name="Next step", exact=True).is_enabled():
            press(root, "Next step")
    order = [name for i, name in enumerate(seen) if i == 0 or seen[i - 1] != name]
    there = ["Q KT", "÷ √d", "mask", "softmax"]
    assert order == [*there, *reversed(there[:-1])]


def test_masked_numbers_are_hatched_and_an_all_masked_row_is_explained(get):
    root = get("causal", "softmax")
    press(root, "Last step")
    settle(root.page)
    hidden = grid(root, "A").locator(".is-masked .is-value [data-index]").all()
    assert [e.get_attribute("data-index") for e in hidden] == ["0,1", "0,2", "1,2"]
    root.get_by_role("switch", name="M[0,0]").uncheck(force=True)
    settle(root.page)
    said = text(root.locator(".nn-at-status[role=status]"))
    assert said.startswith("one may look at no key: all its scores are −∞")
    assert np.isnan(matrix(root, "A")[0]).all()
    assert np.isfinite(matrix(root, "A")[1:]).all()
    assert grid(root, "A").locator(".is-odd").count() >= 3


def test_earlier_outputs_stay_when_the_last_token_changes(get):
    root = get("heads")
    press(root, "Last step")
    assert root.locator(".nn-at-status[role=status]").inner_text() == ""
    change(root, {"X[5,0]": 1.7})
    said = root.locator(".nn-at-status[role=status]").inner_text()
    kept = ", ".join(WORDS[:5])
    assert said == f"Other outputs than recorded: mat. Exactly as recorded: {kept}."
    marks = root.locator(".nn-at-margin.is-changes .nn-at-note").all_inner_texts()
    assert marks == ["="] * 5 + ["≠"]
    press(root, "Reset")
    settle(root.page)
    marks = root.locator(".nn-at-margin.is-changes .nn-at-note").all_inner_texts()
    assert set(marks) == {""}


def test_temperature_moves_the_entropy(get):
    root = get("batched", "softmax")
    press(root, "Last step")

    def nats():
        notes = root.locator(".nn-at-margin:not(.is-sums) .nn-at-note")
        return [float(t) for t in notes.all_inner_texts()]

    change(root, {"tau": 0.05})
    cold = nats()
    change(root, {"tau": 10})
    hot = nats()
    assert max(cold) < 0.2
    assert min(hot) > 1.3  # of ln 4 = 1.386
    look_at(root, "scores")
    assert root.get_by_role("button", name="softmax", exact=True).is_visible()


def test_heads_stand_side_by_side_and_one_is_chosen(get):
    root, values = get("heads", "heads"), values_of("heads")
    press(root, "Last step")
    settle(root.page)
    for h in (1, 2):
        shown = matrix(root, f"A{h}, head {h}")
        np.testing.assert_allclose(shown, values[f"A{h}"], atol=1e-12)
    root.get_by_role("button", name="head 2", exact=True).click()
    look_at(root, "whole")
    assert grid(root, "Q2, head 2").count() == 1
    axis = get("batched", "heads")
    press(axis, "Last step")
    settle(axis.page)
    shown = matrix(axis, "A, head 2")
    np.testing.assert_allclose(shown, values_of("batched")["A"][0, 1], atol=1e-12)


def test_arcs_are_as_wide_as_the_weights(get):
    root, values = get("heads", "arcs"), values_of("heads")
    press(root, "Last step")
    root.get_by_role("button", name="on", exact=True).click()
    settle(root.page)
    arcs = root.locator(".nn-at-arc.is-here").all()
    wide = [float(a.get_attribute("stroke-width")) for a in arcs]
    np.testing.assert_allclose(wide, 22 * values["A1"][3], atol=0.006)
    assert [a.get_attribute("d") is None for a in arcs] == [False] * 4 + [True] * 2
    grown = [s.get_attribute("style") for s in root.locator(".nn-at-share").all()]
    shares = [float(re.search(r"flex-grow: ?([\d.]+)", s)[1]) for s in grown]
    assert sum(shares) == pytest.approx(1, abs=1e-3)
    picture = root.locator(".nn-at-arc-picture")
    assert picture.get_attribute("aria-label").startswith("on looks at the: ")


# ---------------------------------------------------------------- by hand


def test_a_number_of_a_query_is_changed_in_its_cell(get):
    root = get("golden")
    press(root, "Last step")
    root.get_by_label("Q[1,2] in the picture").first.fill("2.5")
    settle(root.page)
    values = replayed(SPECS["golden"], 0, {"Q[1,2]": 2.5})
    assert_agree(root.evaluate(NUMBERS), values, "edited")
    assert root.get_by_label("Q[1,2] as a number").input_value() == "2.5"
    root.get_by_label("Q[1,2] in the picture").first.fill("")
    assert "needs a number" in text(root.locator(".nn-at-status").first)


def test_cells_are_walked_with_arrow_keys(get):
    root = get("golden", "scores")
    press(root, "Last step")
    grid(root, "K").locator(".nn-at-cell").first.focus()
    keys(root, "ArrowRight", "ArrowDown", "ArrowDown", "ArrowDown")
    assert _link(root) == "at=K[2,1]"
    last = int(root.get_attribute("data-steps")) - 1
    assert root.get_attribute("data-step") == str(last)
    keys(root, "Enter")
    assert root.page.evaluate("document.activeElement.localName") == "input"
    keys(root, "Escape")
    assert root.page.evaluate("document.activeElement.className").startswith("nn-at-c")


def test_a_layer_is_chosen_by_hand(get):
    root, values = get("causal", "scores"), values_of("causal")
    press(root, "Last step")
    root.get_by_role("button", name="÷ √d", exact=True).click()
    settle(root.page)
    np.testing.assert_allclose(matrix(root, "S"), values["S"], atol=1e-12)


@pytest.mark.parametrize("look", ["scores", "arcs", "heads"])
def test_a_link_restores_what_is_looked_at(get, look):
    root = get("heads")
    root.page.evaluate(FOLLOW, "heads")
    press(root, "Last step")

    def choose():
        look_at(root, look)
        root.locator('.nn-at-bar input[value="1"]').check(force=True)

    assert assert_linked(root, choose) == f"look.{look}/head.1"


# ---------------------------------------------------------------- blocks


def test_scopes_open_and_close(get):
    root = get("block")
    press(root, "Last step")
    box = root.get_by_role("button", name="attention", exact=True).first
    assert box.get_attribute("aria-expanded") == "false"
    box.click()
    settle(root.page)
    assert box.get_attribute("aria-expanded") == "true"
    inner = root.get_by_role("button", name="head 1", exact=True).first
    inner.click()
    settle(root.page)
    assert root.get_by_role("button", name="softmax", exact=True).count() == 1
    box.click()
    settle(root.page)
    assert not inner.is_visible()
    box.click()
    settle(root.page)
    assert root.get_by_role("button", name="softmax", exact=True).is_visible()
    box.click()


def test_a_link_restores_the_boxes_that_are_open(get):
    root = get("block")
    root.page.evaluate(FOLLOW, "block")
    press(root, "Last step")

    def choose():
        for name in ("attention", "head 1"):
            root.get_by_role("button", name=name, exact=True).first.click()
            settle(root.page)

    boxes = assert_linked(root, choose).split("/")
    assert len(boxes) == 2 and boxes[1] == boxes[0].replace(".", "-head 1.")


def test_boxes_stay_open_in_the_other_variant_and_in_no_other_explorer(get):
    opened = "[aria-expanded=true]"
    other, root = get("deep"), get("block")
    root.page.evaluate(FOLLOW, "block")
    root.get_by_role("button", name="attention", exact=True).first.click()
    settle(root.page)
    assert root.locator(opened).count() == 1
    root.locator('.ex-head input[value="1"]').check(force=True)
    settle(root.page)
    assert root.locator(opened).all_text_contents() == ["−attention"]
    assert other.locator(opened).count() == 0
    root.locator(opened).click()
    root.locator('.ex-head input[value="0"]').check(force=True)
    settle(root.page)
    assert root.locator(opened).count() == 0


def test_the_norm_is_on_the_branch_or_on_the_stream(get):
    root = get("block")
    counts = []
    for variant in ("0", "1"):
        root.locator(f'.ex-head input[value="{variant}"]').check(force=True)
        settle(root.page)
        places = (".nn-bl-branch", ".nn-bl-after")
        norms = [root.locator(p).get_by_role("button", name="norm") for p in places]
        counts.append([n.count() for n in norms])
    root.locator('.ex-head input[value="0"]').check(force=True)
    assert counts == [[2, 0], [0, 2]]


@pytest.mark.parametrize("slug", BLOCKS)
def test_sizes_along_the_stream_are_euclidean_norms(get, slug):
    root = get(slug)
    for variant in (0, 1):
        root.locator(f'.ex-head input[value="{variant}"]').check(force=True)
        press(root, "Last step")
        settle(root.page)
        values = values_of(slug, variant)
        totals = root.locator(".nn-bl-gauge.is-gradient .nn-bl-total").all()
        stream = SPECS[slug]["view"]["stream"]
        for total, name in zip(totals, stream, strict=True):
            right = np.linalg.norm(values[f"dL/d{name}"])
            assert float(total.get_attribute("title")) == pytest.approx(right)
    root.locator('.ex-head input[value="0"]').check(force=True)


def test_a_square_of_the_stream_is_chosen(get):
    root = get("block")
    press(root, "Last step")
    part = root.locator('[role=application][aria-label^="x1."]')
    part.focus()
    keys(root, *["ArrowLeft", "ArrowUp"] * 8, "ArrowRight", "ArrowDown")
    assert _link(root) == "at=x1[1,1]"
    assert part.locator(".nn-maps-chosen").get_attribute("d") == "M1 1h1v1h-1z"


def test_a_token_of_the_block_that_overflows_is_shown(get):
    root = get("block")
    press(root, "Last step")
    root.get_by_label("x0[0,0] as a number", exact=True).fill("1e200")
    settle(root.page)
    story = text(root.locator(".nn-bl-story"))
    assert "cannot be compared" in story or "multiplied by" in story
    values = replayed(SPECS["block"], 0, {"x0[0,0]": 1e200})
    assert_agree(root.evaluate(NUMBERS), values, "overflow")


# ---------------------------------------------------------------- the page


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("width", [320, 1440])
def test_nothing_sticks_out_and_it_fits_a_screen(get, opened, width, look):
    root = get("heads", look)
    resized(opened, width)
    for stop in ("First step", "Last step"):
        press(root, stop)
        settle(opened)
        assert opened.evaluate("document.documentElement.scrollWidth") <= width
        if width == 1440:
            assert root.bounding_box()["height"] <= 640
            stage = root.locator(".ex-stage")
            across = stage.evaluate("e => e.scrollWidth - e.clientWidth")
            down = stage.evaluate("e => e.scrollHeight - e.clientHeight")
            assert across <= 0
            assert down <= 0, f"{down} pixels too tall"


@pytest.mark.parametrize("slug", BLOCKS)
@pytest.mark.parametrize("width", [320, 1440])
def test_a_block_fits_too(get, opened, width, slug):
    root = get(slug)
    resized(opened, width)
    for variant in (0, 1):
        root.locator(f'.ex-head input[value="{variant}"]').check(force=True)
        press(root, "Last step")
        settle(opened)
        assert opened.evaluate("document.documentElement.scrollWidth") <= width
        if width == 1440:
            assert root.bounding_box()["height"] <= 640
            across = "e => e.scrollWidth - e.clientWidth"
            assert root.locator(".nn-bl-scroll").evaluate(across) <= 0
    root.locator('.ex-head input[value="0"]').check(force=True)


# Two ways to share out the looks: each is seen, on more than one explorer where it can.
SEEN = [
    {"golden": "whole", "causal": "scores", "heads": "heads", "batched": "softmax"},
    {"golden": "arcs", "causal": "softmax", "heads": "scores", "batched": "whole"},
]


@pytest.mark.parametrize("looks", SEEN, ids=["first", "second"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_has_no_finding(get, opened, theme, looks):
    for slug in SPECS:
        press(get(slug), "Last step")
    for slug, look in looks.items():
        look_at(mounted(opened, slug), look)
    assert not axe_findings(opened, theme)


def test_beside_its_ledger_a_block_is_seen_whole(get):
    root = get("block")
    root.evaluate("e => { e.style.width = '886px'; }")  # a chapter at 1440 px
    for variant in range(len(SPECS["block"]["variants"])):
        root.locator(f'.ex-head input[value="{variant}"]').check(force=True)
        for end in ("First step", "Last step"):
            press(root, end)
            settle(root.page)
            row = root.locator(".nn-bl-scroll")
            assert row.evaluate("e => e.scrollWidth - e.clientWidth") <= 0
    root.locator('.ex-head input[value="0"]').check(force=True)
    root.evaluate("e => e.style.removeProperty('width')")
