// The console: the frame around the views, and which view an address means.

import { h, render, useEffect, useStore } from "./el.js";
import { INTERVALS, prefs } from "./prefs.js";
import { me, refresh, start, status, useNow } from "./live.js";
import { useRoute } from "./router.js";
import { Loading, Problem, ViewHead } from "./parts.js";
import { duration, zoneName } from "./format.js";
import { needsYou } from "./words.js";
import { closeDialog, dialogs } from "./dialog.js";
import { Overview } from "./overview.js";
import { Subscription } from "./subscription.js";
import { HeldEvent, Sequence } from "./heldevent.js";
import { Topic, TopicEvent, Topics } from "./topics.js";
import { Topology } from "./topology.js";
import { Runtime } from "./runtime.js";
import { Configuration } from "./configuration.js";
import { Operations } from "./operations.js";

// Beside this file, whose address has the release in it.
const ICON = new URL("./icon.svg", import.meta.url).href;

const PLACES = [
  ["", "Overview", "subscriptions"],
  ["topics", "Topics"],
  ["topology", "Topology"],
  ["runtime", "Nodes and feeds"],
  ["configuration", "Configuration"],
  ["operations", "Operations"],
];

/** The first that fits an environment's name gives its strip the colour; what has prod in it is never taken for something else. */
const STRIPS = [[/prod/i, "is-prod"], [/stag|test|\b(qa|uat|int|demo)\b/i, "is-test"], [/dev|local/i, "is-dev"]];

function stripOf(environment) {
  return STRIPS.find(([name]) => name.test(environment))?.[1] ?? "";
}

function view(parts) {
  const [place = "", name, part, which] = parts;
  if (place === "") return h(Overview);
  if (place === "subscriptions" && name && part === "held" && which) return h(HeldEvent, { key: `${name}/${which}`, name, position: which });
  if (place === "subscriptions" && name && part === "sequence" && which) return h(Sequence, { key: `${name}/${which}`, name, subject: which });
  if (place === "subscriptions" && name) return h(Subscription, { key: name, name });
  if (place === "topics" && name && part === "events" && which) return h(TopicEvent, { key: `${name}/${which}`, topic: name, position: which });
  if (place === "topics" && name) return h(Topic, { key: name, name });
  if (place === "topics") return h(Topics);
  if (place === "topology") return h(Topology);
  if (place === "runtime") return h(Runtime);
  if (place === "configuration") return h(Configuration);
  if (place === "operations") return h(Operations);
  return [h(ViewHead, { title: "There is no such view" }), h("p", h("a", { href: "#/" }, "To the overview"))];
}

function App() {
  const { parts } = useRoute();
  const { data, error } = useStore(status);
  const { data: who, error: whoError } = useStore(me);
  const { open } = useStore(dialogs);
  useEffect(closeDialog, [parts.join("/")]);
  const toMain = (event) => {
    event.preventDefault(); // The part after the # says which view is shown.
    document.getElementById("main").focus();
  };
  return [
    h("a.skip", { href: "#main", onClick: toMain }, "Skip to the content"),
    who?.environment && h("aside.environment", { class: stripOf(who.environment), "aria-label": "Environment" }, who.environment),
    h(
      "div.frame",
      h(
        "header.side",
        h("a.brand", { href: "#/", "aria-label": "postevent, overview" }, h("img", { src: ICON, alt: "", width: 24, height: 24 }), h("span", "postevent")),
        h(Places, { parts, data }),
      ),
      h(
        "div.body",
        h(Bar, { data, error }),
        h(
          "main",
          { id: "main", tabIndex: -1 },
          h(Problem, { error: whoError && whoError.kind === "problem" ? whoError : null }),
          data
            ? view(parts)
            : error
              ? [h(ViewHead, { title: error.title ?? "No answer" }), h(Problem, { error, onRetry: refresh })]
              : h(Loading),
        ),
      ),
      h("footer.foot", h(Choosing), h(Who, { who })),
    ),
    open,
  ];
}

function Places({ parts, data }) {
  const need = data ? data.subscriptions.filter(needsYou).length : 0;
  return h(
    "nav.places",
    { "aria-label": "Views" },
    ...PLACES.map(([place, label, ...also]) => {
      const here = (parts[0] ?? "") === place || also.includes(parts[0]);
      return h("a", { key: place, href: `#/${place}`, "aria-current": here ? "page" : undefined },
        label, place === "" && need > 0 && h("span.count.is-bad", need, h("span.hidden", " need you")));
    }),
  );
}

/** Light and dark, and the clock. */
function Choosing() {
  const { theme, zone } = useStore(prefs);
  const radio = (name, value, label, on) =>
    h("label", { key: value }, h("input", { type: "radio", name, value, checked: on === value, onChange: () => prefs.set({ [name]: value }) }), h("span", label));
  return h(
    "div.choosing",
    h("fieldset.switch", h("legend", "Colours"), radio("theme", "auto", "Auto", theme), radio("theme", "light", "Light", theme), radio("theme", "dark", "Dark", theme)),
    h("fieldset.switch", h("legend", `Times, now ${zoneName({ zone })}`), radio("zone", "local", "Local", zone), radio("zone", "utc", "UTC", zone)),
  );
}

function Who({ who }) {
  if (!who) return null;
  return h(
    "div.who",
    h("p", h("b", who.user), who.roles?.includes("operate") ? "" : h("span.soft", " reads only")),
    h("p.faint", [who.node, who.version].filter(Boolean).join(" · ")),
  );
}

/** How old the data is, and how often it is asked for. */
function Bar({ data, error }) {
  const { interval, stopped } = useStore(prefs);
  const { came } = useStore(status);
  const now = useNow();
  const age = came > 0 ? Math.max(0, Math.round((now - came) / 1_000)) : null;
  const old = age === null ? "" : age < 2 ? "just now" : `${duration(age).replace(/\.\d/, "")} ago`;
  const lost = data && error;
  return h(
    "section",
    { "aria-label": "Age of the data" },
    h(
      "div.bar",
      h("p.age", { class: lost ? "is-bad-text" : "" }, data ? [h("span.dot", { class: lost ? "is-bad" : stopped ? "is-idle" : "is-ok", "aria-hidden": "true" }), `Data from ${old}`, stopped && ", refresh is stopped"] : ""),
      h(
        "div.refresh",
        h("button.button.small", { type: "button", onClick: refresh }, "Refresh"),
        h(
          "label.inline",
          h("span.hidden", "Refresh every"),
          h(
            "select",
            { value: stopped ? "stop" : String(interval), onChange: (event) => {
              const { value } = event.currentTarget;
              prefs.set(value === "stop" ? { stopped: true } : { stopped: false, interval: Number(value) });
            } },
            ...INTERVALS.map((seconds) => h("option", { key: seconds, value: String(seconds) }, seconds === 60 ? "every minute" : `every ${seconds} s`)),
            h("option", { value: "stop" }, "stopped"),
          ),
        ),
      ),
    ),
    h("div", { role: "status" }, lost && h(
      "div.lost",
      h("strong", error.title ?? "The server does not answer as it should"),
      h("span", ` ${error.detail ?? error.message} What you see is older.`),
      error.kind === "signed-out" && h("button.button.small", { type: "button", onClick: () => location.reload() }, "Reload the page"),
    )),
  );
}

render(h(App), document.getElementById("app"));
start();
