// Dialogs that change something: what happens, to how many, and why, before it is done; and what came of it, after.

import { h, store, useEffect, useRef, useState } from "./el.js";
import { newKey, post } from "./api.js";
import { refresh } from "./live.js";
import { Problem } from "./parts.js";
import { counted, number } from "./format.js";
import { REASON_MAX, TYPED_NAME_ABOVE } from "./limits.js";

/** The dialog that is open. It belongs to the page and not to a view: what came of a change is told though its row is gone by then. */
export const dialogs = store({ open: null });

export function closeDialog() {
  dialogs.set({ open: null });
}

/** Opens a dialog; it gets onClose. */
export function openDialog(component, props) {
  dialogs.set({ open: h(component, { ...props, onClose: closeDialog }) });
}

/** A modal dialog; Escape and the browser's way back to the opener come from the element itself. */
export function Dialog({ title, onClose, children }) {
  const element = useRef(null);
  useEffect(() => {
    const dialog = element.current;
    const opener = document.activeElement;
    dialog.showModal();
    return () => {
      dialog.close();
      if (opener?.isConnected) opener.focus();
      else document.querySelector("main h1")?.focus({ preventScroll: true });
    };
  }, []);
  return h(
    "dialog",
    {
      ref: element,
      "aria-labelledby": "dialog-title",
      onCancel: (event) => {
        event.preventDefault();
        onClose();
      },
    },
    h("h2", { id: "dialog-title" }, title),
    children,
  );
}

/** Takes the focus, as the button that had it is gone. */
function CloseButton({ onClose }) {
  const button = useRef(null);
  useEffect(() => button.current.focus(), []);
  return h("button.button.primary", { ref: button, type: "button", onClick: onClose }, "Close");
}

/**
 * Asks for a reason and carries out a change.
 *
 * danger: what is lost cannot come back. count: how many events it changes, undefined while that is not known. children: what to say
 * before the reason. body(reason): what is sent.
 */
export function Change({ title, verb, subscription, path, body, count, danger = false, ready = true, result, children, onClose }) {
  const [reason, setReason] = useState("");
  const [typed, setTyped] = useState("");
  const [state, setState] = useState({ busy: false, error: null, done: null });
  // One key for each thing that is asked for: sent twice it is done once, and another filter or place is another thing.
  const key = useRef(null);
  const asked = JSON.stringify(body(""));
  if (key.current?.asked !== asked + reason) key.current = { asked: asked + reason, key: newKey() };

  const many = count > TYPED_NAME_ABOVE;
  const missing = [];
  if (reason.trim() === "") missing.push("a reason");
  if (many && typed !== subscription) missing.push("the name");

  const submit = async (event) => {
    event.preventDefault();
    if (missing.length > 0 || !ready || state.busy) return;
    setState({ busy: true, error: null, done: null });
    try {
      const done = await post(path, key.current.key, body(reason.trim()));
      setState({ busy: false, error: null, done });
      refresh();
    } catch (error) {
      setState({ busy: false, error, done: null });
    }
  };

  if (state.done) {
    return h(
      Dialog,
      { title, onClose },
      h("p.result", { role: "status" }, result ? result(state.done) : `Done. ${counted(state.done.changed, "event")} changed.`),
      h("div.dialog-foot", h(CloseButton, { onClose })),
    );
  }
  return h(
    Dialog,
    { title, onClose },
    h(
      "form",
      { onSubmit: submit },
      children,
      h(
        "label.field",
        h("span.label", "Reason"),
        h("textarea", {
          rows: 2, maxLength: REASON_MAX, value: reason, required: true, placeholder: "Why? It is kept with your name.",
          onInput: (event) => setReason(event.currentTarget.value),
        }),
      ),
      many && h(
        "label.field",
        h("span.label", "More than ", number(TYPED_NAME_ABOVE), " events: type ", h("code", subscription), " to go on"),
        h("input", {
          type: "text", value: typed, autocomplete: "off", spellcheck: false, autocapitalize: "off",
          onInput: (event) => setTyped(event.currentTarget.value),
        }),
      ),
      h(Problem, { error: state.error }),
      state.busy && many && h("p", { role: "status" }, "It is done 500 at a time. Where it breaks off, what was done stays done, and asking again goes on."),
      h(
        "div.dialog-foot",
        missing.length > 0 && ready && h("span.note", `Still needed: ${missing.join(" and ")}.`),
        h("button.button", { type: "button", onClick: onClose }, "Cancel"),
        h(
          "button.button",
          { type: "submit", class: danger ? "danger" : "primary", disabled: !ready || missing.length > 0 || state.busy },
          state.busy ? "Working…" : state.error ? `${verb} again` : verb,
        ),
      ),
    ),
  );
}
