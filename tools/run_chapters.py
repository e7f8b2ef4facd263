"""Run chapters again and store their outputs in the notebooks, in one normal form.

    python tools/run_chapters.py       the chapters that changed since their last run
    python tools/run_chapters.py 05    chapter 05, changed or not

A chapter has changed when its code has, or a file of nnlib that it imports.  The stored
outputs hold no widget state, no times and no paths, so that a run that gives the same
results gives the same file.
"""

import json
import sys
import time

import chapters
import check_notebooks
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from tqdm import tqdm

RECORD = chapters.ROOT / "_build/chapters-run.json"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
PASSING_METADATA = ("execution", "ExecuteTime", "collapsed", "scrolled")
HIDING = {"hide-input", "hide-cell", "remove-input"}  # tags
SLOWEST_CELL = 600  # seconds


def merge_streams(outputs):
    """One output for what a cell printed, however the pieces arrived."""
    merged = []
    for output in outputs:
        last = merged[-1] if merged else {}
        kinds = output.output_type, last.get("output_type")
        if kinds == ("stream", "stream") and last.name == output.name:
            last.text += output.text
        else:
            merged.append(output)
    return merged


def normal_output(output):
    if output.output_type == "error":
        # The frames name paths and line numbers; the reader needs the sentence.
        output.traceback = [f"{output.ename}: {output.evalue}"]
    if "data" in output:
        output.data.pop(WIDGET_VIEW, None)
        output.metadata = {}
    return output


def hide_source(cell):
    """What the page hides, such as the answers of a self-test, JupyterLab hides too."""
    if HIDING.intersection(cell.metadata.get("tags", [])):
        cell.metadata.jupyter = {"source_hidden": True}


def normalise(notebook):
    """The notebook without anything that differs between two equal runs."""
    for cell in notebook.cells:
        for key in PASSING_METADATA:
            cell.metadata.pop(key, None)
        if cell.cell_type == "code":
            hide_source(cell)
            cell.outputs = [normal_output(o) for o in merge_streams(cell.outputs)]
    notebook.metadata.pop("widgets", None)
    notebook.metadata.kernelspec = KERNEL
    notebook.metadata.language_info = {"name": "python"}
    return notebook


def execute(notebook, name):
    count = sum(cell.cell_type == "code" for cell in notebook.cells)
    with tqdm(total=count, desc=name, unit=" cells", leave=False) as bar:
        client = NotebookClient(
            notebook,
            timeout=SLOWEST_CELL,
            store_widget_state=False,
            extra_arguments=["--log-level=ERROR"],
            resources={"metadata": {"path": str(chapters.NOTEBOOKS)}},
            on_cell_executed=lambda **_: bar.update(),
        )
        client.execute(env=chapters.environment())


def run(path):
    """Run one chapter; its file is written only if every cell ran as it should."""
    start = time.perf_counter()
    notebook = nbformat.read(path, as_version=4)
    try:
        execute(notebook, path.stem)
    except CellExecutionError as error:
        print(f"{path.name}: a cell failed, and the file is left as it was.\n{error}")
        return False
    nbformat.write(normalise(notebook), path)
    print(f"{path.name}: {time.perf_counter() - start:.1f} s")
    for complaint in check_notebooks.complaints(notebook):
        print(f"  {complaint}")
    return True


def read_record():
    return json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else {}


def write_record(record):
    RECORD.parent.mkdir(exist_ok=True)
    RECORD.write_text(json.dumps(record, indent=1), "utf-8")


def main(chapter=""):
    record, failed = read_record(), []
    chosen = chapters.find(chapter)
    if not chapter:
        chosen = [p for p in chosen if record.get(p.name) != chapters.digest_of(p)]
        if not chosen:
            print("No chapter has changed since it was last run here.")
    for path in chosen:
        if run(path):
            record[path.name] = chapters.digest_of(path)
            write_record(record)
        else:
            failed.append(path.name)
    if failed:
        sys.exit(f"Not run to the end: {', '.join(failed)}.")


if __name__ == "__main__":
    main(*sys.argv[1:])
