"""How well each trace agrees with PyTorch and with differences, as measured.

The figures are in ``proof.json``, which tools/measure_proof.py writes and nothing else.
A trace is found there by its digest, so a figure is never shown with another trace than
the one that was measured.
"""

import functools
import hashlib
import json
import re
from pathlib import Path

from nnlib.widgets.variants import packed, unpacked

FILE = Path(__file__).parent / "proof.json"
EXPLORER = re.compile(
    r'(<div data-explorer="[^"]+"[^>]*>\s*<script type="application/json">)'
    r"(.*?)(</script>)",
    re.S,
)


@functools.cache
def measured():
    """All that was measured: ``{"versions": {...}, "traces": {digest: figures}}``."""
    nothing = {"versions": {}, "traces": {}}
    return json.loads(FILE.read_text("utf-8")) if FILE.exists() else nothing


def digest(trace):
    """Return the sha256 of a trace's JSON, whatever the order of its keys."""
    text = json.dumps(trace, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def proof_of(trace):
    """Return the figures of a trace with the versions, or None if it has none."""
    found = measured()
    figures = found["traces"].get(digest(trace))
    if figures is None:
        return None
    return {k: v for k, v in figures.items() if k != "title"} | {
        "versions": found["versions"]
    }


def with_proof(spec):
    """Return the spec with the figures of each variant that was measured."""
    variants = []
    for variant in spec["variants"]:
        rest = {k: v for k, v in variant.items() if k != "proof"}
        proof = proof_of(variant["trace"])
        variants.append(rest | ({"proof": proof} if proof else {}))
    return spec | {"variants": variants}


def script_text(spec):
    """Return the spec as JSON that may stand inside a ``<script>``."""
    text = json.dumps(packed(spec), separators=(",", ":"), ensure_ascii=False)
    return text.replace("</", "<\\/").replace("<!--", "<\\u0021--")


def specs_in(html):
    """Return the specs of all explorers in some HTML."""
    return [unpacked(json.loads(text)) for _, text, _ in EXPLORER.findall(html)]


def refreshed(html):
    """Return the HTML with the figures as they are now, as an Explorer writes them."""

    def replace(match):
        spec = with_proof(unpacked(json.loads(match[2])))
        return match[1] + script_text(spec) + match[3]

    return EXPLORER.sub(replace, html)
