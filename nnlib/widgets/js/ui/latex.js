/** LaTeX from a trace, fitted to where it stands. */

/**
 * A gradient inside a line of text: `\partial L/\partial w` instead of a fraction.
 * @param {string} latex
 */
export function onOneLine(latex) {
  if (!latex.startsWith("\\frac{\\partial ")) return latex;
  const cut = closing(latex, 5);
  const end = latex[cut + 1] === "{" ? closing(latex, cut + 1) : -1;
  if (cut < 0 || end < 0) return latex;
  return `${latex.slice(6, cut)}{/}${latex.slice(cut + 2, end)}${latex.slice(end + 1)}`;
}

/** The brace that closes the one at `open`, or -1. @param {string} latex @param {number} open */
function closing(latex, open) {
  let depth = 0;
  for (let i = open; i < latex.length; i++) {
    if (latex[i] === "\\") i++;
    else if (latex[i] === "{") depth++;
    else if (latex[i] === "}" && --depth === 0) return i;
  }
  return -1;
}
