/**
 * LaTeX of a plain label: `w1` -> `w_{1}`, `z_h1` -> `z_{h1}`, `dL/dw1` -> a fraction, `W1[0,1]` -> `W_{1}[0,1]`.
 * Labels may come from anywhere, so every character that LaTeX would act on is escaped.
 */

const GREEK = new Set(
  ("alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega " +
    "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega").split(" "),
);

/** Short names that authors write for a Greek letter. @type {Map<string, string>} */
const ALIASES = new Map([["eps", "\\varepsilon"], ["epsilon", "\\varepsilon"]]);

/** @type {Map<string, string>} */
const ESCAPES = new Map([
  ["\\", "\\backslash "], ["{", "\\{"], ["}", "\\}"], ["$", "\\$"], ["&", "\\&"], ["#", "\\#"], ["%", "\\%"],
  ["_", "\\_"], ["^", "\\wedge "], ["~", "\\sim "], [" ", "\\ "], ["*", "\\ast "], ["<", "\\lt "], [">", "\\gt "],
]);

/** @param {string} text */
function escape(text) {
  let out = "";
  for (const character of text) out += ESCAPES.get(character) ?? character;
  return out;
}

/** @param {string} word letters or anything else, without digits at its end */
function latexOfWord(word) {
  if (ALIASES.has(word)) return ALIASES.get(word) ?? "";
  if (GREEK.has(word)) return `\\${word}`;
  const safe = escape(word);
  return /^[A-Za-z]{2,}$/.test(word) ? `\\mathit{${safe}}` : safe;
}

/** @param {string} text of a subscript: words stay as they are, Greek ones become Greek */
function latexOfSubscript(text) {
  return text
    .split("_")
    .map((part) => {
      const [, word, digits] = splitDigits(part);
      return GREEK.has(word) ? latexOfWord(word) + (digits && ` ${digits}`) : escape(part);
    })
    .join(",");
}

/** @param {string} text @returns {[string, string, string]} whole, head, digits at the end */
function splitDigits(text) {
  let end = text.length;
  while (end > 0 && text[end - 1] >= "0" && text[end - 1] <= "9") end--;
  return [text, text.slice(0, end), text.slice(end)];
}

/** @param {string} name without index */
function latexOfName(name) {
  const cut = name.indexOf("_");
  if (cut > 0 && cut < name.length - 1) {
    const [, word, digits] = splitDigits(name.slice(0, cut));
    const subscript = latexOfSubscript(name.slice(cut + 1));
    return `${latexOfWord(word)}_{${digits ? `${digits},` : ""}${subscript}}`;
  }
  const [, word, digits] = splitDigits(name);
  if (word === "") return escape(name);
  return digits ? `${latexOfWord(word)}_{${digits}}` : latexOfWord(word);
}

/** @param {string} name "dL/dw1" and the like @returns {[string, string] | null} */
function splitGradient(name) {
  const cut = name.indexOf("/d");
  if (name[0] !== "d" || cut < 2 || cut + 2 >= name.length) return null;
  return [name.slice(1, cut), name.slice(cut + 2)];
}

/**
 * @param {string} label
 * @returns {string} LaTeX
 */
export function latexOf(label) {
  const bracket = label.endsWith("]") ? label.lastIndexOf("[") : -1;
  const name = bracket > 0 ? label.slice(0, bracket) : label;
  const index = bracket > 0 ? escape(label.slice(bracket)) : "";
  const gradient = splitGradient(name);
  if (!gradient) return latexOfName(name) + index;
  const [top, bottom] = gradient;
  return `\\frac{\\partial ${latexOfName(top)}}{\\partial ${latexOfName(bottom)}}${index}`;
}
