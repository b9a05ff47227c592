// The page of the outbox. Everything that comes from an email or a server is set as text.
"use strict";

const $ = id => document.getElementById(id);
const states = ["All", "Waiting", "Sending", "Unknown", "DeadLettered", "Sent", "Canceled", "Discarded"];
const tabs = { Unknown: "Parked", DeadLettered: "Dead letters" };
const labels = { Unknown: "Parked", DeadLettered: "Dead letter" };
// The actions that each state allows: path, label, question.
const actions = {
  Waiting: [["cancel", "Cancel", "Cancel this email? It will not be sent."]],
  Unknown: [
    ["resend", "Resend", "Resend this email? It may have been delivered already, and would then arrive twice."],
    ["discard", "Discard", "Discard this email? It may never have arrived."],
  ],
  DeadLettered: [["resend", "Resend", null], ["discard", "Discard", "Discard this email? It will not be sent."]],
  Canceled: [["resend", "Send", null]],
  Discarded: [["resend", "Resend", "Resend this email? It may have been delivered already."]],
};
const pageSize = 100;
let state = "All", selected = null, emails = [], pages = 1, isPaused = false, requests = 0;

function el(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

const label = s => labels[s] ?? s;

function formatSize(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1048576 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1048576).toFixed(1)} MB`;
}

function formatSpan(seconds) {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  return seconds < 172800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} days`;
}

function formatTime(at) {
  const t = new Date(at);
  return t.toDateString() === new Date().toDateString()
    ? t.toLocaleTimeString([], { timeStyle: "medium" })
    : t.toLocaleString([], { dateStyle: "short", timeStyle: "medium" });
}

function showMessage(text) {
  $("message").textContent = text;
  $("message").hidden = !text;
}

async function get(path) {
  const response = await fetch(path);
  if (response.status === 401 || response.status === 403) throw new Error("You are signed out. Reload the page.");
  if (!response.ok) throw new Error(`The server returned status ${response.status}.`);
  return response.json();
}

async function post(path) {
  const response = await fetch(path, { method: "POST", headers: { "X-Outbox": "1" } });
  showMessage(response.ok ? "" : await response.text() || `The server returned status ${response.status}.`);
  await load();
}

async function load() {
  const request = ++requests;
  try {
    const counts = await get("counts");
    let found = [];
    for (let page = 0; page < pages; page++) {
      const query = new URLSearchParams();
      if (state !== "All") query.set("state", state);
      if (found.length) query.set("before", found[found.length - 1].id);
      const next = await get(`emails?${query}`);
      found = found.concat(next);
      if (next.length < pageSize) break;
    }
    const view = selected ? await get(`emails/${selected}`).catch(() => null) : null;
    // An older response must not replace a newer one.
    if (request !== requests) return;
    if ($("message").dataset.connection) { delete $("message").dataset.connection; showMessage(""); }
    emails = found;
    showCounts(counts);
    showList(found.length === pages * pageSize);
    if (selected) show(view);
  } catch (error) {
    if (request !== requests) return;
    $("message").dataset.connection = "1";
    showMessage(error.message);
  }
}

function showCounts(counts) {
  isPaused = counts.isPaused;
  const due = counts.due
    ? `${counts.due.toLocaleString()} due, the oldest for ${formatSpan(counts.oldestDueSeconds)}`
    : "Nothing is due";
  $("due").textContent = `${isPaused ? "Paused. " : ""}${due}`;
  $("pause").textContent = isPaused ? "Resume" : "Pause";
  $("pause").hidden = false;
  const undecided = counts.states.Unknown + counts.states.DeadLettered;
  document.title = undecided ? `(${undecided}) Outbox` : "Outbox";
  const all = Object.values(counts.states).reduce((sum, n) => sum + n, 0);
  $("states").replaceChildren(...states.map(s => tab(s, s === "All" ? all : counts.states[s])));
}

function tab(s, count) {
  const button = el("button", { type: "button", id: `state${s}`, textContent: tabs[s] ?? s });
  button.addEventListener("click", () => { state = s; pages = 1; load(); });
  button.setAttribute("role", "tab");
  button.setAttribute("aria-selected", String(s === state));
  const severity = s === "DeadLettered" ? "Error" : s === "Unknown" ? "Warning" : "";
  if (count) button.append(el("span", { className: `badge ${severity}`, textContent: count.toLocaleString() }));
  return button;
}

function subjectOf(line) { return line.isReadable ? line.subject || "(no subject)" : "(cannot be decrypted)"; }

function recipientsOf(line) {
  return line.to.join(", ") + (line.recipients > line.to.length ? ` and ${line.recipients - line.to.length} more` : "");
}

function timeOf(line) {
  if (line.endedAt) return formatTime(line.endedAt);
  const isDueLater = line.state === "Waiting" && line.dueAt && new Date(line.dueAt) > new Date();
  return isDueLater ? `due ${formatTime(line.dueAt)}` : formatTime(line.createdAt);
}

function detailsOf(line) {
  const priority = line.priority === "Normal" ? "" : ` · ${line.priority.toLowerCase()} priority`;
  const attempts = line.attempts ? ` · ${line.attempts} ${line.attempts === 1 ? "attempt" : "attempts"}` : "";
  return priority + attempts;
}

function showList(hasMore) {
  $("empty").hidden = emails.length > 0;
  $("more").hidden = !hasMore;
  const focused = document.activeElement?.closest("#emails button")?.id;
  $("emails").replaceChildren(...emails.map(m => {
    const button = el("button", { type: "button", id: `m${m.id}` },
      el("div", { className: "top" },
        el("span", { className: "to", textContent: recipientsOf(m) }), el("time", { className: "time", textContent: timeOf(m) })),
      el("div", { className: "subject", textContent: subjectOf(m) }),
      el("div", { className: "preview" }, el("span", { className: `state ${m.state}`, textContent: label(m.state) }), detailsOf(m)));
    button.addEventListener("click", () => select(m.id));
    button.setAttribute("aria-current", String(m.id === selected));
    return el("li", {}, button);
  }));
  if (focused) $(focused)?.focus();
}

async function select(id) {
  selected = id;
  pages = Math.max(1, pages);
  await load();
}

function close() {
  selected = null;
  document.body.classList.remove("open");
  $("email").hidden = true;
  $("none").hidden = false;
  load();
}

function show(view) {
  if (!view) { close(); return; }
  document.body.classList.add("open");
  $("none").hidden = true;
  $("email").hidden = false;
  $("subject").textContent = subjectOf(view.line);
  showFacts(view);
  showWindow(view);
  showActions(view.line);
  showRecipients(view);
  showAttempts(view.history);
}

function showFacts(view) {
  const line = view.line;
  const due = view.isOverdue ? "now" : line.state === "Waiting" && line.dueAt && formatTime(line.dueAt);
  const facts = [
    ["State", line.state === "Unknown" ? "Parked: the delivery status is unknown" : label(line.state)],
    ["From", view.sender || "<>"],
    ["Due", due],
    ["Stored", `${formatTime(line.createdAt)}, ${formatSize(view.size)}${view.hasMessage ? "" : ", the message is removed"}`],
    ["Ended", line.endedAt && formatTime(line.endedAt)],
    ["Message-ID", view.messageId],
    ["Idempotency key", view.key],
    ["Transporter", view.transporter],
    ["Worker", view.worker],
    ["Id", line.id],
  ];
  const cells = facts.filter(f => f[1]).flatMap(f => [el("dt", { textContent: f[0] }), el("dd", { textContent: f[1] })]);
  $("facts").replaceChildren(...cells);
}

function showWindow(view) {
  const isHidden = view.line.state !== "Unknown" || !view.transmittingSince;
  $("window").hidden = isHidden;
  if (isHidden) return;
  const last = view.history[view.history.length - 1];
  $("window").textContent = `It may have been delivered between ${view.transmittingSince} and ${last?.at ?? "now"} (UTC). `
    + "Search the log of the mail server for its Message-ID, then resend or discard it.";
}

function showActions(line) {
  // The buttons stay as long as the state does: a button that is being pressed must not be replaced.
  const key = `${line.id} ${line.state}`;
  if ($("actions").dataset.key === key) return;
  $("actions").dataset.key = key;
  $("actions").replaceChildren(...(actions[line.state] ?? []).map(([path, text, question]) => {
    const button = el("button", { type: "button", id: path, className: "quiet", textContent: text });
    button.addEventListener("click", () => { if (!question || confirm(question)) post(`emails/${line.id}/${path}`); });
    return button;
  }));
}

function showRecipients(view) {
  $("recipients").replaceChildren(...view.recipients.map(r => el("tr", {},
    el("td", { textContent: r.address }),
    el("td", {}, el("span", { className: `state ${r.state}`, textContent: r.state === "NotTried" ? "" : r.state })),
    el("td", { textContent: `${r.status || ""} ${r.text}` }))));
  const more = view.line.recipients - view.recipients.length;
  if (more > 0) $("recipients").append(el("tr", {}, el("td", { colSpan: 3, textContent: `and ${more} more` })));
}

function showAttempts(history) {
  const rows = history.map(a => el("tr", {},
    el("td", { className: "time", textContent: formatTime(a.at) }),
    el("td", {}, el("span", { className: `state ${a.outcome ?? ""}`, textContent: a.outcome ?? "" })),
    el("td", { textContent: `${a.status || ""} ${a.text}` }),
    el("td", { className: "time", textContent: a.outcome ? `${Math.round(a.milliseconds)} ms` : "" }),
    el("td", { textContent: a.worker })));
  if (!rows.length) rows.push(el("tr", {}, el("td", { textContent: "No attempt has been made yet." })));
  $("attempts").replaceChildren(...rows);
}

$("back").addEventListener("click", close);
$("more").addEventListener("click", () => { pages++; load(); });
$("pause").addEventListener("click", () => post(isPaused ? "resume" : "pause"));
document.addEventListener("keydown", e => { if (e.key === "Escape" && selected) close(); });

load();
setInterval(() => { if (!document.hidden) load(); }, 2000);
