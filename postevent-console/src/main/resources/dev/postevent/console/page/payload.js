// One event with its attributes and its data. The data is text and is never parsed, so a number in it is the one that was sent.

import { h, useState } from "./el.js";
import { useApi } from "./live.js";
import { address } from "./api.js";
import { Copy, Facts, Loading, Problem, Time } from "./parts.js";
import { bytes, indented, number } from "./format.js";

export function Payload({ topic, position }) {
  const { data, error } = useApi(address(["topics", topic, "events", String(position)]), { once: true });
  return h(
    "section",
    { "aria-label": "Event" },
    h("h2", "Event"),
    h(Problem, { error }),
    !data && !error && h(Loading),
    data && [h(Facts, { class: "attributes", of: attributes(data) }), h(Data, { data: data.data, contentType: data.contentType })],
  );
}

function attributes(event) {
  return [
    ["id", event.id && h("code", event.id)],
    ["source", event.source && h("code", event.source)],
    ["type", event.type],
    ["subject", event.subject],
    ["time", event.time && h(Time, { at: event.time })],
    ["position", number(event.position)],
    ["content type", event.contentType],
    ...Object.entries(event.extensions ?? {}).map(([name, value]) => [name, h("code", String(value))]),
  ];
}

function Data({ data, contentType }) {
  const [asStored, setAsStored] = useState(false);
  if (!data) return h("p.empty", "It has no data.");
  if (data.shown === "none" || data.value === undefined) {
    return h("p.empty", `The data (${bytes(data.size)}) is not shown: postevent.console.payload says so.`);
  }
  const json = data.encoding === "text" && /[/+]json/.test(contentType ?? "") && !data.cut;
  const text = json && !asStored ? indented(data.value) : data.value;
  const notes = [
    bytes(data.size),
    data.shown === "masked" && "values are masked",
    data.encoding === "base64" && "base64",
    data.cut && "cut: only its beginning is shown",
  ].filter(Boolean);
  return h(
    "div.data",
    h(
      "div.data-head",
      h("span.note", notes.join(" · ")),
      h("span.actions",
        json && h("button.button.small", { type: "button", "aria-pressed": String(asStored), onClick: () => setAsStored(!asStored) }, "As stored"),
        h(Copy, { text: data.value })),
    ),
    h("pre", { tabIndex: 0, role: "region", "aria-label": "Data" }, text),
  );
}
