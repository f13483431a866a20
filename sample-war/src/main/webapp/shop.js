// The page of shop and warehouse: reads /shop/api, listens to /shop/api/stream, redraws what changed. No framework.

const api = new URL("api/", document.baseURI);
const EVENTS_SHOWN = 60;
const ITEMS = ["book", "lamp", "teapot", "bicycle bell", "notebook", "desk chair", "headphones", "fern", "umbrella", "kite"];
const $ = (id) => document.getElementById(id);

/** Makes an element; text is always text, never markup. */
function el(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined && text !== null) element.textContent = text;
  return element;
}

const number = new Intl.NumberFormat("en");
const clock = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });

/** Calls the API; throws an Error with the server's own words if it refuses. */
async function call(method, path, body) {
  const response = await fetch(new URL(path, api), {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  const answer = text === "" ? null : JSON.parse(text);
  if (!response.ok) {
    const error = new Error(answer?.error ?? `${response.status} ${response.statusText}`);
    error.status = response.status;
    throw error;
  }
  return answer;
}

function say(text, kind = "") {
  $("said").textContent = text;
  $("said").className = `note ${kind}`;
}

/** Runs what a button does, with the button disabled, and says what went wrong. */
async function act(button, work) {
  button.disabled = true;
  try {
    await work();
  } catch (error) {
    say(error.message, "bad");
  } finally {
    button.disabled = false;
  }
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
    say(`Order ${order.id} of ${order.customer} is placed.`, "good");
  });
});

$("rollback").addEventListener("click", (click) => {
  if (!$("order").reportValidity()) return;
  act(click.currentTarget, async () => {
    try {
      await call("POST", "orders?rollback=true", formOrder());
    } catch (error) {
      if (error.status !== 409) throw error;
      say(`As asked: ${error.message.replace(/^./, (c) => c.toLowerCase())}. Nothing of it is left.`, "good");
    }
  });
});

$("random").addEventListener("click", (click) => act(click.currentTarget, async () => {
  const pick = (count) => Math.floor(Math.random() * count);
  await Promise.all(Array.from({ length: 20 }, () => call("POST", "orders", {
    customer: `c-${10 + pick(8)}`, item: ITEMS[pick(ITEMS.length)], quantity: 1 + pick(4),
  })));
  say("20 orders are placed.", "good");
}));

// ---- what the server tells

call("GET", "status").then(showRole).catch((error) => say(error.message, "bad"));

const stream = new EventSource(new URL("stream", api));
stream.addEventListener("event", (message) => showEvent(JSON.parse(message.data)));
stream.addEventListener("tick", (message) => showTick(JSON.parse(message.data)));
stream.addEventListener("error", () => pill("bad", "no connection"));

function pill(kind, text, title = "") {
  $("feed").className = `pill ${kind}`;
  $("feed").title = title;
  $("feed").querySelector("b").textContent = text;
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
  for (const subscription of status.subscriptions) {
    showSubscription(subscription, head, faults[subscription.name], held[subscription.name] ?? [], explanations[subscription.name] ?? "");
  }
  $("faults").hidden = status.faults.length === 0;
  $("faults").replaceChildren(...status.faults.map((fault) => el("p", "", fault)));
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
  if (otherSide && $("other").href !== otherSide) {
    $("other").href = otherSide;
    $("other").textContent = `${ROLES[role][2]} ↗`;
  }
}

function showFeed({ feeds, node }) {
  $("node").textContent = `node ${node}`;
  const feed = feeds[0];
  if (!feed) return pill("warn", "no feed");
  const kind = { STREAMING: "good", STANDBY: "good" }[feed.state] ?? "warn";
  pill(kind, `${feed.engine} ${feed.state.toLowerCase()}`, feed.detail ?? "");
}

function bytes(count) {
  if (!Number.isFinite(count)) return "";
  for (const unit of ["B", "kB", "MB"]) {
    if (count < 1000) return `${Math.round(count * 10) / 10} ${unit}`;
    count /= 1000;
  }
  return `${Math.round(count * 10) / 10} GB`;
}

const known = (count) => count < 0 ? "?" : number.format(count);
const toGo = (lag) => lag === 0 ? "up to date" : lag < 0 ? "not known" : `${number.format(lag)} to go`;
/** What a consumer calls itself; before the slash is who it proved to be. */
const calledItself = (name) => name.slice(name.indexOf("/") + 1);

function showFlow({ topics, feeds, subscriptions, consumers, role }) {
  const topic = topics.find((one) => one.name === "orders") ?? topics[0];
  const feed = feeds[0];
  if (!topic) return;
  const steps = role === "warehouse" ? [
    ["Head at the shop", known(topic.head), `topic ${topic.name}`],
    ["Settled there", known(topic.settled), topic.blocker ?? "no gap is open"],
    ["Stream", feed?.state.toLowerCase() ?? "", "gRPC, mutual TLS"],
    ["Inbox mark", number.format(topic.mark), "everything up to here is stored"],
    ...subscriptions.map((one) => [one.name, number.format(one.handled), toGo(one.lag)]),
  ] : [
    ["Outbox head", number.format(topic.head), `topic ${topic.name}`],
    ["Settled", number.format(topic.settled), topic.blocker ?? "no gap is open"],
    ["Slot", bytes(Number(feed?.facts.lag_bytes)) || feed?.engine || "", feed?.facts.wal_status ? `behind, WAL ${feed.facts.wal_status}` : "feed"],
    ["Inbox mark", number.format(topic.mark), "everything up to here is stored"],
    ...subscriptions.map((one) => [one.name, number.format(one.handled), toGo(one.lag)]),
    ...consumers.map((one) => [calledItself(one.name), known(one.mark), one.connected ? toGo(one.lag) : "not connected"]),
  ];
  const list = $("flow");
  while (list.children.length < steps.length) {
    const item = el("li");
    item.append(el("span"), el("b"), el("small"));
    list.append(item);
  }
  steps.forEach((texts, i) => texts.forEach((text, j) => {
    const cell = list.children[i].children[j];
    if (cell.textContent !== text) {
      cell.textContent = text;
      cell.title = text;
    }
  }));
}

// ---- the other application

function fill(list, facts) {
  list.replaceChildren(...facts.map(([name, value]) => {
    const pair = el("div");
    pair.append(el("dt", "", name), el("dd", value === "0" ? "zero" : "", value));
    return pair;
  }));
}

function showSource({ role, topics, feeds }) {
  const feed = feeds.find((one) => one.engine === "grpc");
  if (role !== "warehouse" || !feed) return;
  const topic = topics.find((one) => one.name === feed.name);
  const streams = feed.state === "STREAMING";
  $("source-badge").className = `badge ${streams ? "good" : "warn"}`;
  $("source-badge").textContent = streams ? "connected" : feed.state.toLowerCase();
  $("source-address").textContent = feed.facts.source ?? "";
  fill($("source-facts"), [
    ["head there", known(topic?.head ?? -1)],
    ["received through", known(topic?.mark ?? -1)],
    ["events by the stream", number.format(feed.facts.entries ?? 0)],
    ["connects", number.format(feed.facts.connects ?? 0)],
  ]);
  $("source-note").className = `note ${streams ? "" : "bad"}`;
  $("source-note").textContent = streams || !feed.detail
    ? "Kill the shop's server, or this one: what is missed is read from the shop's history, and every order is picked once."
    : feed.detail;
}

function showConsumers({ servers, consumers, topics }) {
  const server = servers[0];
  $("consumers").hidden = !server;
  if (!server) return;
  $("server").className = `badge ${server.listening ? "good" : "bad"}`;
  $("server").textContent = server.listening ? `${server.kind} listens` : `${server.kind} does not listen`;
  $("server-detail").textContent = server.detail;
  $("consumers-empty").hidden = consumers.length > 0;
  $("consumers-rows").parentElement.hidden = consumers.length === 0;
  $("consumers-rows").replaceChildren(...consumers.map((one) => {
    const head = topics.find((topic) => topic.name === one.topic)?.head ?? 0;
    const row = el("tr", one.lag === 0 ? "" : "behind");
    const name = el("td", "", calledItself(one.name));
    name.append(el("small", "", one.name.slice(0, one.name.indexOf("/"))));
    const bar = el("div", "bar");
    bar.append(el("i"));
    bar.firstChild.style.width = `${head <= 0 ? 100 : Math.min(1, Math.max(0, one.mark) / head) * 100}%`;
    const progress = el("td", "progress");
    progress.append(bar);
    const stream = el("td");
    stream.append(el("span", `badge ${one.connected ? "good" : "warn"}`, one.connected ? "connected" : "away"));
    row.append(name, el("td", "", one.topic), el("td", "n", known(one.mark)), el("td", "n", known(one.lag)), progress,
      el("td", "when", one.seen ? clock.format(new Date(one.seen)) : "never"), stream);
    return row;
  }));
}

let newestPick = null;

function showPicks(picks) {
  $("picks-empty").hidden = picks.length > 0;
  $("picks-count").textContent = picks.length === 0 ? "" : `the newest ${picks.length}`;
  $("picks").replaceChildren(...picks.map((pick) => {
    const row = el("tr", newestPick !== null && pick.id > newestPick ? "fresh" : "");
    row.append(
      el("td", "n", pick.id), el("td", "n", pick.orderId), el("td", "customer", pick.customer), el("td", "item", pick.item),
      el("td", "n", pick.quantity), mark(pick.pickedAt));
    return row;
  }));
  newestPick = picks[0]?.id ?? 0;
}

// ---- orders

let newestOrder = null;

function showOrders(orders) {
  $("orders-empty").hidden = orders.length > 0;
  $("orders-count").textContent = orders.length === 0 ? "" : `the newest ${orders.length}`;
  const fresh = (order) => newestOrder !== null && order.id > newestOrder;
  $("orders").replaceChildren(...orders.map((order) => {
    const row = el("tr", fresh(order) ? "fresh" : "");
    row.append(
      el("td", "n", order.id), el("td", "customer", order.customer), el("td", "item", order.item),
      el("td", "n", order.quantity), el("td", "when", clock.format(new Date(order.placedAt))),
      mark(order.shippedAt), mark(order.billedAt));
    return row;
  }));
  newestOrder = orders[0]?.id ?? 0;
}

function mark(at) {
  const cell = el("td");
  cell.append(el("span", at ? "mark done" : "mark", at ? clock.format(new Date(at)) : "waiting"));
  return cell;
}

// ---- live events

let eventsSeen = 0;

function showEvent(event) {
  eventsSeen++;
  $("events-empty").hidden = true;
  $("events-count").textContent = `${number.format(eventsSeen)} since this page opened`;
  const item = el("li");
  item.append(
    el("b", "", `#${event.position}`), el("span", "type", event.type),
    el("time", "", event.time ? clock.format(new Date(event.time)) : ""),
    el("small", "", [event.subject, summary(event)].filter(Boolean).join("  ")));
  item.title = `id ${event.id}\n${event.text ?? ""}`;
  $("events").prepend(item);
  while ($("events").children.length > EVENTS_SHOWN) $("events").lastChild.remove();
}

/** An order in words; of any other event the data as it is. */
function summary(event) {
  if (event.type !== "order.placed") return event.text;
  try {
    const { id, item, quantity } = JSON.parse(event.text);
    return `order ${id}: ${quantity} × ${item}`;
  } catch {
    return event.text; // posted by somebody else under the same type
  }
}

// ---- subscriptions

const cards = new Map();

function card(name) {
  if (!cards.has(name)) {
    const article = $("subscription").content.firstElementChild.cloneNode(true);
    article.querySelector("h2").textContent = name;
    const form = article.querySelector(".fault");
    form.addEventListener("submit", (submit) => {
      submit.preventDefault();
      const data = new FormData(form);
      act(submit.submitter, () => call("PUT", `faults/${name}`, {
        failFor: data.get("failFor") || null, slowMillis: Number(data.get("slowMillis") || 0),
      }));
    });
    form.querySelector(".heal").addEventListener("click", (click) => act(click.currentTarget, async () => {
      await call("DELETE", `faults/${name}`);
      form.reset();
    }));
    article.querySelector(".pause").addEventListener("click", (click) =>
      act(click.currentTarget, () => call("POST", `subscriptions/${name}/${article.dataset.paused === "true" ? "resume" : "pause"}`)));
    cards.set(name, article);
    $("subscriptions").append(article);
  }
  return cards.get(name);
}

function showSubscription(status, head, fault, held, explanation) {
  const article = card(status.name);
  const find = (selector) => article.querySelector(selector);
  article.dataset.paused = status.paused;
  article.classList.toggle("behind", status.lag > 0);
  article.classList.toggle("broken", status.held > 0);

  const [kind, word] = status.paused ? ["warn", "paused"]
    : status.parked > 0 ? ["bad", "needs a person"]
    : status.held > 0 ? ["warn", "retrying"]
    : status.lag > 0 ? ["", "catching up"] : ["good", "up to date"];
  find(".badge").className = `badge ${kind}`;
  find(".badge").textContent = word;
  find(".pause").textContent = status.paused ? "Resume" : "Pause";

  const share = head === 0 ? 1 : Math.min(1, status.handled / head);
  find(".bar i").style.width = `${share * 100}%`;
  find(".bar").setAttribute("aria-label", `handled through ${status.handled} of ${head}`);
  for (const key of ["handled", "lag", "held", "parked"]) {
    find(`dd.${key}`).textContent = number.format(status[key]);
    find(`dd.${key}`).classList.toggle("zero", key !== "handled" && status[key] === 0);
  }
  find(".why").textContent = explanation;
  find(".held-events").replaceChildren(...held.map((event) => heldEvent(status.name, event)));

  const form = find(".fault");
  form.classList.toggle("on", fault !== undefined);
  if (fault !== undefined && !form.contains(document.activeElement)) {
    form.elements.failFor.value = fault.failFor ?? "";
    form.elements.slowMillis.value = fault.slowMillis || "";
  }
}

function heldEvent(subscription, event) {
  const words = { WAITING: "next try soon", BEHIND: "waits behind it", PARKED: `parked after ${event.attempts} tries` };
  const item = el("li");
  const acts = el("span", "acts");
  if (event.state === "PARKED") {
    for (const word of ["retry", "skip"]) {
      const button = el("button", "", word[0].toUpperCase() + word.slice(1));
      button.type = "button";
      button.addEventListener("click", () => act(button, () =>
        call("POST", `subscriptions/${encodeURIComponent(subscription)}/parked/${event.position}/${word}`)));
      acts.append(button);
    }
  }
  const state = event.state === "WAITING" && event.attempts > 0 ? `try ${event.attempts + 1} soon` : words[event.state];
  item.append(el("b", "", `#${event.position}`), el("span", "", `${event.subject ?? "no subject"} · ${state}`), acts);
  if (event.cause && event.state !== "BEHIND") item.append(el("span", "cause", event.cause));
  return item;
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
