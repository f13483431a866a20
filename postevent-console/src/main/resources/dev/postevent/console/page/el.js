// Elements without a build step: Preact's two globals, and a short way to call them.

const { h: create, render, Fragment } = window.preact;
const { useState, useEffect, useLayoutEffect, useRef, useMemo } = window.preactHooks;

export { render, Fragment, useState, useEffect, useLayoutEffect, useRef, useMemo };

/** Preact's own nodes have no constructor, so that JSON from outside can never be taken for one. */
function isProps(value) {
  return value !== null && typeof value === "object" && value.constructor === Object;
}

/** An element: h("p.note", {title}, child, ...) or h(Component, {...}). The properties may be left out; a text is always text. */
export function h(tag, ...rest) {
  const [props, children] = isProps(rest[0]) ? [rest[0], rest.slice(1)] : [{}, rest];
  if (typeof tag !== "string" || !tag.includes(".")) return create(tag, props, ...children);
  const [name, ...classes] = tag.split(".");
  if (props.class) classes.push(props.class);
  return create(name, { ...props, class: classes.join(" ") }, ...children);
}

/** A value that components follow. */
export function store(initial) {
  let value = initial;
  const followers = new Set();
  return {
    get: () => value,
    set(next) {
      value = typeof next === "function" ? next(value) : { ...value, ...next };
      followers.forEach((follower) => follower(value));
    },
    follow(follower) {
      followers.add(follower);
      return () => followers.delete(follower);
    },
  };
}

/** What a store has, now and after each change. */
export function useStore(of) {
  const [value, setValue] = useState(of.get());
  useLayoutEffect(() => {
    setValue(of.get());
    return of.follow(setValue);
  }, [of]);
  return value;
}
