// What operators did: who, when, what and why.

import { h } from "./el.js";
import { useApi } from "./live.js";
import { address } from "./api.js";
import { link, useRoute } from "./router.js";
import { plain } from "./words.js";
import { Filter, Loading, Pager, Problem, Table, Time, ViewHead } from "./parts.js";
import { millis, number } from "./format.js";
import { OPERATIONS_PAGE } from "./limits.js";

export function Operations() {
  const { query } = useRoute();
  return [
    h(ViewHead, { title: "Operations", note: "Every change that a person made, the newest first." }),
    h("div.filters", h(Filter, { name: "subscription", label: "Subscription", placeholder: "Its whole name" })),
    h(OperationsList, { subscription: query.get("subscription") ?? "", all: true }),
  ];
}

export function OperationsList({ subscription, all = false }) {
  const { query } = useRoute();
  const before = query.get("before") ?? "";
  const { data, error, stale } = useApi(address(["operations"], { subscription, before, limit: OPERATIONS_PAGE }));
  const columns = [
    { key: "began", label: "When", cell: ({ began }) => h(Time, { at: began }) },
    { key: "operator", label: "Who", header: true, cell: ({ operator }) => operator },
    { key: "action", label: "What", cell: ({ action, what }) => [h("b", plain(action)), " ", h("span.soft", what)] },
    all && { key: "subscription", label: "Subscription", cell: ({ subscription: name }) => h("a", { href: link(["subscriptions", name]) }, name) },
    { key: "reason", label: "Why", class: "wide", cell: ({ reason }) => reason },
    { key: "changed", label: "Changed", class: "num", cell: ({ changed }) => number(changed) },
    { key: "took", label: "Took", class: "short", cell: took },
    { key: "node", label: "Node", class: "short", cell: ({ node }) => node },
  ].filter(Boolean);
  return h(
    "section",
    { "aria-label": "Operations" },
    h(Problem, { error }),
    !data && !error && h(Loading),
    data && h(Table, { label: "Operations", rows: data.items, keyOf: ({ id }) => id, columns, stale, empty: "Nobody has changed anything." }),
    data && h(Pager, { first: before === "", next: data.next, name: "before" }),
  );
}

function took({ began, ended }) {
  return ended ? millis(new Date(ended) - new Date(began)) : h("span.soft", { title: "It is under way, or broke off" }, "not ended");
}
