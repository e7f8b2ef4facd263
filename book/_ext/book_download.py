"""The button that downloads a chapter, also on pages opened from disk.

There a browser shows the file instead of saving it, and lets no script read it.  But it
runs scripts.  So beside each source stands a script, loaded when the button is pressed,
that holds the same text and hands it to `saveFile` (`book/_templates/layout.html`).
"""

import json
from pathlib import Path


def write_twins(app, exception):
    if exception or app.builder.format != "html":
        return
    folder = Path(app.outdir) / "_sources"
    for source in (path for path in folder.rglob("*") if path.suffix != ".js"):
        if source.is_file():
            text = json.dumps(source.read_text("utf-8"))
            source.with_name(source.name + ".js").write_text(f"saveFile({text});")


def setup(app):
    app.connect("build-finished", write_twins)
