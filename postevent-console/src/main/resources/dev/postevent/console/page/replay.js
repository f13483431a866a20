// Replay: from where, what that would do, and then whether it is to be done.

import { h, useEffect, useState, useStore } from "./el.js";
import { address, get } from "./api.js";
import { prefs } from "./prefs.js";
import { Change } from "./dialog.js";
import { Facts, Problem } from "./parts.js";
import { counted, instantOf, number, zoneName } from "./format.js";

const FROM = [
  ["beginning", "From the beginning", "all there is"],
  ["position", "From a position", "what is there or above it"],
  ["time", "From a time", "the first event of then or later, and all after it"],
  ["now", "From now on", "what is not handled yet is passed over"],
];

export function Replay({ row, onClose }) {
  useStore(prefs);
  const [from, setFrom] = useState("time");
  const [position, setPosition] = useState("");
  const [time, setTime] = useState("");
  const [dropHeld, setDropHeld] = useState(false);
  const whole = /^[1-9]\d{0,15}$/.test(position.trim()) ? Number(position.trim()) : undefined;
  const wanted = {
    from,
    ...(from === "position" ? { position: whole } : {}),
    ...(from === "time" ? { time: instantOf(time) } : {}),
    dropHeld,
  };
  const said = from === "position" ? whole !== undefined : from === "time" ? wanted.time !== "" : true;
  const [plan, error] = usePlan(said ? address(["subscriptions", row.name, "replay"], wanted) : null);

  return h(
    Change,
    {
      title: `Replay ${row.name}`,
      verb: "Replay",
      danger: true,
      subscription: row.name,
      path: address(["subscriptions", row.name, "replay"]),
      body: (reason) => ({ reason, ...wanted }),
      count: plan ? Math.max(plan.events, plan.heldDropped) : undefined,
      ready: plan !== null,
      result: () => "It begins anew from there, on all nodes.",
      onClose,
    },
    h(
      "fieldset.radios",
      h("legend", "Where it begins anew"),
      ...FROM.map(([value, label, rest]) =>
        h(
          "label",
          { key: value },
          h("input", { type: "radio", name: "from", value, checked: from === value, onChange: () => setFrom(value) }),
          h("span", h("b", label), h("span.note", rest)),
        )),
    ),
    from === "position" && h(
      "label.field",
      h("span.label", "Position"),
      h("input", { type: "text", inputMode: "numeric", value: position, autocomplete: "off", placeholder: `1 to ${number(row.handled)} and above`,
        onInput: (event) => setPosition(event.currentTarget.value) }),
    ),
    from === "time" && h(
      "label.field",
      h("span.label", `Time, ${zoneName()}`),
      h("input", { type: "datetime-local", step: 1, value: time, onInput: (event) => setTime(event.currentTarget.value) }),
    ),
    h(
      "label.check",
      h("input", { type: "checkbox", checked: dropHeld, onChange: (event) => setDropHeld(event.currentTarget.checked) }),
      h("span", h("b", "Give up what is held"), h("span.note", "Not ticked: what is held below that place stays held and is tried on.")),
    ),
    h("div.plan", { role: "status", "aria-live": "polite" },
      error ? h(Problem, { error }) : plan ? h(Plan, { plan, from }) : h("p.note", said ? "Asking what that would do…" : "Say where, and the plan stands here.")),
  );
}

function Plan({ plan, from }) {
  const events = `${plan.exact ? "" : "at most "}${counted(plan.events, "event")}`;
  return [
    h("p.plan-line", plan.events === 0 && from === "now"
      ? "No event takes effect again."
      : ["It handles ", h("b", events), plan.events === 1 ? " again, or for the first time." : " again, or for the first time. Each takes effect once more."]),
    h(Facts, {
      of: [
        ["First position", number(plan.firstPosition)],
        ["Through the mark", number(plan.mark)],
        ["Held no longer", plan.heldDropped > 0 ? counted(plan.heldDropped, "event") : "none"],
      ],
    }),
  ];
}

/** The plan of an address; typing asks once, when it is over. */
function usePlan(path) {
  const [state, setState] = useState({ path: null, plan: null, error: null });
  useEffect(() => {
    if (!path) return undefined;
    const control = new AbortController();
    const later = setTimeout(() => {
      get(path, control.signal)
        .then((plan) => setState({ path, plan, error: null }))
        .catch((error) => {
          if (!control.signal.aborted) setState({ path, plan: null, error });
        });
    }, 250);
    return () => {
      clearTimeout(later);
      control.abort();
    };
  }, [path]);
  return state.path === path ? [state.plan, state.error] : [null, null];
}
