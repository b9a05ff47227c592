// The opened email: what it is, what can be done with it, and all that has happened to it.
import { $, count, el, get, label, number, showItems, size, stateText, time } from "./page.js";
import { emailAddress, go, listQuery, opened, withValues } from "./address.js";
import { link, subjectOf } from "./list.js";
import { showActions } from "./actions.js";

let shown = null, last = null;

// Shows the email of the address. The focus goes to it, and back to its row.
export async function show() {
  const id = opened();
  if (id === shown) return id ? refresh() : undefined;
  const before = shown;
  shown = id;
  if (id) {
    await refresh();
    if (shown === id && !$("email").hidden) $("subject").focus();
    return;
  }
  hide();
  (link(before) ?? $("list")).focus();
}

export const close = () => go(withValues(listQuery(), {}));

export async function refresh() {
  const id = shown;
  if (!id) return;
  const view = /^[0-9a-f-]{32,36}$/i.test(id) ? await get(`emails/${id}`) : null;
  if (id !== shown) return;
  if (view) {
    showView(view);
    return;
  }
  // It was removed after its retention period, or the address is wrong.
  if (opened() === id) await go(withValues(listQuery(), {}), true);
}

function hide() {
  last = null;
  document.body.classList.remove("open");
  $("email").hidden = true;
  $("none").hidden = false;
}

function showView(view) {
  $("back").href = withValues(listQuery(), {});
  const text = JSON.stringify(view);
  if (last === text && !$("email").hidden) return;
  last = text;
  document.body.classList.add("open");
  $("none").hidden = true;
  $("email").hidden = false;
  $("subject").textContent = subjectOf(view.line);
  showFacts(view);
  showWindow(view);
  showActions(view.line);
  showRecipients(view);
  showItems($("attempts"), view.history, attempt);
  $("noAttempts").hidden = view.history.length > 0;
}

function showFacts(view) {
  const line = view.line, isWaiting = line.state === "Waiting";
  const facts = [
    ["State", line.state === "Unknown" ? "Parked: the delivery status is unknown" : label(line.state)],
    ["From", line.isErased || !line.isReadable ? null : view.sender || "<>"],
    ["Due", isWaiting && line.dueAt && (view.isOverdue ? ["now, since ", time(line.dueAt)] : [time(line.dueAt)])],
    ["Waits for", view.waitsFor && [
      el("a", { href: emailAddress(view.waitsFor), textContent: "the email before it in its lane" }), " (ordered)"]],
    ["Stored", [time(line.createdAt), `, ${size(view.size)}${view.hasMessage ? "" : ", the message is removed"}`]],
    ["Message", view.mayRead && [
      el("a", { id: "message", href: `emails/${line.id}/message`, download: "", textContent: "Download (.eml)" })]],
    ["Ended", line.endedAt && [time(line.endedAt)]],
    ["Attempts", line.attempts && number(line.attempts)],
    ["Message-ID", view.messageId],
    ["Idempotency key", view.key],
    ["Lane", line.lane && [line.lane, view.isOrdered ? " (ordered)" : ""]],
    ["Transporter", view.transporter],
    ["Priority", line.priority === "Normal" ? null : line.priority],
    ["Worker", view.worker],
    ["Id", line.id],
  ];
  $("facts").replaceChildren(...facts.filter(f => f[1]).flatMap(([name, value]) =>
    [el("dt", { textContent: name }), el("dd", {}, ...Array.isArray(value) ? value : [value])]));
}

function showWindow(view) {
  const isHidden = view.line.state !== "Unknown" || !view.transmittingSince;
  $("window").hidden = isHidden;
  if (isHidden) return;
  const end = view.history.findLast(a => !a.reports.length);
  $("window").replaceChildren("It may have been delivered between ", time(view.transmittingSince), " and ", end ? time(end.at) : "now",
    ". Search the log of the mail server for its Message-ID, then resend or discard it.");
}

function showRecipients(view) {
  showItems($("recipients"), view.recipients, recipient);
  const more = view.line.recipients - view.recipients.length;
  if (more > 0) $("recipients").append(el("li", { textContent: `and ${number(more)} more` }));
}

const reply = (status, text) => [status || "", text].filter(part => part).join(" ");

function recipient(r) {
  const item = el("li", {}, el("span", { className: "name", dir: "auto", textContent: r.address }));
  if (r.state !== "NotTried") item.append(" ", stateText(r.state));
  if (r.status || r.text) item.append(el("span", { className: "words", dir: "auto", textContent: reply(r.status, r.text) }));
  if (r.explanation) item.append(...explained(r.explanation));
  if (r.report) item.append(...reported(r.report));
  return item;
}

// What came back about a recipient: who says it, and what it means.
function reported(r) {
  const server = r.remoteServer ? `${r.remoteServer}: ` : "", words = reply(r.status, r.text) || r.enhancedStatus;
  const parts = [el("span", { className: "words" }, "Came back: ", stateText(r.kind),
    r.category === "NotFailure" ? "" : ` (${label(r.category)})`, ", ", time(r.at))];
  if (words) parts.push(el("span", { className: "words", dir: "auto", textContent: server + words }));
  return r.explanation ? [...parts, ...explained(r.explanation)] : parts;
}

const explained = explanation => [
  el("span", { className: "meaning", textContent: explanation.meaning }),
  el("span", { className: "remedy", textContent: `What to do: ${explanation.remedy}` }),
];

// An attempt, a decision or what came back: what each layer and each recipient's server said, what it means, and what to do.
function attempt(a) {
  const top = el("p", { className: "top" }, time(a.at));
  if (a.outcome) top.append(" ", stateText(a.outcome), ` in ${number(Math.round(a.milliseconds))} ms`);
  else top.append(" ", el("span", { className: "state", textContent: a.reports.length ? "Report" : "Decision" }));
  if (a.by) top.append(" by ", el("bdi", { textContent: a.by }));
  top.append(el("span", { className: "soft", textContent: ` ${a.worker}` }));
  const item = el("li", {}, top, el("span", { className: "words", dir: "auto", textContent: reply(a.status, a.text) }));
  if (a.reason) item.append(el("span", { className: "words", dir: "auto", textContent: `Reason: ${a.reason}` }));
  const main = a.explanation ?? a.errors.find(e => e.explanation)?.explanation;
  if (main) item.append(...explained(main));
  if (a.errors.length) {
    item.append(el("ul", { className: "errors", "aria-label": "Errors" }, ...a.errors.map(e => el("li", {},
      el("code", { textContent: `${e.code} ${e.layer}` }), " ", el("span", { dir: "auto", textContent: e.text })))));
  }
  if (a.recipients.length > 1 || a.recipients.some(r => r.text && r.text !== a.text)) {
    item.append(el("details", {}, el("summary", { textContent: `Replies for ${count(a.recipients.length, "recipient")}` }),
      el("ul", { className: "entries" }, ...a.recipients.map(recipient))));
  }
  if (a.reports.length > 1) {
    item.append(el("details", {}, el("summary", { textContent: `Came back for ${count(a.reports.length, "recipient")}` }),
      el("ul", { className: "entries" }, ...a.reports.map(r => el("li", {},
        el("span", { className: "name", dir: "auto", textContent: r.address }), ...reported(r))))));
  }
  return item;
}
