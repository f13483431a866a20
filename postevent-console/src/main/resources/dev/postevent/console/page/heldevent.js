// One held event with its attempts, and the sequence of a subject: its head, and what waits behind it.

import { h, useStore } from "./el.js";
import { status, useApi } from "./live.js";
import { address } from "./api.js";
import { link, useRoute } from "./router.js";
import { Bulk, HeldState, HeldTable, heldAddress } from "./held.js";
import { Copy, Facts, Loading, Pager, Problem, Time, ViewHead } from "./parts.js";
import { Payload } from "./payload.js";
import { counted, millis, number } from "./format.js";
import { HELD_PAGE } from "./limits.js";

/** The row of a subscription, with its name alone where it is not among those of the status. */
function useRow(name) {
  return useStore(status).data.subscriptions.find((one) => one.name === name) ?? { name };
}

const over = (name) => [["Overview", "#/"], [name, link(["subscriptions", name])]];

export function HeldEvent({ name, position }) {
  const row = useRow(name);
  const at = Number(position);
  const { data, error } = useApi(heldAddress(name, { first: at, last: at }, { limit: 1 }));
  const item = data?.items?.[0];
  const title = `Position ${number(at)}`;
  if (!item) {
    return [
      h(ViewHead, { title, over: over(name) }),
      error ? h(Problem, { error }) : data ? h("p.empty", `${name} does not hold this event: it was handled or skipped by now.`) : h(Loading),
    ];
  }
  const one = { states: [], first: at, last: at };
  return [
    h(ViewHead, { title, over: over(name) }, item.state !== "BEHIND" && h(Bulk, { row, filter: { ...one, states: [item.state] } })),
    h(
      "section.explain",
      { class: item.state === "PARKED" ? "is-bad" : "is-watch", "aria-label": "Where it stands" },
      h(HeldState, { state: item.state }),
      h("p.sentence.mono-text", item.cause ?? "It has not failed: it waits behind an earlier event of its subject."),
    ),
    h(Facts, {
      class: "numbers",
      of: [
        ["Subject", item.subject && h("a", { href: link(["subscriptions", name, "sequence", item.subject]) }, item.subject)],
        ["Type", item.type],
        ["Event", item.eventId && h("code", item.eventId)],
        ["Attempts", number(item.attempts)],
        ["Failing since", item.failingSince && h(Time, { at: item.failingSince })],
        ["Next attempt", item.nextAttempt && h(Time, { at: item.nextAttempt })],
        ["Gives up", item.givesUp && h(Time, { at: item.givesUp })],
      ],
    }),
    h("div.columns", h(Attempts, { name, at }), row.topic && h(Payload, { topic: row.topic, position: at })),
  ];
}

function Attempts({ name, at }) {
  const { data, error } = useApi(address(["subscriptions", name, "held", String(at), "attempts"]));
  return h(
    "section",
    { "aria-label": "Attempts" },
    h("h2", "Attempts"),
    h(Problem, { error }),
    !data && !error && h(Loading),
    data && data.items.length === 0 && h("p.empty", "None is kept."),
    data && data.items.length > 0 && h("ol.timeline", { reversed: true }, ...data.items.map((attempt) => h(Attempt, { key: attempt.number, attempt }))),
  );
}

function Attempt({ attempt: { number: which, at, node, durationMillis, cause, stack } }) {
  return h(
    "li",
    h("p.when", h("b", `Attempt ${which}`), " ", h(Time, { at }), h("span.faint", ` · ${node} · ${millis(durationMillis)}`)),
    h("p.cause-text", cause),
    stack && h("details", h("summary", "Stack"), h("pre", { tabIndex: 0, role: "region", "aria-label": `Stack of attempt ${which}` }, stack),
      h(Copy, { text: stack, label: "Copy the stack" })),
  );
}

/** All that is held of one subject, in order. */
export function Sequence({ name, subject }) {
  const row = useRow(name);
  const { query } = useRoute();
  const after = query.get("after") ?? "";
  const { data, error, stale } = useApi(heldAddress(name, { subject }, { after, limit: HELD_PAGE }));
  const { data: top } = useApi(heldAddress(name, { subject }, { limit: 1 }));
  const head = top?.items?.[0];
  const rest = (data?.items ?? []).filter((item) => item.position !== head?.position);
  const behind = Math.max(0, (data?.count ?? 0) - 1);
  return [
    h(ViewHead, { title: subject, over: over(name), note: "The sequence of this subject: each event waits for the one before it." },
      data?.count > 0 && h(Bulk, { row, filter: { states: [], subject }, names: ["Retry what is parked…", "Skip the sequence…"] })),
    h(Problem, { error }),
    !data && !error && h(Loading),
    data && data.count === 0 && h("p.empty", "Nothing of this subject is held."),
    head && h(
      "section.explain",
      { class: head.state === "PARKED" ? "is-bad" : "is-watch", "aria-label": "Head of the sequence" },
      h("p.over", "Head"),
      h("p.sequence-head", h("a.name", { href: link(["subscriptions", name, "held", String(head.position)]) }, `Position ${number(head.position)}`),
        h(HeldState, { state: head.state }), h("span.topic", head.type)),
      head.cause && h("p.sentence.mono-text", head.cause),
      head.state !== "BEHIND" && h(Bulk, { row, filter: { states: [head.state], first: head.position, last: head.position }, small: true }),
    ),
    data && behind > 0 && h("h2", `${counted(behind, "event")} ${behind === 1 ? "waits" : "wait"} behind it`),
    data && rest.length > 0 && h(HeldTable, { row, items: rest, stale, noSubject: true }),
    data && behind > 0 && h(Pager, { first: after === "", next: data.next, name: "after" }),
  ];
}
