// Numbers, durations and times as text. What is not known is a dash, and never a number.

import { prefs } from "./prefs.js";

export const UNKNOWN = "–";

const NUMBER = new Intl.NumberFormat("en-US");
const SHORT = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

/** 1,234,567 */
export function number(value) {
  return isNumber(value) ? NUMBER.format(value) : UNKNOWN;
}

/** 1.2M */
export function short(value) {
  return isNumber(value) ? SHORT.format(value) : UNKNOWN;
}

/** "1 event", "2 events" */
export function counted(value, one, many = `${one}s`) {
  return `${number(value)} ${value === 1 ? one : many}`;
}

/** Events a second. */
export function rate(value) {
  if (!isNumber(value)) return UNKNOWN;
  if (value === 0) return "0/s";
  if (value < 0.05) return "<0.1/s";
  return `${value >= 99.95 ? NUMBER.format(Math.round(value)) : value.toFixed(1)}/s`;
}

/** Two units at most: "3 d 4 h", "4 min 12 s", "0.4 s". Never negative: clocks of two machines differ. */
export function duration(seconds) {
  if (!isNumber(seconds)) return UNKNOWN;
  const whole = Math.max(0, seconds);
  if (whole === 0) return "0 s";
  if (whole < 10) return `${whole.toFixed(1)} s`;
  const parts = [
    [Math.floor(whole / 86_400), "d"],
    [Math.floor(whole / 3_600) % 24, "h"],
    [Math.floor(whole / 60) % 60, "min"],
    [Math.floor(whole) % 60, "s"],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  return parts.slice(first, first + 2).filter(([amount]) => amount > 0).map(([amount, unit]) => `${amount} ${unit}`).join(" ");
}

export function millis(value) {
  if (!isNumber(value)) return UNKNOWN;
  return value < 1_000 ? `${Math.max(0, Math.round(value))} ms` : duration(value / 1_000);
}

export function bytes(value) {
  if (!isNumber(value)) return UNKNOWN;
  if (value < 1_024) return `${value} B`;
  const units = ["KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(units.length, Math.floor(Math.log2(value) / 10));
  return `${(value / 1_024 ** power).toFixed(1)} ${units[power - 1]}`;
}

const two = (value) => String(value).padStart(2, "0");

/** Date and time by the chosen clock; the date is left out where it is today's. */
export function clock(iso, { zone } = prefs.get(), now = new Date()) {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return String(iso);
  const utc = zone === "utc";
  const day = (of) =>
    utc ? of.toISOString().slice(0, 10) : `${of.getFullYear()}-${two(of.getMonth() + 1)}-${two(of.getDate())}`;
  const time = utc ? at.toISOString().slice(11, 19) : `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return day(at) === day(now) ? time : `${day(at)} ${time}`;
}

const INSTANT = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d(?::?\d\d)?)/g;

/** A sentence of the server, with the times in it by the chosen clock. PostgreSQL writes a space for T, and +00. */
export function timed(sentence) {
  return sentence.replace(INSTANT, (at) => clock(at.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00")));
}

/** The name of the chosen clock. */
export function zoneName({ zone } = prefs.get()) {
  if (zone === "utc") return "UTC";
  const parts = new Intl.DateTimeFormat("en", { timeZoneName: "short" }).formatToParts(new Date());
  return parts.find((part) => part.type === "timeZoneName")?.value ?? "local time";
}

/** What an input of type datetime-local holds, as an instant; empty text if it holds none. */
export function instantOf(input, { zone } = prefs.get()) {
  if (!input) return "";
  const at = new Date(zone === "utc" ? `${input.length === 16 ? `${input}:00` : input}Z` : input);
  return Number.isNaN(at.getTime()) ? "" : at.toISOString();
}

/** The opposite of instantOf. */
export function inputOf(iso, { zone } = prefs.get()) {
  const at = new Date(iso ?? "");
  if (Number.isNaN(at.getTime())) return "";
  if (zone === "utc") return at.toISOString().slice(0, 19);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
    + `T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** JSON with a line for each member. Works on the text alone: numbers stay as they were written, and nothing is ever parsed. */
export function indented(json) {
  let text = "";
  let depth = 0;
  let quoted = false;
  const line = () => `\n${"  ".repeat(Math.max(0, depth))}`;
  for (let at = 0; at < json.length; at++) {
    const char = json[at];
    if (quoted) {
      text += char;
      if (char === "\\") text += json[++at] ?? "";
      else if (char === '"') quoted = false;
    } else if (char === '"') {
      quoted = true;
      text += char;
    } else if (char === "{" || char === "[") {
      const close = /^\s*[}\]]/.exec(json.slice(at + 1, at + 200));
      if (close) {
        text += char + close[0].trim();
        at += close[0].length;
      } else {
        depth++;
        text += char + line();
      }
    } else if (char === "}" || char === "]") {
      depth--;
      text += line() + char;
    } else if (char === ",") {
      text += char + line();
    } else if (char === ":") {
      text += ": ";
    } else if (!/\s/.test(char)) {
      text += char;
    }
  }
  return text;
}
