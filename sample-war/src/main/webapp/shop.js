// The page of shop and warehouse: reads /shop/api, listens to /shop/api/stream, changes what changed. No framework.

import {
  away, bytes, calledItself, counted, faultNews, gone, grouped, heldState, known, named, news, retryAfter, skipQuestion, state,
  summary, toGo, unreadable,
} from "./words.js";

const api = new URL("api/", document.baseURI);
const EVENTS_SHOWN = 60;
const SILENCE_MAX = 45_000;
const ITEMS = ["book", "lamp", "teapot", "bicycle bell", "notebook", "desk chair", "headphones", "fern", "umbrella", "kite"];
const $ = (id) => document.getElementById(id);

// ---- the document: what is there already is changed and not built anew, so clicks, focus and what is read out stay

/** Makes an element; text is always text, never markup. */
function el(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined && text !== null) element.textContent = text;
  return element;
}

/** Sets a text, unless it is the same: a live region announces what is set. */
function write(element, text) {
  const wanted = String(text ?? "");
  if (element.textContent !== wanted) element.textContent = wanted;
}

/** Sets an attribute, unless it is the same. */
function attribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

function classes(element, value) {
  if (element.className !== value) element.className = value;
}

/** Makes the children of list those of items, by key; update gets the child and its item. */
function fill(list, items, key, make, update) {
  const wanted = new Set(items.map((item, i) => String(key(item, i))));
  const there = new Map();
  for (const child of [...list.children]) {
    if (wanted.has(child.dataset.key)) there.set(child.dataset.key, child);
    else remove(child, list);
  }
  let next = list.firstElementChild;
  for (const [i, item] of items.entries()) {
    const name = String(key(item, i));
    const child = there.get(name) ?? make(item);
    child.dataset.key = name;
    update(child, item);
    if (child === next) next = next.nextElementSibling;
    else list.insertBefore(child, next);
  }
}

/** Removes a child; if the focus is in it, that goes to a button beside it, or to the heading above if there is one. */
function remove(child, list) {
  if (child.contains(document.activeElement)) {
    const beside = [child.nextElementSibling, child.previousElementSibling];
    const button = beside.map((one) => one?.querySelector("button:not([hidden] *)")).find(Boolean);
    (button ?? list.closest(".card")?.querySelector("h2"))?.focus();
  }
  child.remove();
}

// ---- asking the server for something

/** Calls the API; throws an Error with the server's own words if it refuses. */
async function call(method, path, body) {
  let response;
  try {
    response = await fetch(new URL(path, api), {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Error("The server does not answer, so it is not known whether it has done that.");
  }
  const text = await response.text();
  const answer = text !== "" && response.headers.get("Content-Type")?.includes("json") ? JSON.parse(text) : null;
  if (!response.ok) {
    const error = new Error(answer?.error ?? `${response.status} ${response.statusText}`);
    error.status = response.status;
    throw error;
  }
  return answer;
}

/** Says something in a card. */
function say(card, text, kind = "") {
  const said = card.querySelector(".said");
  said.classList.toggle("good", kind === "good");
  said.classList.toggle("bad", kind === "bad");
  write(said, text);
}

/**
 * Runs what a button does, once at a time, and says in its card what went wrong. A disabled button would lose the focus. The card
 * is given where the button may be gone from it by now.
 */
async function act(button, work, card = button.closest(".card")) {
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  say(card, ""); // the same words once more are no change, and are not announced
  try {
    const said = await work();
    say(card, typeof said === "string" ? said : "", "good");
  } catch (error) {
    say(card, error.message, "bad");
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

/** Asks a person; true if the answer is yes. */
function ask({ title, text }, yes) {
  write($("ask-title"), title);
  write($("ask-text"), text);
  write($("ask-yes"), yes);
  $("ask").returnValue = "";
  $("ask").showModal();
  return new Promise((answer) =>
    $("ask").addEventListener("close", () => answer($("ask").returnValue === "yes"), { once: true }));
}

// ---- placing orders

$("items").append(...ITEMS.map((item) => Object.assign(el("option"), { value: item })));

function formOrder() {
  const data = new FormData($("order"));
  return { customer: data.get("customer"), item: data.get("item"), quantity: Number(data.get("quantity")) };
}

$("order").addEventListener("submit", (submit) => {
  submit.preventDefault();
  act(submit.submitter, async () => {
    const order = await call("POST", "orders", formOrder());
    return `Order ${order.id} of ${order.customer} is placed.`;
  });
});

$("rollback").addEventListener("click", (click) => {
  if (!$("order").reportValidity()) return;
  act(click.currentTarget, async () => {
    try {
      await call("POST", "orders?rollback=true", formOrder());
    } catch (error) {
      if (error.status !== 409) throw error;
      return `As asked: ${error.message.replace(/^./, (c) => c.toLowerCase())}. Nothing of it is left.`;
    }
    throw new Error("The order was placed, though it should have been rolled back.");
  });
});

$("random").addEventListener("click", (click) => act(click.currentTarget, async () => {
  const pick = (count) => Math.floor(Math.random() * count);
  await Promise.all(Array.from({ length: 20 }, () => call("POST", "orders", {
    customer: `c-${10 + pick(8)}`, item: ITEMS[pick(ITEMS.length)], quantity: 1 + pick(4),
  })));
  return "20 orders are placed.";
}));

// ---- what the server tells. EventSource ends for good at an answer that is no stream, as a server that starts gives (404, 503): so
// each end is followed by a try of our own

let stream = null;
let failures = 0;
let lost = null;
let trying = null;
let heard = 0;
let unread = ""; // what is said since the server cannot read its state

function connect() {
  clearTimeout(trying);
  trying = null;
  stream?.close();
  heard = Date.now();
  const mine = new EventSource(new URL("stream", api));
  stream = mine;
  const hear = (name, show) => mine.addEventListener(name, (message) => {
    heard = Date.now();
    failures = 0;
    show(JSON.parse(message.data));
  });
  mine.addEventListener("open", () => {
    lost = null;
    write($("trouble"), "");
    pill("warn", "connected"); // until it tells more
  });
  hear("event", showEvent);
  hear("tick", (tick) => {
    unread = "";
    write($("trouble"), "");
    showTick(tick);
  });
  hear("away", ({ reason }) => {
    unread ||= unreadable(clock.format(new Date()), reason); // once: it is announced
    write($("trouble"), unread);
    pill("bad", "state not known");
  });
  mine.addEventListener("error", () => retry(new Date()));
}

/** Ends the connection, which is lost since then, and makes a new one after a while. */
function retry(since) {
  stream?.close();
  stream = null;
  failures++;
  lost ??= since;
  pill("bad", "no connection");
  write($("trouble"), away(clock.format(lost)));
  trying = setTimeout(connect, retryAfter(failures, Math.random()));
}

/** Does not wait any longer: a person looks, or the network is back. */
function connectNow() {
  if (trying !== null && document.visibilityState === "visible") connect();
}

document.addEventListener("visibilitychange", connectNow);
addEventListener("online", connectNow);
// a connection whose other end vanished says nothing; a server that is there tells something each second, if only that it
// cannot read its state
setInterval(() => {
  if (stream !== null && Date.now() - heard > SILENCE_MAX) retry(new Date(heard));
}, 5_000);

const clock = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });

call("GET", "status").then(showRole).catch((error) => write($("trouble"), error.message));
connect();

function pill(kind, text, title = "") {
  classes($("feed"), `pill ${kind}`);
  attribute($("feed"), "title", title);
  write($("feed").querySelector("b"), text);
}

function showTick({ status, orders, picks, faults, held, explanations }) {
  showRole(status);
  showFeed(status);
  showFlow(status);
  showOrders(orders);
  showPicks(picks);
  showSource(status);
  showConsumers(status);
  const head = Math.max(0, ...status.topics.map((topic) => topic.head));
  gone([...cards.keys()], status.subscriptions.map((subscription) => subscription.name)).forEach(removeCard);
  const said = status.subscriptions.map((subscription) => showSubscription(
    subscription, head, faults[subscription.name], held[subscription.name] ?? [], explanations[subscription.name] ?? ""));
  said.push(showFaults([...new Set(status.faults)]));
  if (said.some(Boolean)) write($("news"), said.filter(Boolean).join(" "));
}

let faultsShown = [];

/** Returns what is to be announced of them; they count seconds, so they are not announced as they are. */
function showFaults(faults) {
  fill($("faults"), faults, (_, i) => i, () => el("p"), write);
  const said = faultNews(faultsShown, faults);
  faultsShown = faults;
  return said;
}

const ROLES = {
  shop: ["Order shop", "events in PostgreSQL, delivered by postevent", "Warehouse"],
  warehouse: ["Warehouse", "the shop's events, in a database of its own", "Order shop"],
};

function showRole({ role, otherSide }) {
  if (document.documentElement.dataset.role !== role) {
    document.documentElement.dataset.role = role;
    [$("title").textContent, $("subtitle").textContent] = ROLES[role];
    document.title = `${ROLES[role][0]} · postevent`;
    if (role === "warehouse") $("events-empty").textContent = "Events appear here the moment the shop has committed them.";
  }
  $("other").hidden = !otherSide;
  if (otherSide) {
    attribute($("other"), "href", otherSide);
    write($("other"), `${ROLES[role][2]} ↗`);
  }
}

function showFeed({ feeds, node }) {
  write($("node"), `node ${node}`);
  const feed = feeds[0];
  if (!feed) return pill("warn", "no feed");
  const kind = { STREAMING: "good", STANDBY: "good" }[feed.state] ?? "warn";
  pill(kind, `${feed.engine} ${feed.state.toLowerCase()}`, feed.detail ?? "");
}

function showFlow({ topics, feeds, subscriptions, consumers, role }) {
  const topic = topics.find((one) => one.name === "orders") ?? topics[0];
  const feed = feeds[0];
  if (!topic) return;
  const steps = role === "warehouse" ? [
    ["Head at the shop", known(topic.head), `topic ${topic.name}`],
    ["Settled there", known(topic.settled), topic.blocker ?? "no gap is open"],
    ["Stream", feed?.state.toLowerCase() ?? "", "gRPC, mutual TLS"],
    ["Inbox mark", known(topic.mark), "everything up to here is stored"],
    ...subscriptions.map((one) => [one.name, grouped(one.handled), toGo(one.lag)]),
  ] : [
    ["Outbox head", known(topic.head), `topic ${topic.name}`],
    ["Settled", known(topic.settled), topic.blocker ?? "no gap is open"],
    ["Slot", bytes(Number(feed?.facts.lag_bytes)) || feed?.engine || "", feed?.facts.wal_status ? `behind, WAL ${feed.facts.wal_status}` : "feed"],
    ["Inbox mark", known(topic.mark), "everything up to here is stored"],
    ...subscriptions.map((one) => [one.name, grouped(one.handled), toGo(one.lag)]),
    ...consumers.map((one) => [calledItself(one.name), known(one.mark), one.connected ? toGo(one.lag) : "not connected"]),
  ];
  fill($("flow"), steps, (_, i) => i, () => {
    const item = el("li");
    item.append(el("span"), el("b"), el("small"));
    return item;
  }, (item, texts) => texts.forEach((text, i) => {
    write(item.children[i], text);
    attribute(item.children[i], "title", text);
  }));
}

// ---- the other application

function showSource({ role, topics, feeds }) {
  const feed = feeds.find((one) => one.engine === "grpc");
  if (role !== "warehouse" || !feed) return;
  const topic = topics.find((one) => one.name === feed.name);
  const streams = feed.state === "STREAMING";
  classes($("source-badge"), `badge ${streams ? "good" : "warn"}`);
  write($("source-badge"), streams ? "connected" : feed.state.toLowerCase());
  write($("source-address"), feed.facts.source);
  fill($("source-facts"), [
    ["head there", known(topic?.head ?? -1)],
    ["received through", known(topic?.mark ?? -1)],
    ["events by the stream", grouped(feed.facts.entries ?? 0)],
    ["connects", grouped(feed.facts.connects ?? 0)],
  ], ([name]) => name, ([name]) => {
    const pair = el("div");
    pair.append(el("dt", "", name), el("dd"));
    return pair;
  }, (pair, [, value]) => {
    write(pair.lastChild, value);
    classes(pair.lastChild, value === "0" ? "zero" : "");
  });
  classes($("source-note"), `note ${streams ? "" : "bad"}`);
  write($("source-note"), streams || !feed.detail
    ? "Kill the shop's server, or this one: what is missed is read from the shop's history, and every order is picked once."
    : feed.detail);
}

function showConsumers({ servers, consumers, topics }) {
  const server = servers[0];
  $("consumers").hidden = !server;
  if (!server) return;
  classes($("server"), `badge ${server.listening ? "good" : "bad"}`);
  write($("server"), server.listening ? `${server.kind} listens` : `${server.kind} does not listen`);
  write($("server-detail"), server.detail);
  $("consumers-empty").hidden = consumers.length > 0;
  $("consumers-rows").parentElement.hidden = consumers.length === 0;
  fill($("consumers-rows"), consumers, (one) => `${one.name} ${one.topic}`, (one) => {
    const row = el("tr");
    const name = el("td", "", calledItself(one.name));
    name.append(el("small", "", one.name.slice(0, one.name.indexOf("/"))));
    const bar = el("div", "bar");
    bar.append(el("i"));
    const progress = el("td", "progress");
    progress.append(bar);
    const connected = el("td");
    connected.append(el("span"));
    row.append(name, el("td", "topic", one.topic), el("td", "n"), el("td", "n"), progress, el("td", "when reported"), connected);
    return row;
  }, (row, one) => {
    const head = topics.find((topic) => topic.name === one.topic)?.head ?? 0;
    classes(row, one.lag === 0 ? "" : "behind");
    write(row.children[2], known(one.mark));
    write(row.children[3], known(one.lag));
    row.querySelector(".bar i").style.width = `${head <= 0 ? 100 : Math.min(1, Math.max(0, one.mark) / head) * 100}%`;
    write(row.children[5], one.seen ? clock.format(new Date(one.seen)) : "never");
    classes(row.children[6].firstChild, `badge ${one.connected ? "good" : "warn"}`);
    write(row.children[6].firstChild, one.connected ? "connected" : "away");
  });
}

// ---- orders and picks

/** Rows of a table, newest first; those that come while somebody looks light up. */
function showRows(name, rows, make, update) {
  const body = $(name);
  const first = body.dataset.filled === undefined;
  body.dataset.filled = "";
  $(`${name}-empty`).hidden = rows.length > 0;
  write($(`${name}-count`), rows.length === 0 ? "" : rows.length === 1 ? "the newest" : `the newest ${rows.length}`);
  fill(body, rows, (row) => row.id, (row) => {
    const element = el("tr", first ? "" : "fresh");
    element.append(...make(row));
    element.addEventListener("animationend", () => classes(element, ""), { once: true });
    return element;
  }, update);
}

function showPicks(picks) {
  showRows("picks", picks, (pick) => [
    el("td", "n", pick.id), el("td", "n", pick.orderId), el("td", "customer", pick.customer), el("td", "item", pick.item),
    el("td", "n", pick.quantity), mark(),
  ], (row, pick) => showMark(row.children[5], pick.pickedAt));
}

function showOrders(orders) {
  showRows("orders", orders, (order) => [
    el("td", "n", order.id), el("td", "customer", order.customer), el("td", "item", order.item),
    el("td", "n", order.quantity), el("td", "when placed", clock.format(new Date(order.placedAt))), mark(), mark(),
  ], (row, order) => {
    showMark(row.children[5], order.shippedAt);
    showMark(row.children[6], order.billedAt);
  });
}

function mark() {
  const cell = el("td");
  const badge = el("span", "mark");
  badge.append(el("span", "at"));
  cell.append(badge);
  return cell;
}

function showMark(cell, at) {
  classes(cell.firstChild, at ? "mark done" : "mark");
  write(cell.firstChild.firstChild, at ? clock.format(new Date(at)) : "waiting");
}

// ---- live events

let eventsSeen = 0;

function showEvent(event) {
  eventsSeen++;
  $("events-empty").hidden = true;
  write($("events-count"), `${counted(eventsSeen, "event")} seen by this page`);
  const item = el("li");
  item.append(
    el("b", "", `#${event.position}`), el("span", "type", event.type),
    el("time", "", event.time ? clock.format(new Date(event.time)) : ""),
    el("small", "", [event.subject, summary(event)].filter(Boolean).join("  ")));
  item.title = `id ${event.id}\n${event.text ?? ""}`;
  $("events").prepend(item);
  while ($("events").children.length > EVENTS_SHOWN) $("events").lastChild.remove();
}

// ---- subscriptions

const cards = new Map();

function card(name) {
  if (!cards.has(name)) {
    const article = $("subscription").content.firstElementChild.cloneNode(true);
    article.querySelector("h2").textContent = name;
    article.querySelector("h2").id = `subscription-${name}`;
    article.setAttribute("aria-labelledby", `subscription-${name}`);
    article.querySelector(".held-events").setAttribute("aria-label", `Held events of ${name}`);
    const path = `subscriptions/${encodeURIComponent(name)}`;
    const form = article.querySelector(".fault");
    form.addEventListener("submit", (submit) => {
      submit.preventDefault();
      const data = new FormData(form);
      act(submit.submitter, () => call("PUT", `faults/${encodeURIComponent(name)}`, {
        failFor: data.get("failFor") || null, slowMillis: Number(data.get("slowMillis") || 0),
      }));
    });
    form.querySelector(".heal").addEventListener("click", (click) => act(click.currentTarget, async () => {
      await call("DELETE", `faults/${encodeURIComponent(name)}`);
      form.reset();
    }));
    article.querySelector(".pause").addEventListener("click", (click) =>
      act(click.currentTarget, () => call("POST", `${path}/${article.dataset.paused === "true" ? "resume" : "pause"}`)));
    cards.set(name, { article, path, status: null });
    $("subscriptions").append(article);
  }
  return cards.get(name);
}

function removeCard(name) {
  remove(cards.get(name).article, $("subscriptions"));
  cards.delete(name);
}

/** Returns what is to be announced of it. */
function showSubscription(status, head, fault, held, explanation) {
  const shown = card(status.name);
  const { article } = shown;
  const find = (selector) => article.querySelector(selector);
  article.dataset.paused = status.paused;
  article.classList.toggle("behind", status.lag > 0);
  article.classList.toggle("broken", status.held > 0);

  const [kind, word] = state(status);
  classes(find(".badge"), `badge ${kind}`);
  write(find(".badge"), word);
  write(find(".pause"), status.paused ? "Resume" : "Pause");
  attribute(find(".pause"), "aria-label", `${status.paused ? "Resume" : "Pause"} ${status.name}`);

  const share = head === 0 ? 1 : Math.min(1, status.handled / head);
  find(".bar i").style.width = `${share * 100}%`;
  attribute(find(".bar"), "aria-label", `handled through ${status.handled} of ${head}`);
  for (const key of ["handled", "lag", "held", "parked"]) {
    write(find(`dd.${key}`), grouped(status[key]));
    find(`dd.${key}`).classList.toggle("zero", key !== "handled" && status[key] === 0);
  }
  write(find(".why"), explanation);
  fill(find(".held-events"), held, (event) => event.position, (event) => heldEvent(shown, event), showHeld);

  const form = find(".fault");
  form.classList.toggle("on", fault !== undefined);
  if (fault !== undefined && !form.contains(document.activeElement)) {
    form.elements.failFor.value = fault.failFor ?? "";
    form.elements.slowMillis.value = fault.slowMillis || "";
  }
  const said = news(shown.status, status);
  shown.status = status;
  return said;
}

function heldEvent({ article, path }, event) {
  const item = el("li");
  const acts = el("span", "acts");
  const button = (word, work) => {
    const made = el("button", word, word[0].toUpperCase() + word.slice(1));
    made.type = "button";
    made.setAttribute("aria-label", `${made.textContent} ${named(event)}`);
    made.addEventListener("click", () => work(made, () => call("POST", `${path}/parked/${event.position}/${word}`)));
    acts.append(made);
  };
  button("retry", (made, work) => act(made, work));
  button("skip", async (made, work) => {
    const yes = await ask(skipQuestion(article.querySelector("h2").textContent, event), "Skip it");
    // somebody else, or the next tick, may have taken the button away meanwhile, and with it the focus that comes back to it
    if (!made.isConnected || made.closest("[hidden]")) article.querySelector("h2").focus();
    if (yes) act(made, work, article);
  });
  item.append(el("b", "", `#${event.position}`), el("span", "state"), acts, el("span", "cause"));
  return item;
}

function showHeld(item, event) {
  const [, about, acts, cause] = item.children;
  write(about, `${event.subject ?? "no subject"} · ${heldState(event)}`);
  const hides = event.state !== "PARKED";
  if (hides && acts.contains(document.activeElement)) item.closest(".card").querySelector("h2").focus();
  acts.hidden = hides;
  write(cause, event.state === "BEHIND" ? "" : event.cause);
}

// ---- light and dark

const dark = matchMedia("(prefers-color-scheme: dark)");

function theme() {
  return localStorage.getItem("theme") ?? (dark.matches ? "dark" : "light");
}

function showTheme() {
  document.documentElement.dataset.theme = theme();
}

$("theme").addEventListener("click", () => {
  localStorage.setItem("theme", theme() === "dark" ? "light" : "dark");
  showTheme();
});
dark.addEventListener("change", showTheme);
showTheme();
