// The configuration: what counts for each key, and who said so.

import { h, useStore } from "./el.js";
import { status, useApi } from "./live.js";
import { address } from "./api.js";
import { setQuery, useRoute } from "./router.js";
import { Filter, Loading, Problem, Table, ViewHead } from "./parts.js";
import { counted, number } from "./format.js";

export function Configuration() {
  const { data: all } = useStore(status);
  const { query } = useRoute();
  const { data, error } = useApi(address(["configuration"]));
  const asked = (query.get("q") ?? "").trim().toLowerCase();
  const changed = query.get("changed") === "1";
  const items = data?.items ?? [];
  const rows = items.filter((item) => (!changed || isChanged(item)) && (asked === "" || has(item, asked)));
  return [
    h(ViewHead, { title: "Configuration", note: `As ${all.node} reads it. A change of most keys counts from the next start on; what is secret is not shown.` }),
    h(
      "div.filters",
      h(Filter, { name: "q", label: "Filter", placeholder: "Key, value or what it does" }),
      h(
        "label.check",
        h("input", { type: "checkbox", checked: changed, onChange: () => setQuery({ changed: changed ? "" : "1" }) }),
        h("span", "Only changed", data && h("span.soft", ` ${number(items.filter(isChanged).length)}`)),
      ),
    ),
    h(
      "section",
      { "aria-label": "Keys" },
      h(Problem, { error }),
      !data && !error && h(Loading),
      data && h("p.note.tally", rows.length === items.length ? `${counted(rows.length, "key")}.` : `${number(rows.length)} of ${counted(items.length, "key")}.`),
      data && h(Table, {
        label: "Configuration keys",
        rows,
        keyOf: ({ name }) => name,
        empty: changed && asked === "" ? "Every key has its default." : "No key is like that.",
        columns: [
          { key: "name", label: "Key", header: true, class: "key", cell: ({ name, meaning }) => [h("code.key-name", name), h(Meaning, { text: meaning })] },
          { key: "value", label: "Value", class: "value", cell: (item) => h(Value, { item }) },
          { key: "default", label: "Default", class: "value", cell: (item) => item.default !== undefined && item.default !== item.value
            ? h("code.soft", item.default)
            : h("span.faint", item.default === undefined ? "none" : "the same") },
          { key: "allowed", label: "Allowed", class: "value soft", cell: ({ allowed }) => allowed },
        ],
      }),
    ),
  ];
}

/** Whether somebody said something else than the default. */
function isChanged({ source, value, secret, default: usual }) {
  return source !== undefined && (secret || value !== usual);
}

function has({ name, value, meaning, source }, asked) {
  return [name, value, meaning, source?.name].some((text) => text?.toLowerCase().includes(asked));
}

function Value({ item }) {
  const { value, secret, source } = item;
  return [
    secret
      ? h("span", { class: source ? "" : "faint" }, source ? "set" : "not set")
      : value === undefined || value === ""
        ? h("span.faint", "not set")
        : h("code", { class: isChanged(item) ? "is-changed" : "" }, value),
    source && h("span.origin", { title: source.name }, shortName(source.name), h("span.faint", ` · ${number(source.ordinal)}`)),
  ];
}

/** Of a source that is named after its file, as PropertiesConfigSource[source=file:/opt/.../x.properties], the file. */
function shortName(name) {
  const [, file] = /[[=](?:[^\]]*[/=])?([^/\]=]+)\]$/.exec(name) ?? [];
  return file ?? name;
}

/** The first sentence, and the rest on demand; the dots of e.g. end none. */
function Meaning({ text }) {
  const [, first, rest] = /^(.*?[^.\s]{3}\.)\s+(.*)$/s.exec(text) ?? [null, text, ""];
  if (rest === "" || text.length < 140) return h("p.meaning", text);
  return h("details.meaning", h("summary", first), h("p", rest));
}
