/** What a check of gradients has shown, in a few sentences. */

import { format } from "./format.js";

/** @typedef {import("../engine/differences.js").Row} Row */

/**
 * The verdict in a few sentences; what a difference cannot tell is said, not counted against the gradient.
 * @param {Row[]} rows @param {(row: Row) => string} label
 */
export function judge(rows, label) {
  const by = (/** @type {string} */ verdict) => rows.filter((row) => row.verdict === verdict);
  const [agree, faint, kink, odd, differ] = ["agrees", "faint", "kink", "odd", "differs"].map(by);
  if (odd.length === rows.length) return "The loss, or what it would be a step further, is not a finite number here, so no slope can be measured.";
  const most = (/** @type {Row[]} */ of) => of.reduce((a, b) => (b.deviation > a.deviation ? b : a));
  const said = [];
  if (differ.length) {
    const row = most(differ);
    said.push(`${count(differ)} ${differ.length === 1 ? "does" : "do"} not agree, ${label(row)} least: ${format(row.value)} by the tape, ${format(row.difference)} by a central difference.`);
  }
  if (agree.length) {
    const { deviation } = most(agree);
    said.push(`${count(agree)} ${agree.length === 1 ? "agrees" : "agree"} ${deviation ? `to ${format(Number(deviation.toPrecision(2)))} of the largest entry` : "in every digit"}.`);
  }
  if (faint.length) said.push(`${count(faint)} ${faint.length === 1 ? "is" : "are"} zero, or too small to be told from rounding in the loss.`);
  if (kink.length) said.push(`At ${count(kink)} the loss has a kink or a jump and so no one slope: for ${label(kink[0])} ${format(kink[0].left)} on one side, ${format(kink[0].right)} on the other.`);
  if (odd.length) said.push(`At ${count(odd)} the loss or the gradient is not a finite number.`);
  return said.join(" ");
}

/** @param {Row[]} rows */
const count = (rows) => `${rows.length} number${rows.length === 1 ? "" : "s"}`;
