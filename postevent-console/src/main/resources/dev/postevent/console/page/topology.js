// Who gives events to whom, as a picture: feeds, topics, subscriptions, nodes, and remote consumers.

import { h, useMemo, useState, useStore } from "./el.js";
import { status } from "./live.js";
import { link, useRoute } from "./router.js";
import { feedLevel, needsYou, nodesOf, stateOf, topicLevel } from "./words.js";
import { Choices, Filter, ViewHead } from "./parts.js";
import { counted, number, short } from "./format.js";
import { PICTURE_ROWS_MAX, ROWS_MAX } from "./limits.js";

const LOCAL = "local topics";
const ROW = 46;
const BOX = 36;
const TOP = 34;
// As wide as there is room for beside the places, on a screen of 1280.
const COLUMNS = { feed: [0, 150], topic: [205, 180], subscription: [450, 240], right: [755, 205] };
const WIDTH = 960;

export function Topology() {
  const { data } = useStore(status);
  const { query } = useRoute();
  const asked = (query.get("q") ?? "").trim().toLowerCase();
  const trouble = query.get("show") === "need";
  const pages = useMemo(() => paged(data, asked, trouble), [data, asked, trouble]);
  const page = Math.min(Math.max(1, Number(query.get("page")) || 1), Math.max(1, pages.length));
  const picture = useMemo(() => laidOut(data, pages[page - 1] ?? []), [data, pages, page]);
  const [over, setOver] = useState("");
  const lit = useMemo(() => connected(picture.edges, over), [picture, over]);
  const dim = (id) => over !== "" && !lit.has(id);

  return [
    h(ViewHead, { title: "Topology", note: "Point at a box, or move to it with the keyboard, to see what it is connected to." }),
    h("div.filters",
      h(Choices, { name: "show", label: "Which", options: [["", "All"], ["need", "Need you"]] }),
      h(Filter, { name: "q", label: "Filter", placeholder: "Topic or subscription" })),
    picture.boxes.length === 0
      ? h("p.empty", "Nothing is like that.")
      : h(
        "div.picture",
        { tabIndex: 0, role: "region", "aria-label": "Picture, scrolls" },
        h(
          "svg",
          { viewBox: `-2 0 ${WIDTH + 4} ${picture.height}`, width: WIDTH + 4, height: picture.height, role: "group", "aria-label": "Topology" },
          ...[["feed", "Feeds"], ["topic", "Topics"], ["subscription", "Subscriptions"], ["right", "Nodes and remote consumers"]].map(([column, label]) =>
            h("text.column", { key: column, x: COLUMNS[column][0], y: 14 }, label)),
          ...picture.edges.map((edge) =>
            h("path.edge", {
              key: `${edge.from.id}>${edge.to.id}`, d: curve(edge),
              class: [over !== "" && lit.has(edge.from.id) && lit.has(edge.to.id) ? "lit" : over !== "" ? "dim" : "", edge.remote ? "remote" : ""].join(" "),
            })),
          ...picture.boxes.map((box) => h(Box, { key: box.id, box, dim: dim(box.id), onOver: setOver })),
        ),
      ),
    pages.length > 1 && h(Pages, { page, pages, query }),
  ];
}

function Pages({ page, pages, query }) {
  const to = (which) => {
    const changed = new URLSearchParams(query);
    changed.set("page", String(which));
    return link(["topology"], changed);
  };
  const topics = pages.reduce((sum, groups) => sum + groups.length, 0);
  return h(
    "nav.pager",
    { "aria-label": "Pictures" },
    h("span.note", `Picture ${page} of ${pages.length}, of ${counted(topics, "topic")}; what needs you comes first.`),
    page > 1 && h("a.button", { href: to(page - 1) }, "Back"),
    page < pages.length && h("a.button", { href: to(page + 1) }, "Next picture"),
  );
}

function Box({ box, dim, onOver }) {
  const chars = Math.floor((box.width - 26) / 6.9);
  return h(
    "a.box",
    {
      href: box.href,
      class: `is-${box.level} ${dim ? "dim" : ""}`,
      onMouseEnter: () => onOver(box.id),
      onMouseLeave: () => onOver(""),
      onFocus: () => onOver(box.id),
      onBlur: () => onOver(""),
    },
    h("title", `${box.name}, ${box.text}`),
    h("rect", { x: box.x, y: box.y, width: box.width, height: BOX, rx: 7 }),
    h("circle", { cx: box.x + 13, cy: box.y + 13, r: 3.5 }),
    h("text.box-name", { x: box.x + 23, y: box.y + 16.5 }, cut(box.name, chars)),
    h("text.box-text", { x: box.x + 23, y: box.y + 29 }, cut(box.text, Math.floor(chars * 1.12))),
  );
}

function cut(text, chars) {
  return text.length > chars ? `${text.slice(0, Math.max(1, chars - 1))}…` : text;
}

/** To a remote consumer it bends before the subscriptions, and then runs through the row that is left free for it. */
function curve({ from, to, remote }) {
  const [x1, y1, y2] = [from.x + from.width, from.y + BOX / 2, to.y + BOX / 2];
  const x2 = remote ? COLUMNS.subscription[0] : to.x;
  const bend = Math.max(24, (x2 - x1) / 2.2);
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}${remote ? `H${to.x}` : ""}`;
}

/** All that is before and after a box, along the arrows. */
function connected(edges, id) {
  const found = new Set([id]);
  const walk = (from, next) => {
    for (const edge of edges) {
      const [here, there] = next === "to" ? [edge.from.id, edge.to.id] : [edge.to.id, edge.from.id];
      if (here === from) {
        found.add(there);
        walk(there, next);
      }
    }
  };
  walk(id, "to");
  walk(id, "from");
  return found;
}

/** Topics with what takes them, as many together as one picture has room for; those that need a person first. */
function paged(data, asked, trouble) {
  const groups = data.topics
    .map((topic) => {
      const own = topic.name.toLowerCase().includes(asked);
      const matches = (one) => one.topic === topic.name && (own || one.name.toLowerCase().includes(asked));
      const subscriptions = data.subscriptions.filter((one) => matches(one) && (!trouble || needsYou(one))).slice(0, ROWS_MAX);
      const consumers = trouble ? [] : data.consumers.filter(matches).slice(0, ROWS_MAX);
      const need = topicLevel(topic) !== "ok" || subscriptions.some(needsYou);
      const shown = subscriptions.length + consumers.length > 0 || (own && (!trouble || need));
      return { topic, subscriptions, consumers, need, shown, rows: Math.max(1, subscriptions.length + consumers.length) };
    })
    .filter(({ shown }) => shown)
    .sort((a, b) => Number(b.need) - Number(a.need) || a.topic.name.localeCompare(b.topic.name));
  const pages = [];
  let left = 0;
  for (const group of groups) {
    if (pages.length === 0 || group.rows > left) {
      pages.push([]);
      left = PICTURE_ROWS_MAX;
    }
    pages[pages.length - 1].push(group);
    left -= group.rows;
  }
  return pages;
}

/**
 * Boxes and arrows. A topic has a row for each subscription and each remote consumer, so the arrows to its right never cross; a
 * consumer's row is empty among the subscriptions, and nodes take the rows on the right that no consumer has.
 */
function laidOut(data, groups) {
  const boxes = [];
  const edges = [];
  const add = (column, id, y, rest) => {
    const [x, width] = COLUMNS[column];
    const box = { id, x, width, y, ...rest };
    boxes.push(box);
    return box;
  };
  const byNode = new Map(nodesOf(data).map((node) => [node.name, { ...node, y: 0, from: [] }]));
  const feeds = new Map();
  const taken = new Set();
  let row = 0;
  for (const { topic, subscriptions, consumers, rows } of groups) {
    const box = add("topic", `topic ${topic.name}`, TOP + (row + (rows - 1) / 2) * ROW, {
      name: topic.name, level: topicLevel(topic), href: link(["topics", topic.name]),
      text: topic.fault ? "stands still" : topic.blocker ? "gap held open" : topic.head === undefined ? "head not known" : `head ${number(topic.head)}`,
    });
    const feed = data.feeds.find((one) => one.name === topic.name) ?? data.feeds.find((one) => one.name === LOCAL);
    if (feed) feeds.set(feed, [...(feeds.get(feed) ?? []), box]);
    subscriptions.forEach((one, at) => {
      const state = stateOf(one);
      const here = add("subscription", `subscription ${one.name}`, TOP + (row + at) * ROW, {
        name: one.name, level: state.level, href: link(["subscriptions", one.name]),
        text: one.lag > 0 ? `${state.word.toLowerCase()}, lag ${short(one.lag)}` : state.word.toLowerCase(),
      });
      edges.push({ from: box, to: here });
      Object.keys(one.owners ?? {}).forEach((node) => byNode.get(node)?.from.push(here));
    });
    consumers.forEach((one, at) => {
      const place = row + subscriptions.length + at;
      taken.add(place);
      const here = add("right", `consumer ${one.topic} ${one.name}`, TOP + place * ROW, {
        name: one.name, level: one.connected ? "ok" : "idle", href: "#/runtime",
        text: `${one.connected ? "connected" : "not connected here"}${one.lag > 0 ? `, lag ${short(one.lag)}` : ""}`,
      });
      edges.push({ from: box, to: here, remote: true });
    });
    row += rows;
  }

  const middle = (of) => of.reduce((sum, box) => sum + box.y, 0) / of.length;
  const stacked = (wanted, blocked) => {
    // Each at the free row that is nearest to the middle of what it is connected to.
    const free = (at) => at >= 0 && !blocked.has(at);
    return wanted.sort((a, b) => a.y - b.y).map((one) => {
      const ideal = Math.round((one.y - TOP) / ROW);
      let off = 0;
      while (!free(ideal + off) && !free(ideal - off)) off++;
      const at = free(ideal - off) ? ideal - off : ideal + off;
      blocked.add(at);
      return { ...one, y: TOP + at * ROW };
    });
  };
  stacked([...feeds].map(([feed, to]) => ({ feed, to, y: middle(to) })), new Set()).forEach(({ feed, to, y }) => {
    const box = add("feed", `feed ${feed.name}`, y, {
      name: feed.name, level: feedLevel(feed), href: "#/runtime", text: `${feed.engine}, ${feed.state.toLowerCase()}`,
    });
    to.forEach((topic) => edges.push({ from: box, to: topic }));
  });
  const nodes = [...byNode.values()].filter(({ from }) => from.length > 0);
  const step = Math.max(1, Math.floor(row / (nodes.length + 1)));
  stacked(nodes.map((node, at) => ({ ...node, y: TOP + step * (at + 1) * ROW - ROW / 2 })), taken).forEach((node) => {
    const box = add("right", `node ${node.name}`, node.y, {
      name: node.name, level: "work", href: "#/runtime", text: counted(node.lanes, "lane"),
    });
    node.from.forEach((subscription) => edges.push({ from: subscription, to: box }));
  });
  const bottom = Math.max(0, ...boxes.map((box) => box.y));
  return { boxes, edges, height: bottom + BOX + 12 };
}
