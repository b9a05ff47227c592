// What the parts of the page share. Everything that comes from an email or a server is set as text.

export const $ = id => document.getElementById(id);

export function el(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in element) element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

export const number = n => n.toLocaleString("en");
export const count = (n, noun) => `${number(n)} ${noun}${n === 1 ? "" : "s"}`;
export const size = n => n < 1024 ? `${n} B` : n < 1048576 ? `${(n / 1024).toFixed(1)} KB` : `${(n / 1048576).toFixed(1)} MB`;

export function span(seconds) {
  if (seconds < 60) return `${Math.max(0, Math.round(seconds))} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  return seconds < 172800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} days`;
}

export const since = text => span((Date.now() - new Date(text)) / 1000);

// A time with its date, in the user's own zone.
export function time(text, before = "") {
  const at = new Date(text), isToday = at.toDateString() === new Date().toDateString();
  const local = at.toLocaleString([], isToday ? { timeStyle: "medium" } : { dateStyle: "medium", timeStyle: "short" });
  return el("time", { dateTime: text, title: at.toLocaleString([], { dateStyle: "full", timeStyle: "long" }) }, before + local);
}

// The time of day alone.
export const clock = text =>
  el("time", { dateTime: text, textContent: new Date(text).toLocaleTimeString([], { hour: "numeric", minute: "2-digit" }) });

const labels = {
  Unknown: "Parked", DeadLettered: "Dead letter", NotSent: "Not sent", PartiallyAccepted: "Partially accepted", MailboxFull: "Mailbox full",
};
export const label = state => labels[state] ?? state;
export const stateText = state => el("span", { className: `state ${state}`, textContent: label(state) });

// Shows a list. What has not changed stays as it is, with the focus on it and what the user has unfolded.
export function showItems(container, items, create, key = (_, i) => i) {
  const old = container.items ?? new Map(), now = new Map(), active = document.activeElement;
  for (const [i, item] of items.entries()) {
    const id = key(item, i), text = JSON.stringify(item), last = old.get(id);
    now.set(id, last?.text === text ? last : { text, element: create(item) });
  }
  const elements = [...now.values()].map(n => n.element), kept = new Set(elements);
  for (const child of [...container.children]) if (!kept.has(child)) child.remove();
  for (const [i, element] of elements.entries())
    if (container.children[i] !== element) container.insertBefore(element, container.children[i] ?? null);
  if (active !== document.activeElement && active?.id) $(active.id)?.focus({ preventScroll: true });
  container.items = now;
}

export class SignedOut extends Error {}
export class Away extends Error {}

// A request for data. A login that has ended answers with 401, or leads to a page for people.
async function request(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { redirect: "manual", cache: "no-store", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Away("The server does not answer.");
  }
  const isPage = response.ok && response.status !== 204 && !response.headers.get("content-type")?.startsWith("application/json");
  if (response.type === "opaqueredirect" || response.status === 401 || isPage) throw new SignedOut("You are signed out.");
  if (response.status === 403) throw new SignedOut("You may not use this page any more.");
  if (response.status >= 500) throw new Away(`The server reports an error (status ${response.status}).`);
  return response;
}

export async function get(path, signal) {
  const response = await request(path, { signal });
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(await response.text() || `The server returned status ${response.status}.`);
  return response.json();
}

// The same as last time costs no answer.
export async function getIfChanged(path, tag) {
  const response = await request(path, { headers: tag ? { "If-None-Match": tag } : {} });
  return response.status === 304 ? null : { tag: response.headers.get("etag"), value: await response.json() };
}

// The header proves to the server that the page has sent the request, and no other site.
export async function post(path, body = {}) {
  const headers = { "X-Outbox": "1", "Content-Type": "application/json" };
  const response = await request(path, { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(await response.text() || `The server returned status ${response.status}.`);
  return response.status === 204 ? null : response.json();
}
