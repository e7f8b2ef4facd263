// How surprised the model was by the text so far, and how much it had to multiply for it.
import { format } from "../ui/format.js";
import { perplexity } from "./generation_model.js";
import { html, setText } from "./svg.js";

/** @typedef {import("./generation_acts.js").Now} Now */

/** @param {import("./types.js").Context} context @param {ReturnType<import("./generation_writer.js").writer>} pen */
export function tally(context, pen) {
  const [surprise, work] = [html("span", { class: "nn-gen-perplexity" }), html("span", { class: "nn-gen-work" })];
  const element = html("p", { class: "nn-gen-tally" }, surprise, work);

  /** @param {Now} now */
  function update({ text: { logs, ids } }) {
    const known = logs.filter((log) => log !== null);
    const sum = known.reduce((total, log) => total + log, 0);
    setText(surprise, known.length === 0 ? "" : `log P ${format(sum)} (${known.length} ${known.length === 1 ? "token" : "tokens"}), perplexity ${format(perplexity(known))}`);
    const { passes, each, all } = pen.work(ids.length);
    const total = ids.reduce((sum, _, i) => sum + pen.work(i + 1).all, 0);
    const anew = passes > 1 ? "the cache is full and filled anew: " : "";
    setText(work, `${anew}${passes > 1 && each !== null ? `${passes} × ${count(each)}` : count(all)} multiplications, ${count(total)} in all`);
  }

  return { element, update };
}

/** @param {number} n */
function count(n) {
  return n.toLocaleString("en-GB");
}
