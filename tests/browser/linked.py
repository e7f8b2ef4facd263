"""What a reader chooses inside a drawing, and the link that restores it."""

from urllib.parse import unquote_plus

from explorers import press, settle

# What a reader has chosen inside a drawing, read from it as a reader would see it.
CHOICES = """
(root) => {
  const all = (what) => [...root.querySelector('.ex-stage').querySelectorAll(what)];
  return [
    ...all('.ex-choice input:checked').map((e) => e.value),
    ...all('select').map((e) => e.value),
    ...all('[aria-expanded], [aria-pressed]').filter((e) => e.checkVisibility())
      .map((e) => [e.textContent, e.ariaExpanded ?? e.ariaPressed].join()),
    ...all('.nn-seq-fold, .nn-field-told').map((e) => e.textContent),
    ...all('[role=slider]').map((e) => e.getAttribute('aria-valuetext')),
  ];
}
"""
FOLLOW = """
(hash) => {
  history.replaceState(null, '', '#' + hash);
  window.dispatchEvent(new HashChangeEvent('hashchange'));
}
"""


def link_of(root):
    """What *Link to here* offers, as a hash: its field shows, as nothing is copied."""
    root.page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: null})")
    press(root, "Link to here")
    return root.get_by_label("Link to this state").input_value().split("#")[1]


def heard(root):
    """The shell's own words, for those who listen."""
    return root.locator(".ex-body > [aria-live]").text_content()


def assert_linked(root, choose):
    """What ``choose`` changes in a drawing, a link holds, and one without it undoes."""
    page, plain, first = root.page, link_of(root), root.evaluate(CHOICES)
    choose()
    settle(page)
    link, chosen = link_of(root), root.evaluate(CHOICES)
    assert chosen != first
    for hash_, choices in ((plain, first), (link, chosen), (plain, first)):
        page.evaluate(FOLLOW, hash_)
        settle(page)
        assert root.evaluate(CHOICES) == choices
        assert "left out" not in heard(root)
        assert link_of(root) == hash_
    page.evaluate("history.replaceState(null, '', '#')")
    return unquote_plus(link.partition("&view=")[2].split("&")[0])
