// The page of the mailbox: which message is open, the keys, and the connection to the server.
// All content of a message is set as text; its HTML is shown in the sandboxed frame only.
import { $, api, count } from "./page.js";
import { counts, link, load, messages, more, search } from "./list.js";
import { close, moveTab, open, opened, show, tabs, toggleWidth } from "./message.js";

let searching = 0, lastOpen = null, removed = null;

// The address of the page says which message is open: #/id.
function route() {
  const id = /^#\/([0-9A-Za-z]+)$/.exec(location.hash)?.[1];
  if (id) {
    lastOpen = id;
    return open(id);
  }
  close();
  title();
  return Promise.resolve();
}

function title() {
  if (opened()) return;
  const { total, unread } = counts();
  document.title = unread ? `(${unread}) Mailbox` : total ? `Mailbox, ${count(total, "message")}` : "Mailbox";
}

function go(id) {
  history.replaceState(null, "", id ? `#/${id}` : location.pathname + location.search);
  return route();
}

async function refresh() {
  await load();
  const list = messages();
  // Somebody else has deleted it.
  const id = opened();
  if (id && id !== removed && list.length === counts().total && !list.some(m => m.id === id)) go(null);
  title();
}

async function back() {
  go(null);
  (link(lastOpen) ?? $("search")).focus();
}

async function remove() {
  const id = opened(), all = messages(), at = all.findIndex(m => m.id === id), next = at < 0 ? null : all[at + 1] ?? all[at - 1];
  removed = id;
  await api(`/${id}`, "DELETE");
  await go(next?.id);
  (opened() ? $("subject") : $("search")).focus();
  await refresh();
}

async function step(by) {
  const all = messages(), at = all.findIndex(m => m.id === opened());
  if (at === all.length - 1 && by > 0 && all.length < counts().found) await more();
  const list = messages(), next = list[at < 0 ? 0 : Math.min(list.length - 1, Math.max(0, at + by))];
  if (!next || next.id === opened()) return;
  go(next.id);
  link(next.id)?.focus({ preventScroll: true });
}

function toggle(dialog) {
  if (dialog.open) dialog.close();
  else dialog.showModal();
}

function find(text) {
  $("search").value = text;
  return search().then(title);
}

const letters = {
  get on() { return localStorage.getItem("mailbox.letters") !== "off"; },
  set on(value) { localStorage.setItem("mailbox.letters", value ? "on" : "off"); },
};

function keyOfSearch(e) {
  if (e.key === "Escape") {
    find("");
    (link(opened() ?? messages()[0]?.id) ?? $("search")).focus();
  } else if (e.key === "Enter" || e.key === "ArrowDown") {
    e.preventDefault();
    clearTimeout(searching);
    search().then(() => { title(); step(1); });
  }
}

// WCAG 2.2, 2.1.4: shortcuts of a single character can be turned off.
function keyAction(e) {
  const inPane = $("pane").contains(e.target), inTabs = $("tabs").contains(e.target), isOpen = opened();
  if (inTabs && (e.key === "ArrowRight" || e.key === "ArrowLeft")) return () => moveTab(e.key === "ArrowRight" ? 1 : -1);
  if (!inPane && e.key === "ArrowDown") return () => step(1);
  if (!inPane && e.key === "ArrowUp") return () => step(-1);
  if (e.key === "Escape" && isOpen) return back;
  if (e.key === "Delete" && isOpen) return remove;
  if (!letters.on) return null;
  if (isOpen && tabs[e.key - 1]) return () => show(tabs[e.key - 1][0]);
  return { j: () => step(1), k: () => step(-1), "/": () => $("search").focus(), "?": () => toggle($("help")) }[e.key]
    ?? (isOpen ? { w: toggleWidth, d: remove }[e.key] : null);
}

document.addEventListener("keydown", e => {
  if (e.ctrlKey || e.metaKey || e.altKey || document.querySelector("dialog[open]")) return;
  if (e.target === $("search")) {
    keyOfSearch(e);
    return;
  }
  const action = keyAction(e);
  if (!action) return;
  e.preventDefault();
  action();
});

window.addEventListener("hashchange", route);
$("search").addEventListener("input", () => {
  clearTimeout(searching);
  searching = setTimeout(() => search().then(title), 120);
});
$("back").addEventListener("click", back);
$("more").addEventListener("click", more);
$("skip").addEventListener("click", e => {
  e.preventDefault();
  if (opened()) $("subject").focus();
});
$("keys").addEventListener("click", () => toggle($("help")));
$("letters").checked = letters.on;
$("letters").addEventListener("change", () => { letters.on = $("letters").checked; });
$("facts").addEventListener("click", e => {
  const tag = e.target.dataset.tag;
  if (tag) find(`tag:${tag.replaceAll(" ", "-")}`);
});
$("actions").addEventListener("click", e => {
  const action = e.target.dataset.action;
  if (action === "delete") remove();
  if (action === "release") {
    $("releaseResult").textContent = "";
    toggle($("release"));
  }
});
for (const button of document.querySelectorAll("[data-close]"))
  button.addEventListener("click", () => button.closest("dialog").close());
$("clear").addEventListener("click", async () => {
  if (!confirm(`Delete all ${count(counts().total, "message")}?`)) return;
  await api("", "DELETE");
  go(null);
  await refresh();
});
$("releaseForm").addEventListener("submit", async e => {
  e.preventDefault();
  const send = e.target.querySelector("button[type=submit], button:not([type])");
  // A second press would send it a second time.
  if (send.disabled) return;
  send.disabled = true;
  $("releaseResult").textContent = "Sending…";
  const to = $("releaseTo").value.split(",").map(address => address.trim()).filter(address => address);
  try {
    const response = await api(`/${opened()}/release`, "POST", { to });
    $("releaseResult").textContent = response.ok ? (await response.json()).text : await response.text();
  } catch {
    $("releaseResult").textContent = "The server did not answer: it may have sent the message. See its log.";
  } finally {
    send.disabled = false;
  }
});

// The events say when the list has changed, and that the server is there.
function connect() {
  const events = new EventSource("events");
  events.onopen = () => { $("away").hidden = true; };
  events.onmessage = async () => {
    await refresh();
    if (location.hash && !opened()) route();
  };
  events.onerror = () => {
    $("away").textContent = "The server does not answer. The page shows what it had, and tries again by itself.";
    $("away").hidden = false;
    // A browser tries again after a lost connection, and gives up after an answer that is an error.
    if (events.readyState === EventSource.CLOSED) setTimeout(connect, 2000);
  };
}

connect();
route();
