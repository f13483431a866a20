// What a person has chosen: kept in this browser, never sent.

import { store } from "./el.js";

const KEY = "postevent.console";
export const INTERVALS = [2, 5, 15, 60];
const DEFAULTS = { theme: "auto", zone: "local", interval: 5, stopped: false };

/** A browser that keeps nothing (private window, blocked storage) still gets a console, with the defaults. */
function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return {
      theme: ["auto", "light", "dark"].includes(found.theme) ? found.theme : DEFAULTS.theme,
      zone: ["local", "utc"].includes(found.zone) ? found.zone : DEFAULTS.zone,
      interval: INTERVALS.includes(found.interval) ? found.interval : DEFAULTS.interval,
      stopped: found.stopped === true,
    };
  } catch {
    return DEFAULTS;
  }
}

export const prefs = store(kept());

function apply({ theme }) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

apply(prefs.get());
prefs.follow((value) => {
  apply(value);
  try {
    localStorage.setItem(KEY, JSON.stringify(value));
  } catch {
    // What was chosen then holds until the page is left: nothing that a person could do about it here.
  }
});
