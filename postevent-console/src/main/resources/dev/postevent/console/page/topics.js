// Topics, and the browser of a topic's events.

import { h, useEffect, useRef, useState, useStore } from "./el.js";
import { status, useApi } from "./live.js";
import { address, get } from "./api.js";
import { prefs } from "./prefs.js";
import { link, setQuery, useRoute } from "./router.js";
import { topicLevel } from "./words.js";
import { Chip, Facts, Filter, Loading, Pager, Problem, Table, Time, useSort, ViewHead } from "./parts.js";
import { Payload } from "./payload.js";
import { bytes, counted, inputOf, instantOf, number, timed, zoneName } from "./format.js";
import { EVENTS_PAGE, TAIL_MAX } from "./limits.js";

const RANK = { bad: 0, warn: 1, ok: 2 };

export function Topics() {
  const { data } = useStore(status);
  const { query } = useRoute();
  const asked = (query.get("q") ?? "").trim().toLowerCase();
  const of = (name) => data.subscriptions.filter((one) => one.topic === name).length;
  const ordered = [...data.topics].sort((a, b) => RANK[topicLevel(a)] - RANK[topicLevel(b)] || a.name.localeCompare(b.name));
  const [rows, sort] = useSort(
    ordered.filter(({ name }) => name.toLowerCase().includes(asked)),
    { name: (row) => row.name, head: (row) => row.head, mark: (row) => row.mark, missing: missing, subscriptions: (row) => of(row.name) },
    "",
  );
  return [
    h(ViewHead, { title: "Topics" }),
    h("div.filters", h(Filter, { name: "q", label: "Filter", placeholder: "Name" })),
    h(Table, {
      label: "Topics",
      rows,
      sort,
      keyOf: (row) => row.name,
      below: (row) => topicLevel(row) !== "ok" && h("p.why", timed(row.fault ?? row.blocker)),
      rowClass: (row) => (topicLevel(row) === "ok" ? "" : `tells is-${topicLevel(row)}`),
      empty: data.topics.length === 0 ? "This application has no topic." : "No topic has such a name.",
      columns: [
        { key: "name", label: "Topic", class: "wide", header: true, sort: "name", cell: TopicFront },
        { key: "head", label: "Head", class: "num", sort: "head", cell: (row) => number(row.head) },
        { key: "settled", label: "Settled", class: "num", cell: (row) => number(row.settled) },
        { key: "mark", label: "Mark", class: "num", sort: "mark", cell: (row) => number(row.mark) },
        { key: "missing", label: "Head to mark", class: "num", sort: "missing", cell: (row) => number(missing(row)) },
        { key: "subscriptions", label: "Subscriptions", class: "num", sort: "subscriptions", cell: (row) => number(of(row.name)) },
      ],
    }),
  ];
}

/** Positions that are committed and not in the inbox yet; undefined where one of the two is not known. */
function missing({ head, mark }) {
  return head === undefined || mark === undefined ? undefined : Math.max(0, head - mark);
}

function TopicFront(row) {
  return h("div.front-name", h("a.name", { href: link(["topics", row.name]) }, row.name), h(TopicChip, { row }));
}

function TopicChip({ row }) {
  const level = topicLevel(row);
  return h(Chip, { level }, { bad: "Stands still", warn: "Gap held open", ok: "Flows" }[level]);
}

export function Topic({ name }) {
  const { data } = useStore(status);
  const row = data.topics.find((one) => one.name === name);
  const subscriptions = data.subscriptions.filter((one) => one.topic === name);
  return [
    h(ViewHead, { title: name, over: [["Topics", "#/topics"]], note: row && h(TopicChip, { row }) }),
    row && (row.fault || row.blocker) && h(
      "section.explain",
      { class: `is-${topicLevel(row)}`, "aria-label": "What holds it" },
      h("p.sentence", timed(row.fault ?? row.blocker)),
    ),
    row && h(Facts, {
      class: "numbers",
      of: [
        ["Head", number(row.head)],
        ["Settled", number(row.settled)],
        ["Mark", number(row.mark)],
        ["Subscriptions", subscriptions.length > 0 && subscriptions.slice(0, 8).flatMap(({ name: one }, at) =>
          [at > 0 && ", ", h("a", { href: link(["subscriptions", one]) }, one)]).concat(subscriptions.length > 8 ? ` and ${subscriptions.length - 8} more` : "")],
      ],
    }),
    h(Events, { topic: name }),
  ];
}

const TEXTS = ["subject", "type", "id"];

function Events({ topic }) {
  const { query } = useRoute();
  const params = { limit: EVENTS_PAGE };
  for (const name of [...TEXTS, "after", "until"]) params[name] = query.get(name) ?? "";
  for (const name of ["first", "last", "before"]) params[name] = /^[1-9]\d{0,15}$/.test(query.get(name) ?? "") ? query.get(name) : "";
  const live = query.get("live") === "1";
  const filtered = [...TEXTS, "after", "until", "first", "last"].some((name) => params[name] !== "");
  const toggle = () => setQuery({ live: live ? "" : "1", before: "", last: "", until: "" });
  return h(
    "section",
    { "aria-label": "Events" },
    h("div.section-head", h("h2", "Events"),
      h("button.button", { type: "button", "aria-pressed": String(live), onClick: toggle }, live ? "Stop following" : "Follow live")),
    h(
      "div.filters",
      h(Filter, { name: "subject", label: "Subject" }),
      h(Filter, { name: "type", label: "Type" }),
      h(Filter, { name: "id", label: "Id" }),
      !live && h(Filter, { name: "first", label: "First position", type: "text", inputMode: "numeric" }),
      !live && h(Filter, { name: "last", label: "Last position", type: "text", inputMode: "numeric" }),
      !live && h(When, { name: "after", label: "After" }),
      !live && h(When, { name: "until", label: "Until" }),
      filtered && h("button.button.plain", { type: "button", onClick: () => setQuery(Object.fromEntries([...TEXTS, "after", "until", "first", "last", "before"].map((name) => [name, ""]))) }, "Clear"),
    ),
    live ? h(Tail, { topic, params: { subject: params.subject, type: params.type, id: params.id } }) : h(Page, { topic, params, filtered }),
  );
}

function When({ name, label }) {
  useStore(prefs);
  const { query } = useRoute();
  return h(
    "label.field",
    h("span.label", `${label}, ${zoneName()}`),
    h("input", { type: "datetime-local", step: 1, value: inputOf(query.get(name)),
      onChange: (event) => setQuery({ [name]: instantOf(event.currentTarget.value), before: "" }) }),
  );
}

function Page({ topic, params, filtered }) {
  const { data, error, stale } = useApi(address(["topics", topic, "events"], params));
  return [
    h(Problem, { error }),
    !data && !error && h(Loading),
    data && h(EventTable, { topic, items: data.items, stale, empty: filtered ? "No event is like that." : "No event was published yet." }),
    data && h(Pager, { first: params.before === "", next: data.next, name: "before" }),
  ];
}

function EventTable({ topic, items, stale, empty }) {
  return h(Table, {
    label: "Events, the newest first",
    rows: items,
    keyOf: (item) => item.position,
    stale,
    empty,
    columns: [
      { key: "position", label: "Position", class: "mono", header: true,
        cell: (item) => h("a", { href: link(["topics", topic, "events", String(item.position)]) }, number(item.position)) },
      { key: "time", label: "Time", cell: (item) => h(Time, { at: item.time }) },
      { key: "type", label: "Type", class: "cut", cell: (item) => item.type },
      { key: "subject", label: "Subject", class: "cut", cell: (item) => item.subject ?? h("span.faint", "none") },
      { key: "id", label: "Id", class: "cut mono", cell: (item) => item.id },
      { key: "size", label: "Data", class: "num", cell: (item) => bytes(item.size) },
    ],
  });
}

/** The newest events as they come: asked for by position, so that none is shown twice, and what came too fast is said. */
function Tail({ topic, params }) {
  const { interval } = useStore(prefs);
  const [paused, setPaused] = useState(false);
  const [state, setState] = useState({ items: null, leftOut: 0, error: null });
  const last = useRef(0);
  const path = JSON.stringify(params);

  useEffect(() => {
    last.current = 0;
    setState({ items: null, leftOut: 0, error: null });
  }, [topic, path]);
  useEffect(() => {
    if (paused) return undefined;
    const control = new AbortController();
    let timer = 0;
    const load = async () => {
      try {
        const since = last.current;
        const { items, next } = await get(
          address(["topics", topic, "events"], { ...params, first: since > 0 ? since + 1 : "", limit: EVENTS_PAGE }), control.signal);
        if (control.signal.aborted) return;
        last.current = Math.max(since, items[0]?.position ?? 0);
        const skipped = since > 0 && next && items.length > 0 ? items[items.length - 1].position - since - 1 : 0;
        setState((former) => ({
          items: [...items, ...(former.items ?? [])].slice(0, TAIL_MAX),
          leftOut: former.leftOut + skipped,
          error: null,
        }));
      } catch (error) {
        if (!control.signal.aborted) setState((former) => ({ ...former, error }));
      }
    };
    const ask = async () => {
      if (!document.hidden) await load();
      if (!control.signal.aborted) timer = setTimeout(ask, interval * 1_000);
    };
    ask();
    return () => {
      control.abort();
      clearTimeout(timer);
    };
  }, [topic, path, paused, interval]);

  return [
    h(
      "div.found",
      h("p", paused ? h("b", "Paused.") : [h("span.pulse", { "aria-hidden": "true" }), h("b", `Asked every ${interval} s.`)],
        ` The newest ${TAIL_MAX} are kept.`,
        state.leftOut > 0 && ` Up to ${counted(state.leftOut, "position")} left out: they came too fast.`),
      h("button.button.small", { type: "button", onClick: () => setPaused(!paused) }, paused ? "Go on" : "Pause"),
    ),
    h(Problem, { error: state.error }),
    state.items ? h(EventTable, { topic, items: state.items, empty: "Nothing yet." }) : !state.error && h(Loading),
  ];
}

export function TopicEvent({ topic, position }) {
  return [
    h(ViewHead, { title: `Position ${number(Number(position))}`, over: [["Topics", "#/topics"], [topic, link(["topics", topic])]] }),
    h(Payload, { topic, position }),
  ];
}
