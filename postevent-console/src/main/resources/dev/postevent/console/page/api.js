// The REST of the library. All addresses are relative to the page, so any context root does.

const BASE = "api/v1/";
const ANSWERS_KEPT = 60;
const GET_MILLIS_MAX = 20_000;
/** A change of many events is carried out in one request, 500 at a time. */
const POST_MILLIS_MAX = 600_000;

/** The last answer by address: what has not changed is not sent again, and comes back as the same object. */
const answers = new Map();

/** What went wrong, as the server says it; kind is "connection", "signed-out" or "problem". */
export class ApiError extends Error {
  constructor(kind, { title, detail, status, code } = {}) {
    super(detail || title || kind);
    this.kind = kind;
    this.title = title;
    this.detail = detail;
    this.status = status;
    this.code = code;
  }
}

/** An address with those parameters that have a value; an array gives its parameter several times. */
export function address(parts, params = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== "" && one !== false) query.append(name, String(one));
    }
  }
  const path = parts.map(encodeURIComponent).join("/");
  return query.size === 0 ? path : `${path}?${query}`;
}

async function send(path, millis, options) {
  // The page's own signal ends a request that nobody waits for any more; the other one a server that does not answer.
  const timeout = AbortSignal.timeout(millis);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  let response;
  try {
    // A login page answers by a redirect or in HTML: neither is followed nor taken for data.
    response = await fetch(BASE + path, { ...options, signal, redirect: "manual", cache: "no-store", credentials: "same-origin" });
  } catch (e) {
    if (options.signal?.aborted) throw e;
    throw new ApiError("connection", {
      title: "Connection lost",
      detail: timeout.aborted ? `No answer within ${millis / 1_000} s.` : "The server cannot be reached.",
    });
  }
  if (response.status === 304) return response;
  const type = response.headers.get("Content-Type") ?? "";
  if (response.type === "opaqueredirect" || response.status === 401 || (response.ok && !type.includes("json"))) {
    throw new ApiError("signed-out", { title: "Signed out", detail: "Your login has ended. Reload the page to sign in again.", status: 401 });
  }
  if (response.ok) return response;
  throw new ApiError("problem", await problemOf(response, type));
}

async function problemOf(response, type) {
  const said = { title: response.statusText || "Error", status: response.status, detail: `The server answered ${response.status}.` };
  if (!type.includes("json")) return said;
  try {
    return { ...said, ...(await response.json()) };
  } catch {
    return said; // The body broke off: the status is all that is known.
  }
}

export async function get(path, signal) {
  const known = answers.get(path);
  const headers = { Accept: "application/json" };
  if (known) headers["If-None-Match"] = known.etag;
  const response = await send(path, GET_MILLIS_MAX, { headers, signal });
  if (response.status === 304 && known) return known.data;
  const data = await response.json();
  const etag = response.headers.get("ETag");
  answers.delete(path);
  if (etag) {
    answers.set(path, { etag, data });
    if (answers.size > ANSWERS_KEPT) answers.delete(answers.keys().next().value);
  }
  return data;
}

/** A change. The key is of the dialog that asks for it: pressed twice, or sent again after a lost answer, it is carried out once. */
export async function post(path, key, body) {
  const response = await send(path, POST_MILLIS_MAX, {
    method: "POST",
    headers: {
      Accept: "application/json",
      "Content-Type": "application/json",
      "Postevent-Console": "1",
      "Idempotency-Key": key,
    },
    body: JSON.stringify(body),
  });
  return response.json();
}

/** A key that nobody else has; crypto.randomUUID is missing on plain http. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
