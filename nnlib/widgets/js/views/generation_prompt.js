// The field for a prompt, the buttons that go on, and a sentence about what cannot be.
import { textButton } from "../ui/dom.js";
import { MANY } from "./generation_acts.js";
import { seen, tokensOf } from "./generation_model.js";
import { LONGEST_PROMPT } from "./generation_writer.js";
import { html, set, setText } from "./svg.js";

/** @typedef {import("./generation_writer.js").Text} Text */
/** @typedef {import("./generation_acts.js").Now} Now */

/** @param {import("./types.js").Context} context @param {import("./generation_acts.js").Acts} acts */
export function prompt({ view: { vocabulary } }, acts) {
  const field = html("input", { type: "text", class: "nn-gen-prompt", "aria-label": "Prompt", spellcheck: "false", autocapitalize: "off", autocomplete: "off" });
  const sentence = html("p", { class: "ex-sentence", role: "status" });
  const one = textButton("Next character", () => acts.one());
  const many = textButton(`Write ${MANY}`, () => acts.many());
  const over = textButton("Start over", () => acts.over());
  const label = html("label", {}, html("span", { class: "nn-quiet" }, "Prompt"), field);
  const element = html("div", { class: "nn-gen-bar" }, label, one, many, over, sentence);

  field.addEventListener("input", () => {
    const { ids, wrong } = tokensOf(field.value, vocabulary);
    const fault = faultOf(ids, wrong);
    setText(sentence, fault && `${fault} The text stays as it is.`);
    set(field, "aria-invalid", fault ? "true" : null);
    if (!fault) acts.prompt(ids);
  });
  field.addEventListener("blur", () => {
    set(field, "aria-invalid", null);
    setText(sentence, "");
    fill(acts.read());
  });

  /** @param {number[]} ids @param {string | null} wrong */
  function faultOf(ids, wrong) {
    if (wrong !== null) return `${seen(wrong)} is none of the ${vocabulary.length} tokens that the model knows.`;
    if (ids.length === 0) return "The prompt needs at least one token.";
    return ids.length > LONGEST_PROMPT ? `The prompt has ${ids.length} tokens, but at most ${LONGEST_PROMPT} are read.` : "";
  }

  /** @param {Text} text */
  function fill({ ids, ahead, given }) {
    const words = [...ids.slice(0, given), ...ahead].map((id) => (vocabulary[id] === "\n" ? "↵" : vocabulary[id])).join("");
    if (field.value !== words) field.value = words;
  }

  /** @param {Now} now */
  function update({ text, obstacle, writing }) {
    setText(many, writing ? "Stop" : `Write ${MANY}`);
    for (const button of [one, many]) set(button, "aria-disabled", obstacle && !writing ? "true" : null);
    if (document.activeElement === field) return;
    fill(text);
    setText(sentence, "");
  }

  return { element, update };
}
