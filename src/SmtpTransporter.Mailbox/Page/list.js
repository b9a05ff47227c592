// The list of messages: the newest of those that are searched for, and more on request.
import { $, api, count, el, size, time } from "./page.js";

const step = 100;
let limit = step, state = { total: 0, unread: 0, found: 0, messages: [] }, current = null, loading = null, again = false;
let rows = new Map();

export const messages = () => state.messages;
export const counts = () => state;

// One request at a time: whatever happens meanwhile is in the next.
export function load() {
  again = true;
  loading ??= (async () => {
    while (again) {
      again = false;
      await request();
    }
  })().finally(() => { loading = null; });
  return loading;
}

async function request() {
  try {
    const response = await api(`?${new URLSearchParams({ search: $("search").value, limit })}`);
    if (!response.ok) return;
    state = await response.json();
  } catch {
    return; // The page tells that the server is away.
  }
  show();
}

export function search() {
  limit = step;
  return load();
}

export function more() {
  limit += step;
  return load();
}

// Shows which message is open.
export function mark(id) {
  current = id;
  for (const [key, row] of rows) markRow(row.item, key);
  link(id)?.scrollIntoView({ block: "nearest" });
}

export const link = id => $(`m${id}`);

function markRow(item, id) {
  if (id === current) item.firstChild.setAttribute("aria-current", "true");
  else item.firstChild.removeAttribute("aria-current");
}

function show() {
  const words = $("search").value.trim(), { total, unread, found } = state;
  $("count").textContent = total === 0 ? "" : [
    words ? `${found.toLocaleString("en")} of ${count(total, "message")}` : count(total, "message"),
    ...unread ? [`${unread.toLocaleString("en")} unread`] : [],
  ].join(", ");
  $("empty").hidden = total > 0;
  $("clear").hidden = total === 0;
  $("nothing").hidden = total === 0 || found > 0;
  $("nothing").textContent = $("nothing").hidden ? "" : `Nothing found for “${words}”.`;
  $("more").hidden = state.messages.length >= found;
  $("more").textContent = `Show more (${(found - state.messages.length).toLocaleString("en")} left)`;
  showRows();
}

// A row that has not changed stays, so that the focus stays on it.
function showRows() {
  const focused = document.activeElement?.closest("#messages li"), old = rows;
  rows = new Map(state.messages.map(message => {
    const text = JSON.stringify(message), kept = old.get(message.id);
    return [message.id, kept?.text === text ? kept : { text, item: row(message) }];
  }));
  $("messages").replaceChildren(...[...rows.values()].map(r => r.item));
  for (const [key, r] of rows) markRow(r.item, key);
  if (focused) (focused.isConnected ? focused.firstChild : link(focused.firstChild.id.slice(1)))?.focus({ preventScroll: true });
}

function row(message) {
  const facts = [
    size(message.size),
    ...message.attachments ? [count(message.attachments, "attachment")] : [],
    `to ${message.to.slice(0, 3).join(", ") || "nobody"}${message.to.length > 3 ? ` and ${message.to.length - 3} more` : ""}`,
  ];
  return el("li", {},
    el("a", { id: `m${message.id}`, href: `#/${message.id}`, className: message.isRead ? "" : "new" },
      el("span", { className: "top" }, el("span", { className: "from", textContent: message.from, dir: "auto" }), time(message.receivedAt)),
      el("span", { className: "subject" },
        ...message.isRead ? [] : [el("span", { className: "dot" }, el("span", { className: "unseen", textContent: "Unread: " }))],
        el("bdi", { textContent: message.subject || "(no subject)" })),
      el("span", { className: "preview", textContent: message.preview, dir: "auto" }),
      el("span", { className: "more-facts" },
        el("span", { className: "text", textContent: facts.join(" · ") }),
        ...message.tags.map(tag => el("span", { className: "tag", textContent: tag })))));
}
