// The message that is open: its facts, its buttons and its tabs.
import { $, api, el, folded, size } from "./page.js";
import { mark } from "./list.js";
import { panes } from "./panes.js";

export const tabs = [
  ["HTML", "HTML"], ["Text", "Text"], ["Headers", "Headers"], ["Source", "Source"], ["Attachments", "Attachments"],
  ["Diagnostics", "Diagnostics"], ["Support", "HTML check"], ["Links", "Links"],
];
const view = { id: null, message: null, tab: "HTML", phone: false, remote: false, answers: null };

export const opened = () => view.message && view.id;

const isEmpty = tab => (tab === "HTML" || tab === "Support") && !view.message.hasHtml || tab === "Text" && view.message.text === null;

export async function open(id) {
  if (view.id === id && view.message) return;
  Object.assign(view, { id, message: null, remote: false, answers: null });
  mark(id);
  let response;
  try {
    response = await api(`/${id}`);
  } catch {
    return; // The page tells that the server is away.
  }
  if (view.id !== id) return;
  if (!response.ok) {
    close("There is no such message. It may have been deleted.");
    return;
  }
  const message = await response.json();
  if (view.id !== id) return;
  view.message = message;
  if (isEmpty(view.tab)) view.tab = message.hasHtml ? "HTML" : message.text === null ? "Headers" : "Text";
  document.body.classList.add("open");
  document.title = `${message.subject || "(no subject)"} – Mailbox`;
  $("none").hidden = true;
  $("message").hidden = false;
  $("subject").textContent = message.subject || "(no subject)";
  showFacts();
  showActions();
  show(view.tab);
  // On a phone the list is gone, and with it what had the focus.
  if (document.activeElement === document.body || !document.activeElement.checkVisibility()) $("subject").focus();
  api(`/${id}/read`, "POST").catch(() => { });
}

export function close(text = "Select a message.") {
  Object.assign(view, { id: null, message: null });
  document.body.classList.remove("open");
  $("message").hidden = true;
  $("none").hidden = false;
  $("none").textContent = text;
  mark(null);
}

function showFacts() {
  const message = view.message;
  const facts = [
    ["From", message.from],
    ["Reply-To", folded(message.replyTo)],
    ["To", folded(message.to)],
    ["Cc", folded(message.cc)],
    ["Envelope", el("span", {}, `${message.envelopeFrom || "<>"} → `, folded(message.envelopeTo))],
    ["Received", `${new Date(message.receivedAt).toLocaleString()}, ${size(message.size)}`],
    ["Tags", message.tags.length === 0 ? "" : el("span", {}, ...message.tags.flatMap(tag =>
      [el("button", { type: "button", className: "tag", textContent: tag, "data-tag": tag }), " "]))],
  ];
  $("facts").replaceChildren(...facts.filter(([, value]) => value !== "").flatMap(([name, value]) =>
    [el("dt", { textContent: name }), el("dd", { dir: "auto" }, value)]));
}

function showActions() {
  const button = (action, text) => el("button", { type: "button", className: "quiet", textContent: text, "data-action": action });
  $("actions").replaceChildren(
    button("delete", "Delete"),
    ...view.message.canRelease ? [button("release", "Release…")] : [],
    el("a", { className: "quiet", href: `messages/${view.id}/source?download`, textContent: "Download" }));
}

export function show(name) {
  if (isEmpty(name)) return;
  view.tab = name;
  const { attachments, diagnostics, htmlFeatures, links } = view.message;
  const problems = links.filter(link => link.problems.length).length;
  const counts = { Attachments: attachments.length, Diagnostics: diagnostics.length, Support: htmlFeatures.length, Links: problems };
  const colors = { Diagnostics: diagnostics.some(d => d.severity === "Error") ? "Error" : "Warning", Links: "Warning" };
  const focused = $("tabs").contains(document.activeElement);
  $("tabs").replaceChildren(...tabs.map(([tab, label]) => el("button", {
    type: "button",
    id: `tab${tab}`,
    role: "tab",
    "aria-selected": String(tab === name),
    "aria-controls": "pane",
    tabIndex: tab === name ? 0 : -1,
    disabled: isEmpty(tab),
    onclick: () => show(tab),
  }, label, ...counts[tab] ? [" ", el("span", { className: `badge ${colors[tab] ?? ""}`, textContent: counts[tab] })] : [])));
  $("pane").setAttribute("aria-labelledby", `tab${name}`);
  showSelected();
  if (focused) $(`tab${name}`).focus({ preventScroll: true });
  $("pane").scrollTop = 0;
  panes[name](view, () => show(name));
}

// On a narrow screen: not scrollIntoView, which may scroll the page as well.
function showSelected() {
  const all = $("tabs"), selected = $(`tab${view.tab}`);
  if (selected) all.scrollLeft = selected.offsetLeft - (all.clientWidth - selected.offsetWidth) / 2;
}

window.addEventListener("resize", showSelected);

// The next tab that has something, to the right or to the left (WAI-ARIA, tabs pattern).
export function moveTab(by) {
  const filled = tabs.map(([tab]) => tab).filter(tab => !isEmpty(tab));
  show(filled[(filled.indexOf(view.tab) + by + filled.length) % filled.length]);
  $(`tab${view.tab}`).focus();
}

export function toggleWidth() {
  if (!view.message.hasHtml) return;
  view.phone = !view.phone;
  show("HTML");
}
