// The first view: is all well, and if not, what is it, and what is to be done.

import { h, useMemo, useStore } from "./el.js";
import { address } from "./api.js";
import { mayOperate, status, useApi } from "./live.js";
import { link, useRoute } from "./router.js";
import { byNeed, headline, needsYou, rates, sentenceBeside, stateOf, tellsWhy, warningLevel } from "./words.js";
import { Chip, Choices, Filter, Lanes, Next, NextStep, Problem, Table, useSort, ViewHead } from "./parts.js";
import { Change, openDialog } from "./dialog.js";
import { Spark } from "./chart.js";
import { counted, duration, number, rate, timed } from "./format.js";

const SHOWS = {
  "": () => true,
  need: needsYou,
  lag: (row) => row.lag > 0,
  held: (row) => row.held > 0,
  paused: (row) => row.paused,
};

const SORTS = {
  name: (row) => row.name,
  state: (row) => stateOf(row).word,
  topic: (row) => row.topic,
  lag: (row) => row.lag,
  seconds: (row) => row.lagSeconds,
  held: (row) => row.held,
  rate: (row) => row.rate,
};

export function Overview() {
  const { data } = useStore(status);
  const { query } = useRoute();
  const { data: warned, error: notWarned } = useApi(address(["warnings"]));
  const warnings = warned?.items ?? [];
  const { level, sentence, also } = headline(data, warnings);
  const asked = (query.get("q") ?? "").trim().toLowerCase();
  const shows = SHOWS[query.get("show") ?? ""] ?? SHOWS[""];
  const ordered = useMemo(() => [...data.subscriptions].sort(byNeed), [data]);
  const matching = ordered.filter(
    (row) => shows(row) && (asked === "" || [row.name, row.topic, ...Object.keys(row.owners ?? {})].some((text) => text.toLowerCase().includes(asked))),
  );
  const [rows, sort] = useSort(matching, SORTS, "");
  const count = (of) => data.subscriptions.filter(of).length;

  return [
    h(
      "div.headline",
      { class: `is-${level}` },
      h(ViewHead, { title: sentence, note: also }),
    ),
    data.faults.length > 0 && h(
      "section.faults",
      { "aria-label": `Faults of ${data.node}` },
      h("h2", `${data.node} reports`),
      h("ul", ...data.faults.map((fault) => h("li", { key: fault }, timed(fault)))),
    ),
    h(Problem, { error: notWarned }),
    warnings.length > 0 && h(Warnings, { of: warnings }),
    h(
      "section",
      { "aria-label": "Subscriptions" },
      h(
        "div.filters",
        h(Choices, {
          name: "show",
          label: "Which subscriptions",
          options: [
            ["", "All", data.subscriptions.length],
            ["need", "Need you", count(needsYou)],
            ["lag", "Lagging", count(SHOWS.lag)],
            ["held", "Hold events", count(SHOWS.held)],
            ["paused", "Paused", count(SHOWS.paused)],
          ],
        }),
        h(Filter, { name: "q", label: "Filter", placeholder: "Subscription, topic or node" }),
      ),
      h(Table, {
        label: "Subscriptions",
        rows,
        below: Why,
        keyOf: (row) => row.name,
        rowClass: (row) => (tellsWhy(row) ? `tells is-${stateOf(row).level}` : ""),
        sort,
        empty: data.subscriptions.length === 0
          ? "A durable observer is a method with @Subscription. This application has none."
          : "No subscription is like that.",
        columns: COLUMNS,
      }),
    ),
    h(Undeployed),
  ];
}

/** Subscriptions whose observer was removed or renamed; nothing where there are none. */
function Undeployed() {
  const { data, error, stale } = useApi(address(["undeployed"]));
  if (error) return h(Problem, { error });
  if (!data || data.items.length === 0) return null;
  return h(
    "section.undeployed",
    { "aria-label": "Not deployed" },
    h("h2", "Not deployed here"),
    h("p.soft", "Their observer was removed or renamed: they handle nothing, and keep what they hold."),
    h(Table, { label: "Not deployed", rows: data.items, keyOf: (row) => row.name, columns: LEFT, stale }),
  );
}

const LEFT = [
  { key: "name", label: "Subscription", class: "first", header: true, cell: (row) => h("span.name", row.name) },
  { key: "topic", label: "Topic", class: "topic-cell", cell: (row) => h("span.topic", row.topic) },
  { key: "handled", label: "Handled through", class: "num", cell: (row) => number(row.handled) },
  { key: "held", label: "Held", class: "num", cell: (row) => h(Amount, { of: row.held, text: number(row.held) }) },
  { key: "nodes", label: "Runs on", cell: (row) => h(RunsOn, { row }) },
];

function RunsOn({ row }) {
  if (row.nodes.length > 0) return row.nodes.join(", ");
  return [
    h("span.soft", "no node "),
    mayOperate() && h("button.button.small", { type: "button", onClick: () => openDialog(Delete, { row }) }, "Delete…"),
  ];
}

function Delete({ row, onClose }) {
  return h(
    Change,
    {
      title: `Delete ${row.name}`,
      verb: "Delete",
      subscription: row.name,
      path: address(["undeployed", row.name, "delete"]),
      body: (reason) => ({ reason }),
      count: row.held,
      danger: true,
      result: () => "It is deleted.",
      onClose,
    },
    h("p", `Its cursors and ${counted(row.held, "held event")} are deleted for good. What its observer has written stays, and so do the topic's events.`),
    h("p", "An observer that is given its name later begins anew."),
  );
}

/** What the databases warn of. */
function Warnings({ of }) {
  return h(
    "section.warnings",
    { "aria-label": "Warnings of the databases" },
    h("h2", "The database warns"),
    h("ul", ...of.map((warning) => h(
      "li",
      { key: warning.kind + warning.fact, class: `is-${warningLevel(warning)}` },
      h("p.why", warning.fact),
      h(NextStep, { text: warning.next }),
    ))),
  );
}

const COLUMNS = [
  { key: "name", label: "Subscription", sort: "name", class: "first", header: true,
    cell: (row) => h("a.name", { href: link(["subscriptions", row.name]) }, row.name) },
  { key: "state", label: "State", sort: "state", class: "bare", cell: State },
  { key: "topic", label: "Topic", sort: "topic", class: "topic-cell", cell: (row) => h("span.topic", row.topic) },
  { key: "lag", label: "Lag", sort: "lag", class: "num", cell: (row) => h(Amount, { of: row.lag, text: number(row.lag) }) },
  { key: "seconds", label: "Oldest", sort: "seconds", class: "num", cell: (row) => h(Amount, { of: row.lagSeconds, text: duration(row.lagSeconds) }) },
  { key: "held", label: "Held", sort: "held", class: "num", cell: (row) => h(Amount, { of: row.held, text: number(row.held) }) },
  {
    key: "rate", label: "Rate", sort: "rate", class: "num rate",
    cell: (row) => h("span.rated", h(Spark, { points: rates(row.history).slice(-60), label: "Rate of the last minutes" }), h("span", rate(row.rate))),
  },
  { key: "lanes", label: "Lanes", class: "lanes-cell", cell: (row) => h(Lanes, { owners: row.owners, brief: true }) },
];

function Amount({ of, text }) {
  return h("span", { class: of > 0 ? "" : "faint" }, text);
}

function State(row) {
  const { word, level } = stateOf(row);
  return h(Chip, { level }, word);
}

/** The cause and the next step, under the row of whatever is not well. */
function Why(row) {
  if (!tellsWhy(row)) return null;
  return [h("p.why", sentenceBeside(row)), h(Next, { of: row })];
}
