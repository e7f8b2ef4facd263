// What the reader may do with the text: go on by one token or many, start over, put another prompt, turn the knobs.
import { format } from "../ui/format.js";
import { headsOf } from "./generation_heads.js";
import { linkOf, textOf } from "./generation_link.js";
import { LONGEST } from "./generation_writer.js";
import { said } from "./generation_model.js";

/** @typedef {import("./types.js").Context} Context */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./generation_writer.js").Text} Text */
/** @typedef {ReturnType<import("./generation_writer.js").writer>} Writer */
/** @typedef {ReturnType<Writer["outlook"]>} Outlook */
/** @typedef {{text: Text, outlook: Outlook, known: boolean, obstacle: string | null, writing: boolean}} Now */
/** @typedef {ReturnType<typeof generationActs>} Acts */

export const MANY = 40;
const PACE = 55;

/** @param {Context} context @param {import("./generation_plan.js").Plan} plan @param {Writer} pen */
export function generationActs(context, plan, pen) {
  const { replay, memory, trace, view } = context;
  const start = pen.first();
  const end = view.vocabulary.indexOf(view.end);
  let left = 0;
  let timer = 0;

  /** @returns {Text} */
  const read = () => memory.read() ?? start;

  /** The text goes on in a variant that is another trace: it is read there from the beginning. */
  function resume() {
    const text = read();
    if (text.trace === trace) return;
    stop();
    const { inputs, logs } = pen.afresh(text.ids, replay.values);
    memory.feed(inputs, { ...text, trace, logs: logs.map((log, i) => log ?? text.logs[i] ?? null), k: Math.min(text.k, view.vocabulary.length) });
  }

  /** The text as the inputs have it: a control may have moved a token. @returns {Text} */
  function current() {
    const text = read();
    const { data } = replay.values[plan.token];
    const filled = Math.min(text.ids.length, plan.places);
    const from = text.ids.length - filled;
    const isToken = (/** @type {number} */ v) => Number.isInteger(v) && v >= 0 && v < view.vocabulary.length;
    const moved = text.ids.map((id, i) => (i >= from && isToken(data[i - from]) ? data[i - from] : id));
    const same = moved.every((id, i) => id === text.ids[i]);
    return same ? text : { ...text, ids: moved };
  }

  /** @param {State} state @returns {Now} */
  function present(state) {
    const text = current();
    if (text !== memory.read()) memory.feed([], text);
    const outlook = pen.outlook(text, state.values);
    return { text, outlook, known: state.shown(plan.logits), obstacle: obstacle(text, outlook), writing: timer !== 0 };
  }

  /** Why no token can follow. @param {Text} text @param {Outlook} outlook */
  function obstacle({ ids, given }, { token }) {
    if (ids.length >= LONGEST) return `The text has ${LONGEST} tokens; start over to write another.`;
    if (ids.length > given && ids[ids.length - 1] === end) return "The text has ended: its last token says so.";
    return token < 0 ? "The probabilities are no numbers, so nothing can be drawn." : null;
  }

  /** @returns {string | null} a word about the token that now stands at the end; null if none could follow */
  function once() {
    const text = current();
    const outlook = pen.outlook(text, replay.values);
    const { token, z, p, given } = outlook;
    if (obstacle(text, outlook)) return null;
    const longer = pen.longer(text, token, z);
    memory.feed(pen.following(longer.ids, replay.values), longer);
    const word = said(view.vocabulary[token]);
    return given ? `Read from the prompt: ${word}.` : `Drawn: ${word}, with probability ${format(p[token])}.`;
  }

  function one() {
    stop();
    const sentence = once();
    if (sentence) memory.say(sentence);
  }

  /** The rest of the prompt at once, then one token after another. */
  function many() {
    if (timer) return stop();
    left = MANY + read().ahead.length;
    timer = window.setTimeout(go, 0);
  }

  function go() {
    timer = 0;
    const given = read().ahead.length > 0;
    if (once() === null || (left -= 1) <= 0) return finish();
    timer = window.setTimeout(go, given || matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : PACE);
  }

  function finish() {
    stop();
    const { ids, given } = read();
    memory.say(`Written: ${ids.slice(given).map((id) => view.vocabulary[id]).join("")}`);
  }

  function stop() {
    clearTimeout(timer);
    if (timer) memory.feed([], read());
    timer = 0;
  }

  /** @param {number[]} ids */
  function prompt(ids) {
    stop();
    const text = read();
    const { inputs, logs } = pen.afresh(ids, replay.values);
    memory.feed(inputs, { ...text, ids, logs, ahead: [], given: ids.length, draws: 0, u: null });
  }

  function over() {
    const { ids, ahead, given } = read();
    prompt([...ids.slice(0, given), ...ahead]);
    memory.say("Back to the prompt.");
  }

  /** @returns {string | null} what an address must hold; null as long as nothing has been done */
  function link() {
    const now = linkOf(read());
    return now === linkOf(start) ? null : now;
  }

  /** Without a text in the link it is the first one, as all numbers are recorded ones. @param {string} wanted */
  function follow(wanted) {
    stop();
    if (wanted === "") return true;
    const linked = textOf(wanted, view.vocabulary.length, headsOf(trace, plan).length);
    if (!linked) return false;
    const { inputs, logs } = pen.afresh(linked.ids, replay.values);
    memory.feed(inputs, { ...start, ...linked, logs });
    return true;
  }

  /** @param {Partial<Text>} patch */
  function change(patch) {
    memory.feed([], { ...read(), ...patch });
  }

  return { resume, present, one, many, over, prompt, change, stop, read, link, follow };
}
