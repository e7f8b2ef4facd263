"""The book's own Sphinx extension: a few small changes to what the theme does.

- formulas are written into the page as LaTeX, for the explorer script (`book_math`);
- a chapter has the number that its file has (`book_numbers`);
- a chapter can be downloaded, from the web and from disk (`book_download`);
- no page carries fonts, styles or scripts that it does not use (`book_trim`);
- buttons that need the address of the repository are shown when there is one.
"""

import book_download
import book_math
import book_numbers
import book_trim

REPOSITORY_BUTTONS = ("use_repository_button", "use_issues_button")


def show_buttons_that_lead_somewhere(app, config):
    """Those for Binder, Colab and the repository, with `repository: url:` set.

    Colab opens notebooks from GitHub only.
    """
    options = config.html_theme_options
    address = options.get("repository_url") or ""
    if not address:
        options.pop("launch_buttons", None)
        return
    options.update(dict.fromkeys(REPOSITORY_BUTTONS, True))
    if "github.com" not in address:
        options.get("launch_buttons", {}).pop("colab_url", None)


def renew_first_page(app, env, added, changed, removed):
    """Sphinx copies style sheets and scripts only when it also writes a page."""
    return [app.config.root_doc]


def call_references_no_list(app, pagename, templatename, context, doctree):
    """docutils calls its references a list whose entries are no list items."""
    if "body" in context:
        wrong, right = '<div role="list" class="citation', '<div class="citation'
        context["body"] = context["body"].replace(wrong, right)


def setup(app):
    # Jupyter Book sets this option of an extension that the book leaves out.
    app.add_config_value("comments_config", {}, "")
    app.connect("config-inited", show_buttons_that_lead_somewhere)
    app.connect("env-get-outdated", renew_first_page)
    app.connect("html-page-context", call_references_no_list)
    for part in (book_download, book_math, book_numbers, book_trim):
        part.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
