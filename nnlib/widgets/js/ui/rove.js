/** Many small things in one line share one tab stop; the arrow keys walk among them. */

/** @param {Element} box whose marked parts can then be focused, in the order of reading */
export function rove(box) {
  const parts = /** @type {HTMLElement[]} */ ([...box.querySelectorAll(".ex-mark")]);
  parts.forEach((part, i) => part.setAttribute("tabindex", i ? "-1" : "0"));
  box.addEventListener("keydown", (event) => {
    const { key } = /** @type {KeyboardEvent} */ (event);
    const at = parts.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    if (at < 0 || (key !== "ArrowLeft" && key !== "ArrowRight")) return;
    // Here the arrows are about the line, not about the steps.
    event.preventDefault();
    event.stopPropagation();
    const next = parts[at + (key === "ArrowRight" ? 1 : -1)];
    if (!next) return;
    parts[at].setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    next.focus();
  });
}
