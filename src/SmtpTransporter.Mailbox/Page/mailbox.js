// The page of the mailbox. All content of a message is set as text; its HTML is shown in the sandboxed frame only.
"use strict";

const $ = id => document.getElementById(id);
const tabs = ["HTML", "Text", "Headers", "Source", "Attachments", "Diagnostics"];
let messages = [], selected = null, view = null, tab = "HTML", phone = false, known = null;

function el(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

const size = n => n < 1024 ? `${n} B` : n < 1048576 ? `${(n / 1024).toFixed(1)} KB` : `${(n / 1048576).toFixed(1)} MB`;
const count = (n, noun) => `${n} ${noun}${n === 1 ? "" : "s"}`;
const api = (path, options) => fetch(`messages${path}`, options);

async function load() {
  const response = await api("");
  if (!response.ok) return;
  messages = await response.json();
  const ids = new Set(messages.map(m => m.id));
  if (known === null) known = ids;
  if (selected && !ids.has(selected)) close();
  list();
}

function shown() {
  const words = $("search").value.toLowerCase().split(/\s+/).filter(w => w);
  return messages.filter(m => words.every(w => `${m.subject} ${m.from} ${m.to.join(" ")} ${m.preview}`.toLowerCase().includes(w)));
}

function list() {
  const found = shown();
  const total = messages.length;
  $("count").textContent = total ? `${found.length === total ? "" : `${found.length} of `}${total}` : "";
  document.title = total ? `(${total}) Mailbox` : "Mailbox";
  $("empty").hidden = total > 0;
  $("clear").hidden = total === 0;
  $("messages").replaceChildren(...found.map(m => {
    const time = new Date(m.receivedAt), today = time.toDateString() === new Date().toDateString();
    const item = el("li", { id: `m${m.id}`, onclick: () => open(m.id) },
      el("div", { className: "top" },
        el("span", { className: "to", textContent: m.to.join(", ") || "no recipients" }),
        el("time", {
          className: "time",
          dateTime: m.receivedAt,
          title: time.toLocaleString(),
          textContent: today ? time.toLocaleTimeString([], { timeStyle: "medium" }) : time.toLocaleDateString(),
        })),
      el("div", { className: "subject", textContent: m.subject || "(no subject)" }),
      el("div", { className: "preview", textContent: `${m.attachments ? `${count(m.attachments, "file")} · ` : ""}${m.preview}` }));
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", String(m.id === selected));
    if (!known.has(m.id)) item.classList.add("new");
    return item;
  }));
}

async function open(id) {
  selected = id;
  known.add(id);
  list();
  $(`m${id}`)?.scrollIntoView({ block: "nearest" });
  $("messages").setAttribute("aria-activedescendant", `m${id}`);
  const response = await api(`/${id}`);
  if (!response.ok || selected !== id) return;
  view = await response.json();
  if (tab === "HTML" && !view.hasHtml) tab = "Text";
  else if (tab === "Text" && view.hasHtml && view.text === null) tab = "HTML";
  document.body.classList.add("open");
  $("none").hidden = true;
  $("message").hidden = false;
  $("subject").textContent = view.subject || "(no subject)";
  const header = name => view.headers.filter(h => h.name.toLowerCase() === name).map(h => h.value).join(", ");
  const facts = [
    ["From", view.from],
    ["To", header("to")],
    ["Cc", header("cc")],
    ["Envelope", `${view.envelopeFrom || "<>"} → ${view.envelopeTo.join(", ")}`],
    ["Received", `${new Date(view.receivedAt).toLocaleString()}, ${size(view.size)}`],
  ];
  $("facts").replaceChildren(...facts.filter(f => f[1]).flatMap(f => [el("dt", { textContent: f[0] }), el("dd", { textContent: f[1] })]));
  show(tab);
}

function close() {
  selected = view = null;
  document.body.classList.remove("open");
  $("message").hidden = true;
  $("none").hidden = false;
  list();
}

function show(name) {
  tab = name;
  const counts = { Attachments: view.attachments.length, Diagnostics: view.diagnostics.length };
  const severity = view.diagnostics.some(d => d.severity === "Error") ? "Error" : "Warning";
  $("tabs").replaceChildren(...tabs.map((t, i) => {
    const button = el("button", {
      type: "button",
      id: `tab${t}`,
      textContent: t,
      title: `Key ${i + 1}`,
      disabled: (t === "HTML" && !view.hasHtml) || (t === "Text" && view.text === null),
      onclick: () => show(t),
    });
    button.setAttribute("role", "tab");
    button.setAttribute("aria-selected", String(t === tab));
    button.setAttribute("aria-controls", "pane");
    if (counts[t]) button.append(el("span", { className: `badge ${t === "Diagnostics" ? severity : ""}`, textContent: counts[t] }));
    return button;
  }));
  $("pane").setAttribute("aria-labelledby", `tab${tab}`);
  panes[tab]();
}

const put = (...children) => $("pane").replaceChildren(...children);
const table = rows => el("table", {}, el("tbody", {}, ...rows));

const panes = {
  HTML() {
    const frame = el("iframe", { title: "The message as HTML", src: `messages/${view.id}/html`, referrerPolicy: "no-referrer" });
    // Without allow-scripts and allow-same-origin the message cannot run scripts, and cannot access this page.
    frame.setAttribute("sandbox", "allow-popups allow-popups-to-escape-sandbox");
    const stage = el("div", { className: phone ? "stage phone" : "stage" });
    const width = (text, value) => {
      const onclick = () => { phone = value; show("HTML"); };
      const button = el("button", { type: "button", className: "quiet", textContent: text, onclick });
      button.setAttribute("aria-pressed", String(phone === value));
      return button;
    };
    const tools = el("div", { className: "tools" }, width("Desktop", false), width("Phone", true));
    if (view.remoteImages) tools.append(`${count(view.remoteImages, "remote image")} not loaded`);
    stage.append(tools, el("div", { className: "screen" }, frame));
    put(stage);
  },
  Text() { put(el("pre", { textContent: view.text ?? "" })); },
  Headers() {
    put(table(view.headers.map(h => el("tr", {}, el("th", { textContent: h.name, scope: "row" }), el("td", { textContent: h.value })))));
  },
  async Source() {
    const id = view.id, pre = el("pre", { textContent: "…" });
    const download = el("a", { href: `messages/${id}/source?download`, textContent: "Download as .eml" });
    put(el("div", { className: "stage" }, el("div", { className: "tools" }, download), pre));
    const response = await api(`/${id}/source`);
    if (response.ok) pre.textContent = await response.text();
  },
  Attachments() {
    put(view.attachments.length === 0 ? el("p", { className: "good", textContent: "No attachments." }) : table(view.attachments.map(a =>
      el("tr", {},
        el("td", {}, el("a", { href: `messages/${view.id}/attachments/${a.number}`, textContent: a.name })),
        el("td", { textContent: a.type }),
        el("td", { textContent: size(a.size) }),
        el("td", { textContent: a.cid ? `cid:${a.cid}` : a.disposition })))));
  },
  Diagnostics() {
    put(...(view.diagnostics.length === 0 ? [el("p", { className: "good", textContent: "No problems found." })] : view.diagnostics.map(d =>
      el("div", { className: `finding ${d.severity}` },
        el("b", { textContent: d.severity }),
        el("div", {},
          el("div", { textContent: d.message }),
          el("code", { textContent: `${d.code}${d.property ? ` · ${d.property}` : ""}` }))))));
  },
};

async function remove(id) {
  const all = shown(), at = all.findIndex(m => m.id === id), next = all[at + 1] ?? all[at - 1];
  await api(`/${id}`, { method: "DELETE", headers: { "X-Mailbox": "1" } });
  await load();
  if (next) open(next.id); else close();
}

function step(by) {
  const all = shown(), at = all.findIndex(m => m.id === selected);
  const next = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))];
  if (next && next.id !== selected) open(next.id);
}

function toggleWidth() {
  if (!view.hasHtml) return;
  phone = !phone;
  show("HTML");
}

function help(on) {
  $("help").hidden = !on;
  $("keys").setAttribute("aria-expanded", String(on));
}

document.addEventListener("keydown", e => {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  if (e.target === $("search")) {
    if (e.key === "Escape") { $("search").value = ""; list(); $("messages").focus(); }
    if (e.key === "Enter" || e.key === "ArrowDown") { $("messages").focus(); step(1); e.preventDefault(); }
    return;
  }
  const inPane = $("pane").contains(e.target);
  const key = { j: () => step(1), k: () => step(-1), "/": () => $("search").focus(), "?": () => help($("help").hidden) }[e.key]
    || (!inPane && { ArrowDown: () => step(1), ArrowUp: () => step(-1) }[e.key])
    || (view && { w: toggleWidth, d: () => remove(selected), Delete: () => remove(selected) }[e.key])
    || (view && /^[1-6]$/.test(e.key) && !$(`tab${tabs[e.key - 1]}`).disabled && (() => show(tabs[e.key - 1])))
    || (e.key === "Escape" && (() => { if (!$("help").hidden) help(false); else close(); $("messages").focus(); }));
  if (!key) return;
  key();
  e.preventDefault();
});

$("search").addEventListener("input", list);
$("back").addEventListener("click", close);
$("keys").addEventListener("click", () => help($("help").hidden));
$("clear").addEventListener("click", async () => {
  if (!confirm(`Delete all ${count(messages.length, "message")}?`)) return;
  await api("", { method: "DELETE", headers: { "X-Mailbox": "1" } });
  await load();
});

new EventSource("events").onmessage = load;
