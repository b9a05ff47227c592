// The outbox's page. Everything from an email or a server is set as text.
"use strict";

const $ = id => document.getElementById(id);
const states = ["All", "Waiting", "Sending", "Unknown", "DeadLettered", "Sent", "Canceled", "Discarded"];
const tabs = { Unknown: "Parked", DeadLettered: "Dead letters" };
const names = { Unknown: "Parked", DeadLettered: "Dead letter" };
// What a person may do, by state.
const actions = {
  Waiting: [["cancel", "Cancel", "Cancel this email? It will not be sent."]],
  Unknown: [["resend", "Send again", "Send this email again? It may have been delivered already, and would then arrive twice."],
    ["discard", "Discard", "Discard this email? It may never have arrived."]],
  DeadLettered: [["resend", "Send again", null], ["discard", "Discard", "Discard this email? It will not be sent."]],
  Canceled: [["resend", "Send", null]],
  Discarded: [["resend", "Send again", "Send this email again? It may have been delivered already."]],
};
let state = "All", chosen = null, mails = [], pages = 1, isPaused = false, turn = 0;

function el(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

const size = n => n < 1024 ? `${n} B` : n < 1048576 ? `${(n / 1024).toFixed(1)} KB` : `${(n / 1048576).toFixed(1)} MB`;
const span = s => s < 60 ? `${Math.round(s)} s` : s < 3600 ? `${Math.round(s / 60)} min` : s < 172800 ? `${Math.round(s / 3600)} h` : `${Math.round(s / 86400)} days`;
const time = at => { const t = new Date(at); return t.toDateString() === new Date().toDateString() ? t.toLocaleTimeString([], { timeStyle: "medium" }) : t.toLocaleString([], { dateStyle: "short", timeStyle: "medium" }); };

function say(text) {
  $("message").textContent = text;
  $("message").hidden = !text;
}

async function get(path) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(answer.status === 401 || answer.status === 403 ? "You are signed out: load the page again." : `The server answered ${answer.status}.`);
  return answer.json();
}

async function post(path) {
  const answer = await fetch(path, { method: "POST", headers: { "X-Outbox": "1" } });
  say(answer.ok ? "" : await answer.text() || `The server answered ${answer.status}.`);
  await load();
}

async function load() {
  const mine = ++turn;
  try {
    const counts = await get("counts");
    let found = [];
    for (let page = 0; page < pages; page++) {
      const query = new URLSearchParams();
      if (state !== "All") query.set("state", state);
      if (found.length) query.set("before", found[found.length - 1].id);
      const next = await get(`mails?${query}`);
      found = found.concat(next);
      if (next.length < 100) break;
    }
    const view = chosen ? await get(`mails/${chosen}`).catch(() => null) : null;
    // An older answer must not cover a newer one.
    if (mine !== turn) return;
    if ($("message").dataset.connection) { delete $("message").dataset.connection; say(""); }
    mails = found;
    head(counts);
    list(found.length === pages * 100);
    if (chosen) show(view);
  } catch (error) {
    if (mine !== turn) return;
    $("message").dataset.connection = "1";
    say(error.message);
  }
}

function head(counts) {
  isPaused = counts.isPaused;
  $("due").textContent = `${isPaused ? "Paused. " : ""}${counts.due ? `${counts.due.toLocaleString()} due, the oldest for ${span(counts.oldestDueSeconds)}` : "Nothing is due"}`;
  $("pause").textContent = isPaused ? "Resume" : "Pause";
  $("pause").hidden = false;
  const open = counts.states.Unknown + counts.states.DeadLettered;
  document.title = open ? `(${open}) Outbox` : "Outbox";
  const all = Object.values(counts.states).reduce((sum, n) => sum + n, 0);
  $("states").replaceChildren(...states.map(s => {
    const button = el("button", { type: "button", id: `state${s}`, textContent: tabs[s] ?? s, onclick: () => { state = s; pages = 1; load(); } });
    button.setAttribute("role", "tab");
    button.setAttribute("aria-selected", String(s === state));
    const n = s === "All" ? all : counts.states[s];
    if (n) button.append(el("span", { className: `badge ${s === "DeadLettered" ? "Error" : s === "Unknown" ? "Warning" : ""}`, textContent: n.toLocaleString() }));
    return button;
  }));
}

function subjectOf(line) { return line.isReadable ? line.subject || "(no subject)" : "(cannot be decrypted)"; }

function to(line) { return line.to.join(", ") + (line.recipients > line.to.length ? ` and ${line.recipients - line.to.length} more` : ""); }

function when(line) {
  if (line.endedAt) return time(line.endedAt);
  return line.state === "Waiting" && line.dueAt && new Date(line.dueAt) > new Date() ? `due ${time(line.dueAt)}` : time(line.createdAt);
}

function list(isMore) {
  $("empty").hidden = mails.length > 0;
  $("more").hidden = !isMore;
  const focused = document.activeElement?.closest("#mails button")?.id;
  $("mails").replaceChildren(...mails.map(m => {
    const button = el("button", { type: "button", id: `m${m.id}`, onclick: () => choose(m.id) },
      el("div", { className: "top" }, el("span", { className: "to", textContent: to(m) }), el("time", { className: "time", textContent: when(m) })),
      el("div", { className: "subject", textContent: subjectOf(m) }),
      el("div", { className: "preview" }, el("span", { className: `state ${m.state}`, textContent: names[m.state] ?? m.state }),
        `${m.priority === "Normal" ? "" : ` · ${m.priority.toLowerCase()} priority`}${m.tries ? ` · ${m.tries} ${m.tries === 1 ? "attempt" : "attempts"}` : ""}`));
    button.setAttribute("aria-current", String(m.id === chosen));
    return el("li", {}, button);
  }));
  if (focused) $(focused)?.focus();
}

async function choose(id) {
  chosen = id;
  pages = Math.max(1, pages);
  await load();
}

function close() {
  chosen = null;
  document.body.classList.remove("open");
  $("mail").hidden = true;
  $("none").hidden = false;
  load();
}

function show(view) {
  if (!view) { close(); return; }
  const line = view.line;
  document.body.classList.add("open");
  $("none").hidden = true;
  $("mail").hidden = false;
  $("subject").textContent = subjectOf(line);
  const facts = [["State", line.state === "Unknown" ? "Parked: it is unknown whether it was delivered" : names[line.state] ?? line.state], ["From", view.sender || "<>"], ["Due", view.isOverdue ? "now" : line.state === "Waiting" && line.dueAt && time(line.dueAt)],
    ["Stored", `${time(line.createdAt)}, ${size(view.size)}`], ["Ended", line.endedAt && time(line.endedAt)], ["Message-ID", view.messageId], ["Key", view.key],
    ["Transporter", view.transporter], ["Worker", view.worker], ["Id", line.id]];
  $("facts").replaceChildren(...facts.filter(f => f[1]).flatMap(f => [el("dt", { textContent: f[0] }), el("dd", { textContent: f[1] })]));
  const last = view.history[view.history.length - 1];
  $("window").hidden = line.state !== "Unknown" || !view.transmittingSince;
  if (!$("window").hidden)
    $("window").textContent = `It may have been delivered between ${view.transmittingSince} and ${last?.at ?? "now"} (UTC). Look for its Message-ID in the mail server's log, and decide.`;
  // As long as nothing has changed the buttons stay: one that is being pressed must not go.
  const key = `${line.id} ${line.state}`;
  if ($("actions").dataset.key !== key) {
    $("actions").dataset.key = key;
    $("actions").replaceChildren(...(actions[line.state] ?? []).map(([path, text, question]) =>
      el("button", { type: "button", id: path, className: "quiet", textContent: text, onclick: () => { if (!question || confirm(question)) post(`mails/${line.id}/${path}`); } })));
  }
  $("recipients").replaceChildren(...view.recipients.map(r => el("tr", {}, el("td", { textContent: r.address }),
    el("td", {}, el("span", { className: `state ${r.state}`, textContent: r.state === "NotTried" ? "" : r.state })), el("td", { textContent: `${r.status || ""} ${r.text}` }))));
  if (line.recipients > view.recipients.length)
    $("recipients").append(el("tr", {}, el("td", { colSpan: 3, textContent: `and ${line.recipients - view.recipients.length} more` })));
  $("tries").replaceChildren(...(view.history.length ? view.history : [null]).map(t => t === null
    ? el("tr", {}, el("td", { textContent: "No attempts yet." }))
    : el("tr", {}, el("td", { className: "time", textContent: time(t.at) }), el("td", {}, el("span", { className: `state ${t.outcome ?? ""}`, textContent: t.outcome ?? "" })),
      el("td", { textContent: `${t.status || ""} ${t.text}` }), el("td", { className: "time", textContent: t.outcome ? `${Math.round(t.milliseconds)} ms` : "" }), el("td", { textContent: t.worker }))));
}

$("back").addEventListener("click", close);
$("more").addEventListener("click", () => { pages++; load(); });
$("pause").addEventListener("click", () => post(isPaused ? "resume" : "pause"));
document.addEventListener("keydown", e => { if (e.key === "Escape" && chosen) close(); });

load();
setInterval(() => { if (!document.hidden) load(); }, 2000);
