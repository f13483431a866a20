// What a subscription holds: filters that combine, pages, and changes of all that match.

import { h, useStore } from "./el.js";
import { prefs } from "./prefs.js";
import { useApi, useOperate } from "./live.js";
import { address } from "./api.js";
import { link, setQuery, useRoute } from "./router.js";
import { HELD_STATES, plain } from "./words.js";
import { Chip, Choices, Filter, Loading, Pager, Problem, Table, Time } from "./parts.js";
import { Change, openDialog } from "./dialog.js";
import { counted, inputOf, instantOf, number, zoneName } from "./format.js";
import { HELD_PAGE } from "./limits.js";

const TEXTS = ["subject", "type", "cause"];

/** The filter that stands in the address. */
function filterOf(query) {
  const filter = { states: query.getAll("state") };
  for (const name of [...TEXTS, "failedBefore"]) if (query.get(name)) filter[name] = query.get(name);
  for (const name of ["first", "last"]) if (/^[1-9]\d{0,15}$/.test(query.get(name) ?? "")) filter[name] = Number(query.get(name));
  return filter;
}

/** A filter as parameters of GET. */
export function heldAddress(subscription, { states, ...rest }, page = {}) {
  return address(["subscriptions", subscription, "held"], { state: states, ...rest, ...page });
}

/** A filter in words, for the question before a change. */
export function inWords({ states, subject, type, cause, failedBefore, first, last }) {
  return [
    subject && `of subject “${subject}”`,
    type && `of type “${type}”`,
    cause && `with “${cause}” in the cause`,
    failedBefore && `that failed before ${failedBefore}`,
    first && last && (first === last ? `at position ${number(first)}` : `at positions ${number(first)} to ${number(last)}`),
    first && !last && `from position ${number(first)} on`,
    last && !first && `through position ${number(last)}`,
    states?.length > 0 && states.length < 3 && `that are ${states.map((state) => plain(state).toLowerCase()).join(" or ")}`,
  ].filter(Boolean).join(", ");
}

export function Held({ row }) {
  const { query } = useRoute();
  const filter = filterOf(query);
  const after = query.get("after") ?? "";
  const { data, error, stale } = useApi(heldAddress(row.name, filter, { after, limit: HELD_PAGE }));
  const filtered = inWords(filter) !== "";
  const items = data?.items ?? [];

  return h(
    "section",
    { "aria-label": "Held events" },
    h(
      "div.filters",
      h(Choices, { name: "state", label: "States", several: true, options: [["PARKED", "Parked"], ["WAITING", "Waiting"], ["BEHIND", "Behind"]] }),
      h(Filter, { name: "subject", label: "Subject", list: "subjects" }),
      h(Filter, { name: "type", label: "Type", list: "types" }),
      h(Filter, { name: "cause", label: "Cause contains", list: "causes" }),
      h(FailedBefore),
      h(Suggestions, { items }),
      filtered && h("button.button.plain", { type: "button", onClick: clear }, "Clear"),
    ),
    h(Problem, { error }),
    !data && !error && h(Loading),
    data && h("div.found", h("p", { role: "status" }, h("b", counted(data.count, "event")), filtered ? " match." : " held."),
      data.count > 0 && h(Bulk, { row, filter, count: data.count })),
    data && h(HeldTable, { row, items, stale, empty: filtered ? "Nothing that is held is like that." : "Nothing is held: all that came was handled." }),
    data && data.count > 0 && h(Pager, { first: after === "", next: data.next, name: "after", count: data.count, shown: items.length }),
  );
}

function clear() {
  setQuery({ state: "", subject: "", type: "", cause: "", failedBefore: "", first: "", last: "", after: "" });
}

function FailedBefore() {
  useStore(prefs);
  const { query } = useRoute();
  return h(
    "label.field",
    h("span.label", `First failed before, ${zoneName()}`),
    h("input", {
      type: "datetime-local",
      step: 1,
      value: inputOf(query.get("failedBefore")),
      onChange: (event) => setQuery({ failedBefore: instantOf(event.currentTarget.value), after: "" }),
    }),
  );
}

/** What stands on this page is suggested: the server is not asked for all there are. */
function Suggestions({ items }) {
  const different = (of) => [...new Set(items.map(of).filter(Boolean))].slice(0, 30);
  const list = (id, values) => h("datalist", { id }, ...values.map((value) => h("option", { key: value, value })));
  return [
    list("subjects", different((item) => item.subject)),
    list("types", different((item) => item.type)),
    list("causes", different((item) => item.cause?.split(":")[0])),
  ];
}

export function HeldTable({ row, items, stale, empty, noSubject = false }) {
  const at = (item) => link(["subscriptions", row.name, "held", String(item.position)]);
  const columns = [
    { key: "position", label: "Position", class: "mono", header: true, cell: (item) => h("a", { href: at(item) }, number(item.position)) },
    { key: "state", label: "State", cell: (item) => h(HeldState, { state: item.state }) },
    !noSubject && {
      key: "subject", label: "Subject", class: "cut",
      cell: (item) => (item.subject
        ? h("a", { href: link(["subscriptions", row.name, "sequence", item.subject]), title: "The sequence of this subject" }, item.subject)
        : h("span.faint", "none")),
    },
    { key: "type", label: "Type", class: "cut", cell: (item) => item.type ?? h("span.faint", "not known") },
    { key: "cause", label: "Cause", class: "wide cause", cell: (item) => item.cause ?? h("span.faint", "waits behind an earlier one") },
    { key: "attempts", label: "Attempts", class: "num", cell: (item) => number(item.attempts) },
    { key: "since", label: "Failing since", cell: (item) => h(Time, { at: item.failingSince }) },
    { key: "next", label: "Next attempt", cell: (item) => h(Time, { at: item.nextAttempt }) },
  ].filter(Boolean);
  return h(Table, { label: "Held events", rows: items, keyOf: (item) => item.position, columns, stale, empty });
}

export function HeldState({ state }) {
  const [word, level] = HELD_STATES[state] ?? [plain(state), "warn"];
  return h(Chip, { level }, word);
}

/** Retry and skip of all that match; what is asked for is counted anew when it is asked. */
export function Bulk({ row, filter, small = false, names = ["Retry…", "Skip…"] }) {
  const operate = useOperate();
  if (!operate) return null;
  const retries = filter.states.length === 0 || filter.states.includes("PARKED");
  const button = (action, text) =>
    h("button.button", { type: "button", class: small ? "small" : "", onClick: () => openDialog(ChangeHeld, { row, action, filter }) }, text);
  return h("div.actions", retries && button("retry", names[0]), button("skip", names[1]));
}

function ChangeHeld({ row, action, filter, onClose }) {
  const retry = action === "retry";
  // Only what is parked is retried: what waits is tried by itself.
  const asked = retry ? { ...filter, states: ["PARKED"] } : filter;
  // Asked once: the number in the question must not change while somebody reads it.
  const { data, error } = useApi(heldAddress(row.name, asked, { limit: 1 }), { once: true });
  const which = inWords({ ...asked, states: retry ? [] : asked.states });
  const kind = retry ? "parked event" : "held event";
  return h(
    Change,
    {
      title: retry ? "Retry parked events" : "Skip held events",
      verb: retry ? "Retry" : "Skip",
      danger: !retry,
      subscription: row.name,
      path: address(["subscriptions", row.name, action]),
      body: (reason) => ({ reason, filter: { ...asked, states: asked.states.length > 0 ? asked.states : undefined } }),
      count: data?.count,
      ready: data !== null && data.count > 0,
      result: ({ changed }) => (retry
        ? `${counted(changed, "event")} ${changed === 1 ? "has" : "have"} all attempts again.`
        : `${counted(changed, "event")} ${changed === 1 ? "was" : "were"} given up.`),
      onClose,
    },
    h(Problem, { error }),
    h("p.count-line", data ? h("b", counted(data.count, kind)) : "Counting…", ` of ${row.name}${which ? `, ${which}` : ""}`),
    h("p", retry
      ? "Each gets all its attempts again, the first at once, or when the subscription is resumed. Its subject stays held until it is handled."
      : "Each counts as handled for good, and its subject goes on. This cannot be taken back, other than by a replay."),
  );
}
