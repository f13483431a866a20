// The parts that views are made of.

import { h, useState, useEffect, useRef, useStore } from "./el.js";
import { prefs } from "./prefs.js";
import { clock, zoneName, number, UNKNOWN } from "./format.js";
import { link, setQuery, useRoute, useTyped } from "./router.js";
import { LANES_BRIEF, ROWS_MAX } from "./limits.js";

export function Chip({ level, children, title }) {
  return h("span.chip", { class: `is-${level}`, title }, h("span.dot", { "aria-hidden": "true" }), children);
}

/** What a person does next; nothing where there is nothing to do. */
export function Next({ of: { explanation } }) {
  if (!explanation?.next || explanation.next === "Nothing.") return null;
  return h(NextStep, { text: explanation.next });
}

export function NextStep({ text }) {
  return h("p.next", h("b", "Next"), text);
}

/** A time by the chosen clock; the exact one on hover. */
export function Time({ at }) {
  useStore(prefs);
  if (!at) return h("span.faint", UNKNOWN);
  return h("time", { dateTime: at, title: `${at} (shown in ${zoneName()})` }, clock(at));
}

/** The head of a view. It takes the focus when somebody comes to it, so that a screen reader says where one is. */
export function ViewHead({ title, over, children, note }) {
  const heading = useRef(null);
  const { parts } = useRoute();
  const place = parts.join("/");
  const first = useRef(ViewHead.shown !== true);
  useEffect(() => {
    document.title = `${title} · postevent`;
  }, [title]);
  useEffect(() => {
    if (!first.current) {
      heading.current?.focus({ preventScroll: true });
      window.scrollTo(0, 0);
    }
    ViewHead.shown = true;
    first.current = false;
  }, [place]);
  return h(
    "header.view-head",
    h(
      "div.view-title",
      over && h("nav.crumbs", { "aria-label": "You are here" }, ...over.map(([text, to]) => h("a", { href: to }, text))),
      h("h1", { ref: heading, tabIndex: -1 }, title),
      note && h("p.note", note),
    ),
    children && h("div.actions", children),
  );
}

/**
 * A table that is a list of cards on a phone. Its roles are written out, as browsers forget them with another display.
 * Columns: {key, label, cell(row), class, sort}; sort makes the head a button that sets ?sort. below(row): what stands under a row, over
 * its whole width, or nothing.
 */
export function Table({ label, columns, rows, keyOf, rowClass, below, empty, sort, stale }) {
  const shown = rows.slice(0, ROWS_MAX);
  if (shown.length === 0) return h("p.empty", empty ?? "Nothing here.");
  return h(
    "div.table-wrap",
    { "aria-busy": stale ? "true" : undefined },
    h(
      "table",
      { role: "table", "aria-label": label },
      h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, ...columns.map((column) => h(Head, { column, sort })))),
      h(
        "tbody",
        { role: "rowgroup" },
        ...shown.flatMap((row) => {
          const under = below?.(row);
          const key = keyOf(row);
          const look = rowClass?.(row) ?? "";
          return [
            h(
              "tr",
              { role: "row", key, class: under ? `${look} over-more` : look },
              ...columns.map((column) =>
                h(
                  column.header ? "th" : "td",
                  { role: column.header ? "rowheader" : "cell", scope: column.header ? "row" : undefined, class: column.class,
                    "data-label": column.label },
                  column.cell(row),
                )),
            ),
            under && h("tr.more", { role: "row", key: `${key} more`, class: look },
              h("td", { role: "cell", colSpan: columns.length, "aria-colspan": columns.length }, under)),
          ];
        }),
      ),
    ),
    rows.length > shown.length && h("p.note", `The first ${number(ROWS_MAX)} of ${number(rows.length)} are shown. Filter to see others.`),
  );
}

function Head({ column, sort }) {
  const props = { role: "columnheader", scope: "col", class: column.class };
  if (column.quiet) return h("th", props, h("span.hidden", column.label));
  if (!column.sort || !sort) return h("th", props, column.label);
  const mine = sort.key === column.sort;
  const next = mine && sort.down ? column.sort : `-${column.sort}`;
  return h(
    "th",
    { ...props, "aria-sort": mine ? (sort.down ? "descending" : "ascending") : "none" },
    h(
      "button.sort",
      { type: "button", onClick: () => setQuery({ sort: next }) },
      column.label,
      h("span.arrow", { "aria-hidden": "true" }, mine ? (sort.down ? "↓" : "↑") : "↕"),
    ),
  );
}

/** Rows by ?sort=key or ?sort=-key; values(row)[key] is a number or a text. */
export function useSort(rows, values, usual) {
  const { query } = useRoute();
  const asked = query.get("sort") ?? usual;
  const down = asked.startsWith("-");
  const key = down ? asked.slice(1) : asked;
  const value = values[key];
  if (!value) return [rows, { key: "", down: false }];
  const sorted = [...rows].sort((a, b) => {
    const [left, right] = [value(a), value(b)];
    const order = typeof left === "string" ? left.localeCompare(right, "en", { numeric: true }) : (left ?? -1) - (right ?? -1);
    return down ? -order : order;
  });
  return [sorted, { key, down }];
}

/** A filter that is typed and stands in the address as ?name=. */
export function Filter({ name, label, placeholder, type = "search", list, inputMode }) {
  const [text, setText] = useTyped(name);
  return h(
    "label.field",
    h("span.label", label),
    h("input", {
      type, value: text, placeholder, list, inputMode, autocomplete: "off", spellcheck: false,
      onInput: (event) => setText(event.currentTarget.value),
    }),
  );
}

/** A few choices of which one or several are on, as ?name=. */
export function Choices({ name, label, options, several = false }) {
  const { query } = useRoute();
  const on = query.getAll(name);
  const toggle = (value) => {
    if (!several) return setQuery({ [name]: value, after: "", before: "" });
    return setQuery({ [name]: on.includes(value) ? on.filter((one) => one !== value) : [...on, value], after: "", before: "" });
  };
  return h(
    "div.choices",
    { role: "group", "aria-label": label },
    ...options.map(([value, text, count]) =>
      h(
        "button.choice",
        {
          type: "button",
          key: value,
          "aria-pressed": String(several ? on.includes(value) : (on[0] ?? "") === value),
          onClick: () => toggle(value),
        },
        text,
        count !== undefined && h("span.count", number(count)),
      )),
  );
}

/** What went wrong with a request, as the server says it. */
export function Problem({ error, onRetry }) {
  if (!error) return null;
  return h(
    "div.problem",
    { role: "alert" },
    h("strong", error.title ?? "That did not work"),
    h("p", error.detail ?? error.message),
    (error.code || error.status) && h("p.faint", [error.code, error.status && `status ${error.status}`].filter(Boolean).join(" · ")),
    error.kind === "signed-out" && h("button.button", { type: "button", onClick: () => location.reload() }, "Reload the page"),
    onRetry && h("button.button", { type: "button", onClick: onRetry }, "Try again"),
  );
}

export function Loading() {
  return h("p.empty", { role: "status" }, "Loading…");
}

/** Copies a text; where the browser has no clipboard, as on plain http, through a selection. */
export function Copy({ text, label = "Copy" }) {
  const [done, setDone] = useState("");
  useEffect(() => {
    if (!done) return undefined;
    const later = setTimeout(() => setDone(""), 2_000);
    return () => clearTimeout(later);
  }, [done]);
  const copy = async (event) => {
    // Inside a modal dialog nothing else may be selected, so the helper element stands beside the button.
    const beside = event.currentTarget.parentElement;
    setDone((await copied(text, beside)) ? "Copied" : "Not allowed: select and copy by hand");
  };
  return h("span", h("button.button.small", { type: "button", onClick: copy }, label), h("span.said", { role: "status" }, done));
}

async function copied(text, beside) {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Refused by a policy of the browser: the selection may still be allowed.
    }
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "offscreen";
  area.setAttribute("aria-hidden", "true");
  beside.append(area);
  area.select();
  try {
    return document.execCommand("copy");
  } finally {
    area.remove();
  }
}

/** Names and values; what is empty is left out. */
export function Facts({ of, class: extra }) {
  const there = of.filter(([, value]) => value !== undefined && value !== null && value !== "" && value !== false);
  if (there.length === 0) return null;
  return h("dl.facts", { class: extra }, ...there.map(([name, value]) => h("div", { key: name }, h("dt", name), h("dd", value))));
}

/** Pages that go on after the last row. The way back is the browser's. */
export function Pager({ first, next, name, count, shown }) {
  const { parts, query } = useRoute();
  const to = (value) => {
    const changed = new URLSearchParams(query);
    changed.delete(name);
    if (value) changed.set(name, value);
    return link(parts, changed);
  };
  if (!next && first) return count === undefined ? null : h("p.pager.note", `All ${number(count)} are shown.`);
  return h(
    "nav.pager",
    { "aria-label": "Pages" },
    count !== undefined && h("span.note", `${number(shown)} of ${number(count)} are shown.`),
    !first && h("a.button", { href: to(""), onClick: toTop }, "First page"),
    next && h("a.button", { href: to(next), onClick: toTop }, "Next page"),
  );
}

function toTop(event) {
  (event.currentTarget.closest("main section") ?? document.body).scrollIntoView();
}

/** Lanes by node: the numbers, and in full a bar with a part for each. */
export function Lanes({ owners = {}, brief = false }) {
  const nodes = Object.entries(owners).sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }));
  if (nodes.length === 0) return h("span.faint", "none at work");
  const named = brief ? nodes.slice(0, LANES_BRIEF) : nodes;
  return h(
    "span.lanes",
    !brief && h("span.split", { "aria-hidden": "true" }, ...nodes.map(([name, lanes]) => h("span", { key: name, style: { flexGrow: lanes } }))),
    h("span.lane-names", ...named.map(([name, lanes]) => h("span", { key: name }, `${name} `, h("b", number(lanes)))),
      named.length < nodes.length && h("span", `and ${nodes.length - named.length} more`)),
  );
}
