"""Generated pages are what their scripts would write."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def tool(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_landing_explorer_is_current():
    landing = tool("landing")
    written = landing.TARGET.read_text(encoding="utf-8")
    assert written == landing.one_neuron().to_html() + "\n", "run tools/landing.py"


def test_the_introduction_and_the_contents_name_every_chapter():
    introduction, contents = (
        (ROOT / name).read_text(encoding="utf-8")
        for name in ("book/intro.md", "_toc.yml")
    )
    for path in tool("errata").chapters():
        assert f"(../notebooks/{path.name})" in introduction
        assert f"- file: notebooks/{path.stem}\n" in contents


def test_the_errata_page_is_current():
    errata = tool("errata")
    written = errata.PAGE.read_text(encoding="utf-8")
    assert written == errata.page(), "run tools/errata.py"


@pytest.mark.parametrize("path", tool("errata").chapters(), ids=lambda p: p.stem)
def test_each_chapter_states_exactly_the_errata_it_claims(path):
    errata = tool("errata")
    assert sorted(e[0] for e in errata.entries(path)) == errata.claimed(path)
