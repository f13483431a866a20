// What the page says, and when it tries again: no document, no network and no clock in here. WordsTest runs it.

/** 11061 as 11,061. */
export function grouped(count) {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** "1 order", "20 orders"; many is given where it is not one + "s". */
export function counted(count, one, many) {
  return `${grouped(count)} ${count === 1 ? one : many || `${one}s`}`;
}

/** -1 is what the server does not know. */
export function known(count) {
  return count < 0 ? "?" : grouped(count);
}

export function toGo(lag) {
  return lag === 0 ? "up to date" : lag < 0 ? "not known" : `${grouped(lag)} to go`;
}

export function bytes(count) {
  if (!Number.isFinite(count)) return "";
  const units = ["B", "kB", "MB", "GB"];
  let rest = count;
  let unit = 0;
  for (; rest >= 1000 && unit < units.length - 1; unit++) rest = rest / 1000;
  return `${Math.round(rest * 10) / 10} ${units[unit]}`;
}

/**
 * Milliseconds until the next try, after so many that failed: 1 s, 2 s, 4 s, 8 s, then 10 s; half of it is chance (0 to 1), so that
 * all pages of a server that comes back do not come at once.
 */
export function retryAfter(failures, chance) {
  return Math.min(10000, 1000 * Math.pow(2, Math.max(0, failures - 1))) * (0.5 + chance / 2);
}

/** How a subscription is: the badge's kind and its word. */
export function state(status) {
  if (status.paused) return ["warn", "paused"];
  if (status.parked > 0) return ["bad", "needs a person"];
  if (status.held > 0) return ["warn", "retrying"];
  return status.lag > 0 ? ["", "catching up"] : ["good", "up to date"];
}

/**
 * What is announced of a subscription: changes of what a person may have to know, and nothing at the first look. That it falls behind
 * and catches up again with each order is no news.
 */
export function news(before, now) {
  if (!before) return "";
  const was = matters(before);
  const is = matters(now);
  if (was === is) return "";
  return `Subscription ${now.name} ${is || "works again"}.`;
}

/**
 * What is announced of faults: those that are new and those that are over. A fault that only counts on ("for 3 s", "for 4 s") is
 * neither.
 */
export function faultNews(before, now) {
  const fresh = without(now, before);
  const over = without(before, now);
  return [...fresh, ...over.map((fault) => `Over: ${fault}`)].join(" ");
}

function without(faults, others) {
  const there = new Set(others.map(uncounted));
  return faults.filter((fault) => !there.has(uncounted(fault)));
}

function uncounted(fault) {
  return fault.replace(/\d[\d.,]*/g, "#");
}

/** Names that are shown and are no longer there. None at all is what a server tells that cannot read them, or is not started yet. */
export function gone(shown, now) {
  return now.length === 0 ? [] : shown.filter((name) => !now.includes(name));
}

function matters(status) {
  if (status.paused) return "is paused";
  if (status.parked > 0) return `needs a person: ${counted(status.parked, "event is", "events are")} parked`;
  return status.held > 0 ? "is retrying" : "";
}

/** How a held event is. */
export function heldState(event) {
  if (event.state === "BEHIND") return "waits behind it";
  if (event.state === "PARKED") return `parked after ${counted(event.attempts, "try", "tries")}`;
  return event.attempts > 0 ? `try ${event.attempts + 1} soon` : "next try soon";
}

/** An event of a subscription by its position and, if it has one, its subject. */
export function named(event) {
  return event.subject ? `#${event.position} of ${event.subject}` : `#${event.position}`;
}

/** Asked before an event is given up. */
export function skipQuestion(subscription, event) {
  return {
    title: `Skip event ${named(event)}?`,
    text: `Subscription ${subscription} will never handle it, and nobody can take that back.`
      + (event.subject ? ` Later events of ${event.subject} go on without it.` : ""),
  };
}

/** An order in words; of any other event the data as it is. */
export function summary(event) {
  if (event.type !== "order.placed") return event.text;
  try {
    const order = JSON.parse(event.text);
    return `order ${order.id}: ${order.quantity} × ${order.item}`;
  } catch (e) {
    return event.text; // posted by somebody else under the same type
  }
}

/** What a consumer calls itself; before the slash is who it proved to be. */
export function calledItself(name) {
  return name.slice(name.indexOf("/") + 1);
}

/** What is said while there is no connection. */
export function away(since) {
  return `No connection to the server since ${since}: what is shown is from before. Trying again until it is there.`;
}

/** What is said while the server is there and cannot read what it would tell. */
export function unreadable(since, reason) {
  return `The server cannot read its state since ${since} (${reason}): what is shown is from before. It tries again every second.`;
}
