// What is asked again and again: one beat for the whole page, that can be stopped.

import { store, useStore, useState, useEffect, useRef } from "./el.js";
import { prefs } from "./prefs.js";
import { get } from "./api.js";

/** Counts the beats. */
export const beat = store({ count: 0 });
/** The last /status, when it came (milliseconds of this browser's clock), and what went wrong since. */
export const status = store({ data: null, came: 0, error: null });
/** Who looks: /me. */
export const me = store({ data: null, error: null });

let timer = 0;

function schedule() {
  clearTimeout(timer);
  const { interval, stopped } = prefs.get();
  if (stopped || document.hidden) return;
  timer = setTimeout(refresh, interval * 1_000);
}

/** Asks everything again that is on the page. */
export function refresh() {
  clearTimeout(timer);
  beat.set(({ count }) => ({ count: count + 1 }));
  // The next beat begins when this answer is there: a slow server is not asked faster than it answers.
  Promise.all([loadStatus(), me.get().data ? null : loadMe()]).then(schedule);
}

async function loadStatus() {
  try {
    status.set({ data: await get("status"), came: Date.now(), error: null });
  } catch (error) {
    status.set({ error });
  }
}

async function loadMe() {
  try {
    me.set({ data: await get("me"), error: null });
  } catch (error) {
    me.set({ error });
  }
}

export function start() {
  prefs.follow(schedule);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) clearTimeout(timer);
    else if (!prefs.get().stopped) refresh();
  });
  window.addEventListener("online", refresh);
  refresh();
}

export function mayOperate() {
  return me.get().data?.roles?.includes("operate") === true;
}

export function useOperate() {
  return useStore(me).data?.roles?.includes("operate") === true;
}

/**
 * What an address answers, asked again with each beat. While another address of the same page is under way, the former answer stays
 * (stale), so that a page does not jump. A null address asks nothing.
 */
export function useApi(path, { once = false } = {}) {
  const { count } = useStore(beat);
  const [state, setState] = useState({ path: null, data: null, error: null });
  const underWay = useRef(null);
  const asked = useRef(null);

  useEffect(() => {
    const again = asked.current === path;
    asked.current = path;
    if (!path || (again && (once || underWay.current))) return;
    underWay.current?.abort();
    const control = new AbortController();
    underWay.current = control;
    get(path, control.signal)
      .then((data) => setState({ path, data, error: null }))
      .catch((error) => {
        if (!control.signal.aborted) setState((former) => ({ path, data: former.path === path ? former.data : null, error }));
      })
      .finally(() => {
        if (underWay.current === control) underWay.current = null;
      });
  }, [path, count]);
  useEffect(() => () => underWay.current?.abort(), []);

  return { data: path ? state.data : null, error: state.path === path ? state.error : null, stale: state.path !== path };
}

/** The clock, for what shows an age. */
export function useNow(millis = 1_000) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const every = setInterval(() => setNow(Date.now()), millis);
    return () => clearInterval(every);
  }, [millis]);
  return now;
}
