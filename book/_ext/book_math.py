r"""Formulas without MathJax.

The page carries the LaTeX, `<span class="math">\(...\)</span>` in a line and
`<div class="math">\[...\]</div>` on its own, and the explorer script turns it into
MathML, which browsers draw themselves.  One formula renderer then serves the text and
the explorers, nothing is fetched from elsewhere, and a reader without JavaScript still
has the LaTeX.
"""

import re

from docutils import nodes
from sphinx.util.math import get_node_equation_number

CLASSES = "math notranslate nohighlight"
ENVIRONMENT = re.compile(r"\\begin\{(\w+\*?)\}(?:(?!\\begin\{).)*?\\end\{\1\}", re.S)


def needs_alignment(latex):
    r"""Is there a line break or an alignment mark outside of every environment?"""
    previous = None
    while latex != previous:
        previous, latex = latex, ENVIRONMENT.sub("", latex)
    return r"\\" in latex or re.search(r"(?<!\\)&", latex) is not None


def visit_inline(self, node):
    self.body.append(self.starttag(node, "span", "", CLASS=CLASSES))
    self.body.append(rf"\({self.encode(node.astext())}\)</span>")
    raise nodes.SkipNode


def visit_block(self, node):
    self.body.append(self.starttag(node, "div", "", CLASS=CLASSES))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    latex = node.astext().strip()
    if not node["nowrap"] and needs_alignment(latex):
        latex = rf"\begin{{aligned}}{latex}\end{{aligned}}"
    self.body.append(rf"\[{self.encode(latex)}\]" + "</div>\n")
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer(
        "page_script",
        inline_renderers=(visit_inline, None),
        block_renderers=(visit_block, None),
    )
