// Where the parts of each cell stand.
import { format } from "../ui/format.js";
import { BOX, GATE } from "./cell_pen.js";
import { backFrom } from "./cell_plan.js";

/** @typedef {import("./cell_pen.js").Pen} Pen */
/** @typedef {import("./cell_plan.js").Plan} Plan */
/** @typedef {import("./cell_plan.js").Parts} Parts */

/** As wide as the stage of a chapter can show without scrolling. */
export const SIZE = { width: 580, height: 330 };
const CONVEYOR = 46;
const SECOND = 106;
const BUS = 290;
const [LEFT, RIGHT] = [50, SIZE.width - 50];
const [FROM, TO] = [LEFT + BOX.wide / 2, RIGHT - BOX.wide / 2];
const R = 12;

/** @param {Pen} pen @param {Plan} plan */
export function drawCell(pen, plan) {
  ({ lstm, gru, rnn })[plan.kind](pen, plan);
}

/** c stays on a conveyor: the forget gate takes away from it, the input gate puts the candidate on it. @param {Pen} pen @param {Plan} plan */
function lstm(pen, { parts: p }) {
  const [f, i, g, o, out] = [156, 232, 310, 398, 457];
  bus(pen, p, { pre_f: f, pre_i: i, pre_g: g, pre_o: o });
  pen.wire([[FROM, CONVEYOR], [f - R, CONVEYOR]], p.keep, p.cPrev);
  pen.wire([[f + R, CONVEYOR], [g - R, CONVEYOR]], p.c, p.keep);
  pen.wire([[g + R, CONVEYOR], [TO, CONVEYOR]], p.c, null, laterOf(pen, p.c, p.seen) ?? null);
  pen.wire([[f, GATE.top], [f, CONVEYOR + R]], p.keep, p.f);
  pen.wire([[i, GATE.top], [i, SECOND], [g - R, SECOND]], p.write, p.i);
  pen.wire([[g, GATE.top], [g, SECOND + R]], p.write, p.g);
  pen.wire([[g, SECOND - R], [g, CONVEYOR + R]], p.c, p.write);
  pen.wire([[out, CONVEYOR], [out, 72]], p.seen, p.c);
  pen.wire([[out, 92], [out, 122]], p.h, p.seen);
  pen.wire([[o, GATE.top], [o, 134], [out - R, 134]], p.h, p.o);
  pen.wire([[out + R, 134], [TO, 134]], p.h, null, gradientOf(pen, p.h));
  for (const [sign, x, y, step] of /** @type {[string, number, number, number][]} */ ([["×", f, CONVEYOR, p.keep], ["+", g, CONVEYOR, p.c], ["×", g, SECOND, p.write], ["×", out, 134, p.h]])) pen.op(sign, x, y, step);
  pen.pill("tanh", out, 82);
  pen.pair(p.seen, out + 27, 83);
  pen.number(p.keep, i, CONVEYOR - 9, "nn-value is-middle");
  pen.pair(p.write, g + 8, 72);
  highway(pen, p, f);
  pen.box(p.cPrev, LEFT, CONVEYOR);
  pen.box(p.c, RIGHT, CONVEYOR);
  pen.box(p.h, RIGHT, 134);
  formulas(pen, ["c = f ⊙ c′ + i ⊙ g", "h = o ⊙ tanh c"]);
  gates(pen, p, { f: [f, "forget"], i: [i, "input"], g: [g, "candidate"], o: [o, "output"] }, "g");
}

/** The way on which a gradient is only ever multiplied by the forget gate. @param {Pen} pen @param {Parts} p @param {number} x */
function highway(pen, p, x) {
  const { trace } = pen.context;
  const [now, before, gate] = [p.c, p.cPrev, p.f].map((id) => spokenName(trace.steps[id].name));
  const known = trace.steps[p.c].gradient;
  pen.back(p.keep, p.cPrev, (FROM + x) / 2 - 2, CONVEYOR + 18);
  if (known !== null) pen.factor(known, x + 14, CONVEYOR + 18, "", (value) => `∂${now}/∂${before} = ${gate} = ${format(value(p.f))}`);
  const later = laterOf(pen, p.c, p.seen);
  if (later !== undefined) pen.number(later, 398, CONVEYOR - 9, "nn-arriving is-middle");
}

/** What comes back to a state from later steps only. @param {Pen} pen @param {number} step @param {number} own the consumer within this step */
function laterOf({ context: { trace } }, step, own) {
  return trace.consumers[step].filter((id) => id !== own).map((id) => backFrom(trace, id, step)).find((id) => id !== null);
}

/** @param {Pen} pen @param {number} step */
const gradientOf = ({ context: { trace } }, step) => trace.steps[step].gradient;

const SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉";
/** h1 as h₁. @param {string} name */
const spokenName = (name) => name.replace(/_\d+$/, "").replace(/\d/g, (digit) => SUBSCRIPTS[Number(digit)]);

/** @param {Pen} pen @param {Parts} p @param {Record<string, [number, string]>} at @param {string} candidate */
function gates(pen, p, at, candidate) {
  for (const [letter, [x, telling]] of Object.entries(at)) pen.gate(p[letter], p[`pre_${letter}`], x, { candidate: letter === candidate, telling });
}

/** The rule of the cell, in the free corner. @param {Pen} pen @param {string[]} lines */
function formulas(pen, lines) {
  lines.forEach((line, k) => pen.say(line, SIZE.width - 4, 328 - 19 * (lines.length - 1 - k), "nn-cell-rule"));
}

/** What every gate reads: x and the state before. @param {Pen} pen @param {Parts} p @param {Record<string, number>} taps x of each pre-activation */
function bus(pen, p, taps) {
  if (p.x === undefined) return;
  const entries = Object.entries(taps).sort(([, a], [, b]) => b - a);
  for (const [pre, x] of entries) pen.wire([[FROM, BUS], [x, BUS], [x, GATE.foot]], p[pre], null, gradientOf(pen, p[pre]));
  const [first] = entries[entries.length - 1];
  pen.wire([[FROM, BUS - 54], [FROM + 14, BUS - 54], [FROM + 14, BUS]], p[first], null, gradientOf(pen, p[first]));
  pen.box(p.hPrev, LEFT, BUS - 54, { whole: true });
  pen.box(p.x, LEFT, BUS, { whole: true });
}

/** The old state and the candidate are mixed; where r acts, and what z keeps, is the convention's. @param {Pen} pen @param {Plan} plan */
function gru(pen, { parts: p, convention }) {
  const after = convention === "reset after" || convention === "pytorch";
  const [r, n, z, mix] = [158, 276, 386, 455];
  const turn = 221;
  bus(pen, p, { pre_r: r, pre_n: n, pre_z: z });
  pen.wire([[FROM, CONVEYOR], [z - R, CONVEYOR]], p.keeps, p.hPrev);
  pen.wire([[z + R, CONVEYOR], [mix - R, CONVEYOR]], p.h, p.keeps);
  pen.wire([[mix + R, CONVEYOR], [TO, CONVEYOR]], p.h, null, gradientOf(pen, p.h));
  pen.wire([[r, CONVEYOR], [r, SECOND - R]], p.reset, p.met, gradientOf(pen, p.met) ?? backFrom(pen.context.trace, p.reset, p.met));
  pen.wire([[r, GATE.top], [r, SECOND + R]], p.reset, p.r);
  pen.wire([[r + R, SECOND], [turn, SECOND], [turn, GATE.foot - 26], [n - 34, GATE.foot - 26]], p.pre_n, p.seen);
  pen.wire([[n, GATE.top], [n, SECOND], [mix - R, SECOND]], p.takes, p.n);
  pen.wire([[mix, SECOND - R], [mix, CONVEYOR + R]], p.h, p.takes);
  pen.wire([[z, GATE.top], [z, CONVEYOR + R]], p.keeps, p.kept);
  pen.wire([[z, 126], [mix, 126], [mix, SECOND + R]], p.takes, p.share);
  for (const [sign, x, y, step] of /** @type {[string, number, number, number][]} */ ([["×", z, CONVEYOR, p.keeps], ["+", mix, CONVEYOR, p.h], ["×", mix, SECOND, p.takes], ["×", r, SECOND, p.reset]])) pen.op(sign, x, y, step);
  const U = convention === "pytorch" ? "U + b" : "U";
  if (after) pen.pill(U, r, 72, 46);
  else pen.pill(U, turn, 190, 34);
  pen.pill("1 −", p.kept === p.z ? mix - 28 : z, p.kept === p.z ? 126 : 84, 28);
  pen.pair(p.reset, r - 16, SECOND - 3, "is-end");
  pen.number(p.keeps, (z + mix) / 2, CONVEYOR - 15, "nn-value is-middle");
  pen.pair(p.takes, mix + 11, 81);
  pen.number(p.kept, z - 17, 78, "nn-value is-end");
  pen.number(p.share, mix + 10, 136, "nn-value is-start");
  pen.say(`${p.kept === p.z ? "z" : "1 − z"} keeps the old state`, 272, CONVEYOR - 9, "is-middle");
  const seen = !after ? "(r ⊙ h′) U" : convention === "pytorch" ? "r ⊙ (h′ U + b)" : "r ⊙ (h′ U)";
  const [kept, taken] = p.kept === p.z ? ["z", "(1 − z)"] : ["(1 − z)", "z"];
  formulas(pen, [`n = tanh(x W + b + ${seen})`, `h = ${kept} ⊙ h′ + ${taken} ⊙ n`]);
  pen.back(p.keeps, p.hPrev, 204, CONVEYOR + 18);
  const [known, gate] = [gradientOf(pen, p.h), spokenName(pen.context.trace.steps[p.z].name)];
  if (known !== null) pen.factor(known, 238, CONVEYOR + 18, "", (value) => `× ${p.kept === p.z ? gate : `(1 − ${gate})`} = ${format(value(p.kept))}`);
  pen.box(p.hPrev, LEFT, CONVEYOR);
  pen.box(p.h, RIGHT, CONVEYOR);
  gates(pen, p, { r: [r, "reset"], n: [n, "candidate"], z: [z, "update"] }, "n");
}

/** All that the state was goes through W and tanh at every step. @param {Pen} pen @param {Plan} plan */
function rnn(pen, { parts: p }) {
  const x = 284;
  bus(pen, p, { pre_h: x });
  pen.wire([[x, GATE.top], [x, CONVEYOR], [TO, CONVEYOR]], p.h, null, gradientOf(pen, p.h));
  pen.box(p.h, RIGHT, CONVEYOR);
  const { steps } = pen.context.trace;
  const [known, now] = [gradientOf(pen, p.h), spokenName(steps[p.h].name)];
  const before = p.hPrev === undefined ? "h′" : spokenName(steps[p.hPrev].name);
  if (known !== null) {
    pen.factor(known, x + 12, CONVEYOR + 18, "", () => `∂${now}/∂${before} = U (1 − ${now}²)`);
    pen.factor(known, x + 12, CONVEYOR + 34, "", (value) => `1 − ${now}² = ${format(1 - value(p.h) ** 2)}`);
  }
  formulas(pen, ["h = tanh(x W + h′ U + b)"]);
  gates(pen, p, { h: [x, "state"] }, "h");
}
