// What runs: nodes, feeds, live observers, servers, and who else receives this application's topics.

import { h, useStore } from "./el.js";
import { status } from "./live.js";
import { link } from "./router.js";
import { feedLevel, nodesOf, plain } from "./words.js";
import { Chip, Table, Time, ViewHead } from "./parts.js";
import { number } from "./format.js";

export function Runtime() {
  const { data } = useStore(status);
  const nodes = nodesOf(data);
  const most = Math.max(1, ...nodes.map(({ lanes }) => lanes));
  return [
    h(ViewHead, { title: "Nodes and feeds", note: `As ${data.node} sees it.` }),
    h(Part, { title: "Nodes" }, h(Table, {
      label: "Nodes",
      rows: nodes,
      keyOf: ({ name }) => name,
      columns: [
        { key: "name", label: "Node", header: true, class: "wide", cell: ({ name, here }) => [h("b", name), here && h("span.soft", " answers here")] },
        { key: "lanes", label: "Lanes", class: "num", cell: ({ lanes }) => number(lanes) },
        { key: "share", label: "Share", cell: ({ lanes }) => h("meter", { value: lanes, max: most, "aria-label": "Lanes, compared with the node that has most" }) },
        { key: "subscriptions", label: "Subscriptions", class: "num", cell: ({ subscriptions }) => number(subscriptions) },
      ],
    })),
    h(Part, { title: "Feeds" }, h(Table, {
      label: "Feeds",
      rows: data.feeds,
      keyOf: ({ name }) => name,
      below: (row) => row.detail && h("p.why", row.detail),
      rowClass: (row) => (feedLevel(row) === "warn" ? "tells is-warn" : ""),
      empty: "No feed runs on this node.",
      columns: [
        { key: "name", label: "Feed", header: true, class: "wide", cell: (row) => h("div.front-name", h("b", row.name), h(Chip, { level: feedLevel(row) }, plain(row.state))) },
        { key: "kind", label: "Kind", cell: ({ kind }) => plain(kind) },
        { key: "engine", label: "Engine", cell: ({ engine }) => engine },
        { key: "facts", label: "Facts", class: "facts-cell", cell: ({ facts }) => h(Pairs, { of: facts }) },
      ],
    })),
    data.live.length > 0 && h(Part, { title: "Live observers" }, h(Table, {
      label: "Live observers",
      rows: data.live,
      keyOf: ({ name, topic }) => `${topic} ${name}`,
      columns: [
        { key: "name", label: "Observer", header: true, class: "wide", cell: ({ name }) => h("code", name) },
        { key: "topic", label: "Topic", cell: ({ topic }) => h("a", { href: link(["topics", topic]) }, topic) },
        { key: "delivered", label: "Delivered", class: "num", cell: ({ delivered }) => number(delivered) },
        { key: "dropped", label: "Dropped", class: "num", cell: ({ dropped }) => h("span", { class: dropped > 0 ? "is-warn-text" : "faint" }, number(dropped)) },
        { key: "failed", label: "Failed", class: "num", cell: ({ failed }) => h("span", { class: failed > 0 ? "is-bad-text" : "faint" }, number(failed)) },
        { key: "queued", label: "Queued", class: "num", cell: ({ queued }) => number(queued) },
      ],
    })),
    data.servers.length > 0 && h(Part, { title: "Servers" }, h(Table, {
      label: "Servers",
      rows: data.servers,
      keyOf: ({ kind, detail }) => kind + detail,
      columns: [
        { key: "kind", label: "Server", header: true, cell: ({ kind }) => h("b", kind) },
        { key: "listening", label: "State", cell: ({ listening }) => h(Chip, { level: listening ? "ok" : "warn" }, listening ? "Listening" : "Not listening") },
        { key: "detail", label: "Detail", class: "wide", cell: ({ detail }) => detail },
        { key: "facts", label: "Facts", class: "facts-cell", cell: ({ facts }) => h(Pairs, { of: facts }) },
      ],
    })),
    data.consumers.length > 0 && h(Part, { title: "Remote consumers" }, h(Table, {
      label: "Remote consumers",
      rows: data.consumers,
      keyOf: ({ name, topic }) => `${topic} ${name}`,
      columns: [
        { key: "name", label: "Consumer", header: true, class: "wide", cell: ({ name }) => h("b", name) },
        { key: "connected", label: "State", cell: ({ connected }) => h(Chip, { level: connected ? "ok" : "idle" }, connected ? "Connected" : "Not connected here") },
        { key: "topic", label: "Topic", cell: ({ topic }) => h("a", { href: link(["topics", topic]) }, topic) },
        { key: "mark", label: "Mark", class: "num", cell: ({ mark }) => number(mark) },
        { key: "lag", label: "Lag, positions", class: "num", cell: ({ lag }) => number(lag) },
        { key: "seen", label: "Last told", cell: ({ seen }) => (seen ? h(Time, { at: seen }) : h("span.faint", "never")) },
      ],
    })),
  ];
}

function Part({ title, children }) {
  return h("section", { "aria-label": title }, h("h2", title), children);
}

function Pairs({ of = {} }) {
  const pairs = Object.entries(of);
  if (pairs.length === 0) return h("span.faint", "none");
  return h("span.pairs", ...pairs.map(([name, value]) => h("span", { key: name }, h("span.soft", name), " ", h("code", String(value)))));
}
