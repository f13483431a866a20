// What the numbers mean: how much each subscription needs a person, and the words for it. Pure.

import { counted, number, timed } from "./format.js";

/** By cause: the chip's word and the level. Causes may come that are not known here yet; they are shown by their name. */
const CAUSES = {
  UP_TO_DATE: ["Up to date", "ok"],
  AT_WORK: ["At work", "work"],
  PAUSED: ["Paused", "paused"],
  NOT_BEGUN: ["Not begun", "warn"],
  LIMIT_REACHED: ["Full", "bad"],
  HINDERED: ["Hindered", "warn"],
  OBSERVER_SLOW: ["Observer slow", "warn"],
  NO_LANES_HERE: ["No lanes here", "idle"],
  TOPIC_STANDS_STILL: ["Stands still", "bad"],
  GAP_HELD_OPEN: ["Gap held open", "warn"],
  NOT_VISIBLE_YET: ["Not visible yet", "warn"],
  CATCH_UP_FAILING: ["Catch-up failing", "warn"],
  FEED_DOWN: ["Feed down", "warn"],
  HELD: ["Retrying", "watch"],
};

const ORDER = ["bad", "warn", "watch", "paused", "work", "idle", "ok"];

/** @returns {{word: string, level: string}} the chip of a subscription */
export function stateOf(subscription) {
  const cause = subscription.explanation?.cause;
  const [word, level] = CAUSES[cause] ?? [plain(cause ?? "UNKNOWN"), "warn"];
  if (!(subscription.parked > 0)) return { word, level };
  if (cause === "HELD") return { word: `${number(subscription.parked)} parked`, level: "bad" };
  return { word, level: level === "paused" || level === "bad" ? level : "bad" };
}

/** NOT_BEGUN as "Not begun" */
export function plain(constant) {
  const text = String(constant).replaceAll("_", " ").toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Whether a person is to look at it. */
export function needsYou(subscription) {
  return ["bad", "warn"].includes(stateOf(subscription).level);
}

/** Whether its row says why. */
export function tellsWhy(subscription) {
  return !["ok", "work", "idle"].includes(stateOf(subscription).level) || subscription.parked > 0;
}

/** The worst first, then the greatest lag. */
export function byNeed(a, b) {
  return (
    ORDER.indexOf(stateOf(a).level) - ORDER.indexOf(stateOf(b).level)
    || (b.lagSeconds ?? 0) - (a.lagSeconds ?? 0)
    || (b.lag ?? 0) - (a.lag ?? 0)
    || a.name.localeCompare(b.name)
  );
}

/** The sentence without its first words, where these only say the name that stands beside it. */
export function sentenceBeside(subscription) {
  const sentence = timed(subscription.explanation?.sentence ?? "");
  const start = `Subscription ${subscription.name} of topic ${subscription.topic} `;
  if (!sentence.startsWith(start)) return sentence;
  const rest = sentence.slice(start.length);
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}

/** The state of everything in one sentence, and one more with what is also worth a word. */
export function headline({ subscriptions, faults, node }, warnings = []) {
  const all = subscriptions.length;
  const need = subscriptions.filter(needsYou).length;
  const paused = subscriptions.filter((one) => one.paused).length;
  const parked = subscriptions.reduce((sum, one) => sum + (one.parked ?? 0), 0);
  const also = [];
  if (paused > 0) also.push(paused === 1 ? "1 is paused" : `${number(paused)} are paused`);
  if (parked > 0) also.push(`${counted(parked, "event")} ${parked === 1 ? "is" : "are"} parked`);
  const urgent = warnings.filter((one) => warningLevel(one) === "bad").length;
  if (urgent > 0) also.push(`${counted(urgent, "warning")} ${urgent === 1 ? "is" : "are"} urgent`);
  const level = need > 0 || faults.length > 0 || urgent > 0 ? (subscriptions.some((one) => stateOf(one).level === "bad") ? "bad" : "warn") : "ok";
  let sentence;
  if (all === 0) sentence = "There is no subscription yet.";
  else if (need > 0) sentence = `${number(need)} of ${counted(all, "subscription")} ${need === 1 ? "needs" : "need"} you.`;
  else if (faults.length > 0) sentence = `${node} reports ${counted(faults.length, "fault")}.`;
  else if (all === 1) sentence = "The subscription is well.";
  else sentence = `All ${number(all)} subscriptions are well.`;
  return { level, sentence, also: also.length > 0 ? `${also.join(", ")}.` : "" };
}

/** How lanes are shared, in a few words; nodes even them out by themselves. */
export function sharing(owners = {}) {
  const lanes = Object.values(owners);
  if (lanes.length === 0) return "";
  if (lanes.length === 1) return "All on one node; another one takes its share by itself.";
  return Math.max(...lanes) - Math.min(...lanes) <= 1
    ? "Shared evenly, by the nodes themselves."
    : "Being evened out by the nodes themselves.";
}

/** Nodes as the subscriptions' lanes tell of them, by name. */
export function nodesOf({ subscriptions, node }) {
  const nodes = new Map([[node, { name: node, lanes: 0, subscriptions: 0, here: true }]]);
  for (const { owners } of subscriptions) {
    for (const [name, lanes] of Object.entries(owners ?? {})) {
      const known = nodes.get(name) ?? { name, lanes: 0, subscriptions: 0, here: name === node };
      nodes.set(name, { ...known, lanes: known.lanes + lanes, subscriptions: known.subscriptions + 1 });
    }
  }
  return [...nodes.values()].sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
}

export function feedLevel({ state }) {
  return { STREAMING: "ok", STANDBY: "idle", STARTING: "work", RETRYING: "warn", STOPPED: "idle" }[state] ?? "idle";
}

export function warningLevel({ level }) {
  return level === "URGENT" ? "bad" : "warn";
}

export function topicLevel({ fault, blocker }) {
  return fault ? "bad" : blocker ? "warn" : "ok";
}

/** The states that a held event may have. */
export const HELD_STATES = { PARKED: ["Parked", "bad"], WAITING: ["Waiting", "watch"], BEHIND: ["Behind", "idle"] };

/** Events a second between the points of a history: [[seconds, rate], ...]. */
export function rates(history = []) {
  const points = [];
  for (let at = 1; at < history.length; at++) {
    const [seconds, handled] = history[at];
    const [before, handledBefore] = history[at - 1];
    if (seconds > before) points.push([seconds, Math.max(0, handled - handledBefore) / (seconds - before)]);
  }
  return points;
}
