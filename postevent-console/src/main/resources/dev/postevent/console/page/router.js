// Where a person is: all of it stands after the #, filters too, so a link or a reload leads to the same view.

import { store, useStore, useState, useEffect } from "./el.js";

function parse() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return { parts: path.split("/").filter(Boolean).map(decoded), query: new URLSearchParams(query) };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // Somebody typed a lone %: then it is meant as it stands.
  }
}

export const route = store(parse());
window.addEventListener("hashchange", () => route.set(parse));

/** The link to a view. */
export function link(parts, query = {}) {
  const params = query instanceof URLSearchParams ? query : new URLSearchParams(Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).filter((one) => one !== "" && one != null).map((one) => [name, String(one)])));
  const text = params.toString();
  return `#/${parts.map(encodeURIComponent).join("/")}${text ? `?${text}` : ""}`;
}

/** Sets some parameters of this view; what is empty goes. Typing a filter leaves no trail in the history. */
export function setQuery(changes, { push = false } = {}) {
  const { parts, query } = route.get();
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    next.delete(name);
    for (const one of Array.isArray(value) ? value : [value]) if (one !== "" && one != null && one !== false) next.append(name, String(one));
  }
  const to = link(parts, next);
  if (to === location.hash) return;
  history[push ? "pushState" : "replaceState"](null, "", to);
  route.set(parse);
}

export function go(parts, query) {
  location.hash = link(parts, query);
}

export const useRoute = () => useStore(route);

/** A text that is typed here and set in the address a moment later. */
export function useTyped(name, millis = 300) {
  const { query } = useRoute();
  const there = query.get(name) ?? "";
  const [text, setText] = useState(there);
  useEffect(() => setText(there), [there]);
  useEffect(() => {
    if (text === there) return undefined;
    const later = setTimeout(() => setQuery({ [name]: text, after: "", before: "" }), millis);
    return () => clearTimeout(later);
  }, [text]);
  return [text, setText];
}
