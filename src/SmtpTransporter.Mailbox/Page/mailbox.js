// The mailbox's page. Everything from a mail is set as text; its HTML is only ever shown in the sandboxed frame.
"use strict";

const $ = id => document.getElementById(id);
const tabs = ["HTML", "Text", "Headers", "Source", "Attachments", "Findings"];
let mails = [], chosen = null, view = null, tab = "HTML", phone = false, known = null;

function el(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

const size = n => n < 1024 ? `${n} B` : n < 1048576 ? `${(n / 1024).toFixed(1)} KB` : `${(n / 1048576).toFixed(1)} MB`;
const api = (path, options) => fetch(`mails${path}`, options);

async function load() {
  const answer = await api("");
  if (!answer.ok) return;
  mails = await answer.json();
  const ids = new Set(mails.map(m => m.id));
  if (known === null) known = ids;
  if (chosen && !ids.has(chosen)) close();
  list();
}

function shown() {
  const words = $("search").value.toLowerCase().split(/\s+/).filter(w => w);
  return mails.filter(m => words.every(w => `${m.subject} ${m.from} ${m.to.join(" ")} ${m.preview}`.toLowerCase().includes(w)));
}

function list() {
  const found = shown();
  $("count").textContent = mails.length ? `${found.length === mails.length ? "" : `${found.length} of `}${mails.length}` : "";
  document.title = mails.length ? `(${mails.length}) Mailbox` : "Mailbox";
  $("empty").hidden = mails.length > 0;
  $("clear").hidden = mails.length === 0;
  $("mails").replaceChildren(...found.map(m => {
    const time = new Date(m.receivedAt), today = time.toDateString() === new Date().toDateString();
    const item = el("li", { id: `m${m.id}`, onclick: () => open(m.id) },
      el("div", { className: "top" },
        el("span", { className: "to", textContent: m.to.join(", ") || "nobody" }),
        el("time", { className: "time", dateTime: m.receivedAt, title: time.toLocaleString(), textContent: today ? time.toLocaleTimeString([], { timeStyle: "medium" }) : time.toLocaleDateString() })),
      el("div", { className: "subject", textContent: m.subject || "(no subject)" }),
      el("div", { className: "preview", textContent: `${m.attachments ? `${m.attachments} file${m.attachments > 1 ? "s" : ""} · ` : ""}${m.preview}` }));
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", String(m.id === chosen));
    if (!known.has(m.id)) item.classList.add("new");
    return item;
  }));
}

async function open(id) {
  chosen = id;
  known.add(id);
  list();
  $(`m${id}`)?.scrollIntoView({ block: "nearest" });
  $("mails").setAttribute("aria-activedescendant", `m${id}`);
  const answer = await api(`/${id}`);
  if (!answer.ok || chosen !== id) return;
  view = await answer.json();
  if (tab === "HTML" && !view.hasHtml) tab = "Text";
  else if (tab === "Text" && view.hasHtml && view.text === null) tab = "HTML";
  document.body.classList.add("open");
  $("none").hidden = true;
  $("mail").hidden = false;
  $("subject").textContent = view.subject || "(no subject)";
  const header = name => view.headers.filter(h => h.name.toLowerCase() === name).map(h => h.value).join(", ");
  const facts = [["From", view.from], ["To", header("to")], ["Cc", header("cc")], ["Envelope", `${view.envelopeFrom || "<>"} → ${view.envelopeTo.join(", ")}`],
    ["Received", `${new Date(view.receivedAt).toLocaleString()}, ${size(view.size)}`]];
  $("facts").replaceChildren(...facts.filter(f => f[1]).flatMap(f => [el("dt", { textContent: f[0] }), el("dd", { textContent: f[1] })]));
  show(tab);
}

function close() {
  chosen = view = null;
  document.body.classList.remove("open");
  $("mail").hidden = true;
  $("none").hidden = false;
  list();
}

function show(name) {
  tab = name;
  const counts = { Attachments: view.attachments.length, Findings: view.findings.length };
  $("tabs").replaceChildren(...tabs.map((t, i) => {
    const button = el("button", { type: "button", id: `tab${t}`, textContent: t, title: `Key ${i + 1}`, disabled: (t === "HTML" && !view.hasHtml) || (t === "Text" && view.text === null), onclick: () => show(t) });
    button.setAttribute("role", "tab");
    button.setAttribute("aria-selected", String(t === tab));
    button.setAttribute("aria-controls", "pane");
    if (counts[t]) button.append(el("span", { className: `badge ${t === "Findings" ? (view.findings.some(f => f.severity === "Error") ? "Error" : "Warning") : ""}`, textContent: counts[t] }));
    return button;
  }));
  $("pane").setAttribute("aria-labelledby", `tab${tab}`);
  panes[tab]();
}

const put = (...children) => $("pane").replaceChildren(...children);
const table = rows => el("table", {}, el("tbody", {}, ...rows));

const panes = {
  HTML() {
    const frame = el("iframe", { title: "The mail as HTML", src: `mails/${view.id}/html`, referrerPolicy: "no-referrer" });
    // Without allow-scripts and allow-same-origin: it cannot run anything, nor reach this page.
    frame.setAttribute("sandbox", "allow-popups allow-popups-to-escape-sandbox");
    const stage = el("div", { className: phone ? "stage phone" : "stage" });
    const width = (text, value) => {
      const button = el("button", { type: "button", className: "quiet", textContent: text, onclick: () => { phone = value; show("HTML"); } });
      button.setAttribute("aria-pressed", String(phone === value));
      return button;
    };
    const tools = el("div", { className: "tools" }, width("Desktop", false), width("Phone", true));
    if (view.remoteImages) tools.append(`${view.remoteImages} remote image${view.remoteImages > 1 ? "s are" : " is"} not loaded`);
    stage.append(tools, el("div", { className: "screen" }, frame));
    put(stage);
  },
  Text() { put(el("pre", { textContent: view.text ?? "" })); },
  Headers() { put(table(view.headers.map(h => el("tr", {}, el("th", { textContent: h.name, scope: "row" }), el("td", { textContent: h.value }))))); },
  async Source() {
    const id = view.id, pre = el("pre", { textContent: "…" });
    put(el("div", { className: "stage" }, el("div", { className: "tools" }, el("a", { href: `mails/${id}/source?download`, textContent: "Download as .eml" })), pre));
    const answer = await api(`/${id}/source`);
    if (answer.ok) pre.textContent = await answer.text();
  },
  Attachments() {
    put(view.attachments.length === 0 ? el("p", { className: "good", textContent: "No attachments." }) : table(view.attachments.map(a => el("tr", {},
      el("td", {}, el("a", { href: `mails/${view.id}/attachments/${a.number}`, textContent: a.name })),
      el("td", { textContent: a.type }), el("td", { textContent: size(a.size) }), el("td", { textContent: a.cid ? `cid:${a.cid}` : a.disposition })))));
  },
  Findings() {
    put(...(view.findings.length === 0 ? [el("p", { className: "good", textContent: "Nothing to complain about." })] : view.findings.map(f => el("div", { className: `finding ${f.severity}` },
      el("b", { textContent: f.severity }), el("div", {}, el("div", { textContent: f.message }), el("code", { textContent: `${f.code}${f.property ? ` · ${f.property}` : ""}` }))))));
  },
};

async function remove(id) {
  const all = shown(), at = all.findIndex(m => m.id === id), next = all[at + 1] ?? all[at - 1];
  await api(`/${id}`, { method: "DELETE", headers: { "X-Mailbox": "1" } });
  await load();
  if (next) open(next.id); else close();
}

function step(by) {
  const all = shown(), at = all.findIndex(m => m.id === chosen), next = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))];
  if (next && next.id !== chosen) open(next.id);
}

function help(on) {
  $("help").hidden = !on;
  $("keys").setAttribute("aria-expanded", String(on));
}

document.addEventListener("keydown", e => {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  if (e.target === $("search")) {
    if (e.key === "Escape") { $("search").value = ""; list(); $("mails").focus(); }
    if (e.key === "Enter" || e.key === "ArrowDown") { $("mails").focus(); step(1); e.preventDefault(); }
    return;
  }
  const inPane = $("pane").contains(e.target);
  const key = { j: () => step(1), k: () => step(-1), "/": () => $("search").focus(), "?": () => help($("help").hidden) }[e.key]
    || (!inPane && { ArrowDown: () => step(1), ArrowUp: () => step(-1) }[e.key])
    || (view && { w: () => { if (view.hasHtml) { phone = !phone; show("HTML"); } }, d: () => remove(chosen), Delete: () => remove(chosen) }[e.key])
    || (view && /^[1-6]$/.test(e.key) && !$(`tab${tabs[e.key - 1]}`).disabled && (() => show(tabs[e.key - 1])))
    || (e.key === "Escape" && (() => { if (!$("help").hidden) help(false); else close(); $("mails").focus(); }));
  if (!key) return;
  key();
  e.preventDefault();
});

$("search").addEventListener("input", list);
$("back").addEventListener("click", close);
$("keys").addEventListener("click", () => help($("help").hidden));
$("clear").addEventListener("click", async () => {
  if (confirm(`Delete all ${mails.length} mails?`)) { await api("", { method: "DELETE", headers: { "X-Mailbox": "1" } }); await load(); }
});

new EventSource("events").onmessage = load;
