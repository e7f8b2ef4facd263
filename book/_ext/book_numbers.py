"""Chapter numbers come from the file names.

Sphinx counts chapters in the order of the table of contents.  But a chapter is called
`notebooks/05_...ipynb`, is run with `make run CHAPTER=05` and is cited as "chapter 5",
so its page must say 5 too, whichever chapters the book has so far.

A notebook's title may begin with the number, for those who read it in JupyterLab; on
the page it would stand there twice, and is taken off.
"""

import re

from docutils import nodes
from sphinx_external_toc.collectors import TocTreeCollectorWithStyles as Collector


def number_in(docname):
    match = re.match(r"notebooks/(\d+)_", docname)
    return int(match[1]) if match else None


def renumber(env, docname, number):
    """Put `number` in the place of the first part of every section number."""
    sections = env.toc_secnumbers[docname]
    for anchor, old in sections.items():
        if old:
            sections[anchor] = (number, *old[1:])
    links = env.tocs[docname].findall(nodes.reference)
    for node in (*links, env.titles[docname]):
        if node.get("secnumber"):
            node["secnumber"] = [number, *node["secnumber"][1:]]


def by_file_name(assign):
    def assign_section_numbers(self, env):
        before = env.toc_secnumbers
        assign(self, env)
        for docname in env.toc_secnumbers:
            number = number_in(docname)
            if number is not None:
                renumber(env, docname, number)
        after = env.toc_secnumbers
        return [name for name in after if after[name] != before.get(name)]

    return assign_section_numbers


def strip_number_from_title(app, doctree):
    number = number_in(app.env.docname)
    title = next(iter(doctree.findall(nodes.title)), None)
    if number is not None and title and isinstance(title[0], nodes.Text):
        title[0] = nodes.Text(re.sub(rf"^0*{number}[.:]?\s+", "", title[0]))


def setup(app):
    # Before Sphinx collects the titles for the tables of contents.
    app.connect("doctree-read", strip_number_from_title, priority=100)
    # The numbers of figures follow from those of the sections, and one method of the
    # collector assigns first these and then those; there is no event in between.
    if Collector.assign_section_numbers.__module__ != __name__:
        numbered = by_file_name(Collector.assign_section_numbers)
        Collector.assign_section_numbers = numbered
