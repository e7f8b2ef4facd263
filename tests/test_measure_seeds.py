"""What measures several seeds refers to cells and names that the chapters have."""

import ast
import inspect

import measure_seeds
import pytest
from stored_chapter import as_chapters_run


@pytest.fixture(scope="module", params=measure_seeds.CLAIMS)
def chapter(request):
    return request.param


@pytest.fixture(scope="module")
def defined(chapter):
    """What the cells leave behind; none of them trains for long."""
    with as_chapters_run():
        return measure_seeds.run(chapter, measure_seeds.CELLS[chapter])


def functions(chapter):
    return {claim[2] for claim in measure_seeds.CLAIMS[chapter]}


def kinds(chapter):
    given = [claim[3].get("kind") for claim in measure_seeds.CLAIMS[chapter]]
    return {kind for kind in given if kind}


def test_every_name_is_defined_by_the_chapter(chapter, defined):
    for function in functions(chapter):
        for node in ast.walk(ast.parse(inspect.getsource(function))):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "c":
                assert hasattr(defined, node.attr), node.attr
    assert all(hasattr(defined, kind) for kind in kinds(chapter))


def test_every_claim_fits_its_function(chapter, defined):
    for _, seeds, function, given in measure_seeds.CLAIMS[chapter]:
        inspect.signature(function).bind(defined, 0, **given)
        assert seeds > 1


def test_the_functions_of_the_chapters_take_what_they_are_given():
    """A seed, a rate, a warm-up: the names of arguments that trainings hang on."""
    wanted = {"18": {"trained": "seed"}, "20": {"trained": "lr"}}
    wanted["25"] = {"train": "warm_up", "deep": "seed"}
    for chapter, calls in wanted.items():
        with as_chapters_run():
            found = measure_seeds.run(chapter, measure_seeds.CELLS[chapter])
        for name, argument in calls.items():
            assert argument in inspect.signature(getattr(found, name)).parameters


def test_the_cells_that_run_again_exist():
    (path,) = measure_seeds.chapters.find("12")
    cells = {c.id for c in measure_seeds.nbformat.read(path, as_version=4).cells}
    assert set(measure_seeds.AGAIN.split()) <= cells


def test_an_unknown_chapter_is_told_which_there_are(capsys):
    with pytest.raises(SystemExit, match="12, 18, 20, 25"):
        measure_seeds.main("01")
