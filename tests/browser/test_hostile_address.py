"""The hash of the address is untrusted: whatever it holds, the explorer stays whole."""

import pytest
from explorers import (
    NUMBERS,
    assert_agree,
    built_pages,
    explorers_of,
    open_explorer,
    replayed,
    settle,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PIECES = st.sampled_from(
    "step size set.w1 at variant = & ? # % %00 %ff [0,0] -1 1e999 NaN Infinity "
    "__proto__ constructor <img/src/onerror=alert(1)> \" ' javascript: big small "
    "99999999 W1 dL/dW1".split()
)
QUERIES = st.lists(PIECES | st.text(max_size=12), max_size=12).map("".join)
STATE = """
(root) => [
  root.dataset.ready, Number(root.dataset.step), Number(root.dataset.steps),
  root.querySelectorAll('img, iframe, script:not([type="application/json"])').length,
]
"""
APPLY = """
async (hash) => {
  try { history.replaceState(null, '', '#' + hash); } catch { return; }
  window.dispatchEvent(new HashChangeEvent('hashchange'));
  await new Promise((done) => requestAnimationFrame(() => done()));
}
"""


@pytest.fixture
def first(page, address, site):
    path = next(p for p in built_pages() if "05_" in p)
    spec = explorers_of(site / path)[0]
    return open_explorer(page, address, path, spec["slug"]), spec


def test_any_address_leaves_the_explorer_whole(page, first):
    root, spec = first
    dialogs = []
    page.on("dialog", lambda d: (dialogs.append(d.message), d.dismiss()))

    @settings(max_examples=200, suppress_health_check=list(HealthCheck))
    @given(QUERIES)
    def attack(query):
        page.evaluate(APPLY, f"{spec['slug']}?{query}")
        ready, step, steps, injected = root.evaluate(STATE)
        assert ready == "true" and 0 <= step < steps and injected == 0

    attack()
    assert not dialogs
    page.evaluate(APPLY, "")
    root.get_by_role("button", name="Reset").click()
    settle(page)
    assert_agree(root.evaluate(NUMBERS), replayed(spec, 0, {}), "after the attack")
