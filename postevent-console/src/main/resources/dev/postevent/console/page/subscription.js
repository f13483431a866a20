// One subscription: why it is where it is, how it goes, what it holds, and what was done to it.

import { h, useMemo, useStore } from "./el.js";
import { status, useApi, useOperate } from "./live.js";
import { address } from "./api.js";
import { link, useRoute } from "./router.js";
import { rates, sharing, stateOf } from "./words.js";
import { Chip, Facts, Lanes, Loading, Next, Problem, ViewHead } from "./parts.js";
import { Chart } from "./chart.js";
import { Change, openDialog } from "./dialog.js";
import { Replay } from "./replay.js";
import { Held } from "./held.js";
import { OperationsList } from "./operations.js";
import { counted, duration, number, rate, short, timed } from "./format.js";

export function Subscription({ name }) {
  const { data: all } = useStore(status);
  const known = all.subscriptions.find((one) => one.name === name);
  // The row of the overview is shown at once; the one made now follows, with the same history.
  const { data, error } = useApi(address(["subscriptions", name]));
  const { query } = useRoute();
  const row = data ? { ...data, history: data.history ?? known?.history } : known;
  const tab = query.get("tab") ?? "held";

  if (!row) return [h(ViewHead, { title: name, over: OVER }), error ? h(Problem, { error }) : h(Loading)];
  const { word, level } = stateOf(row);
  const tabLink = (to) => link(["subscriptions", name], to === "held" ? {} : { tab: to });
  return [
    h(
      ViewHead,
      { title: name, over: OVER, note: ["Topic ", h("a", { href: link(["topics", row.topic]) }, row.topic), ` · from ${row.start}`] },
      h(Actions, { row }),
    ),
    error && h(Problem, { error }),
    h(
      "section.explain",
      { class: `is-${level}`, "aria-label": "Why it is where it is" },
      h(Chip, { level }, word),
      h("p.sentence", timed(row.explanation?.sentence ?? "")),
      h(Next, { of: row }),
    ),
    h(Numbers, { row }),
    h(Charts, { row }),
    h(
      "nav.tabs",
      { "aria-label": "About this subscription" },
      h("a", { href: tabLink("held"), "aria-current": tab === "held" ? "page" : undefined }, "Held events",
        row.held > 0 && h("span.count", number(row.held))),
      h("a", { href: tabLink("operations"), "aria-current": tab === "operations" ? "page" : undefined }, "Operations"),
    ),
    tab === "operations" ? h(OperationsList, { subscription: name }) : h(Held, { row }),
  ];
}

const OVER = [["Overview", "#/"]];

function Numbers({ row }) {
  return h(Facts, {
    class: "numbers",
    of: [
      ["Lag", counted(row.lag, "event")],
      ["Oldest", row.lagSeconds > 0 ? duration(row.lagSeconds) : "nothing waits"],
      ["Handled through", number(row.handled)],
      ["Parked", number(row.parked)],
      ["Waiting", number(row.waiting)],
      ["Behind", number(row.behind)],
      ["Failing for", row.failingForSeconds > 0 && duration(row.failingForSeconds)],
      ["Lanes", [h(Lanes, { owners: row.owners }), h("span.sharing", sharing(row.owners))]],
    ],
  });
}

function Charts({ row }) {
  const lag = useMemo(() => (row.history ?? []).map(([seconds, , value]) => [seconds, value]), [row.history]);
  const speed = useMemo(() => rates(row.history), [row.history]);
  return h(
    "div.charts",
    h(Chart, { title: "Lag, events", points: lag, format: short }),
    h(Chart, { title: "Rate, events a second", points: speed, format: (value) => rate(value).replace("/s", "") }),
  );
}

function Actions({ row }) {
  const operate = useOperate();
  if (!operate) return null;
  return [
    h("button.button", { type: "button", onClick: () => openDialog(row.paused ? Resume : Pause, { row }) }, row.paused ? "Resume…" : "Pause…"),
    h("button.button", { type: "button", onClick: () => openDialog(Replay, { row }) }, "Replay…"),
  ];
}

function Pause({ row, onClose }) {
  return h(
    Change,
    {
      title: `Pause ${row.name}`,
      verb: "Pause",
      subscription: row.name,
      path: address(["subscriptions", row.name, "pause"]),
      body: (reason) => ({ reason }),
      result: () => "It is paused: this node begins nothing more.",
      onClose,
    },
    h("p", "No node hands it events until somebody resumes it, over restarts too. What is under way is finished; other nodes notice within the lease time."),
  );
}

function Resume({ row, onClose }) {
  return h(
    Change,
    {
      title: `Resume ${row.name}`,
      verb: "Resume",
      subscription: row.name,
      path: address(["subscriptions", row.name, "resume"]),
      body: (reason) => ({ reason }),
      result: () => "It goes on.",
      onClose,
    },
    h("p", "All nodes hand it events again, held ones too."),
  );
}
