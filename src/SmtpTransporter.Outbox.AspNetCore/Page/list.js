// The list of emails: states, filters and pages.
import { $, count, el, get, number, showItems, stateText, time } from "./page.js";
import {
  address, emailAddress, filterNames, go, hasFilters, isFirstPage, listQuery, opened, pageAddress, query, withValues,
} from "./address.js";
import { showBulk } from "./actions.js";

const states = ["All", "Waiting", "Sending", "Unknown", "DeadLettered", "Sent", "Canceled", "Discarded"];
const tabs = { Unknown: "Parked", DeadLettered: "Dead letters" };
const names = {
  recipient: "Recipient", subject: "Subject", messageId: "Message-ID", key: "Key", lane: "Lane", transporter: "Transporter", error: "Code",
  decidedBy: "Decided by", after: "Stored from", before: "Stored before", endedAfter: "Ended from", endedBefore: "Ended before",
};
const isTime = name => ["after", "before", "endedAfter", "endedBefore"].includes(name);
const share = 200;
let shown = null, emails = [], loadedAt = 0, cost = 0, isDue = false, controller = null, counts = null;

const state = () => address().get("state") ?? "All";

export function showCounts(status) {
  counts = status.states;
  showStates();
}

export function showStates() {
  const all = counts && Object.values(counts).reduce((sum, n) => sum + n, 0), current = state();
  showItems($("states"), states.map(s => ({ s, n: s === "All" ? all : counts?.[s], isCurrent: s === current })), ({ s, n, isCurrent }) => {
    const link = el("a", { id: `state${s}`, href: withValues(query(), { state: s === "All" ? null : s }) }, tabs[s] ?? s);
    if (isCurrent) link.setAttribute("aria-current", "page");
    if (n) link.append(" ", el("span", { className: `badge ${s}`, textContent: number(n) }));
    return el("li", { "data-state": s }, link);
  }, item => item.s);
  for (const item of $("states").children)
    item.firstChild.href = withValues(query(), { state: item.dataset.state === "All" ? null : item.dataset.state });
}

// The form and the list of filters say what the address does.
export function showFilters() {
  const values = address();
  for (const name of filterNames) {
    const input = $("filters").elements[name], value = values.get(name) ?? "";
    input.value = value && isTime(name) ? localTime(value) : value;
  }
  if (filterNames.some(name => name !== "recipient" && values.has(name))) $("moreFilters").open = true;
  const used = filterNames.filter(name => values.has(name));
  const hadFocus = $("chips").contains(document.activeElement);
  $("chips").hidden = used.length === 0;
  $("chips").replaceChildren(...used.map(name => {
    const value = values.get(name), at = isTime(name) && new Date(value);
    const shownAs = at ? at.toLocaleString([], { dateStyle: "medium", timeStyle: "short" }) : value;
    const text = `${names[name]}: ${shownAs || "without a name"}`, href = withValues(query(), { [name]: null });
    return el("li", {}, el("a", { className: "chip", href, "aria-label": `Remove the filter ${text}` },
      el("bdi", { textContent: text }), " ×"));
  }));
  if (hadFocus) ($("chips").querySelector("a") ?? $("filters").elements.recipient).focus();
}

const localTime = text => {
  const at = new Date(text);
  return isNaN(at) ? "" : new Date(at - at.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
};

function search() {
  const changes = {}, now = address();
  for (const name of filterNames) {
    const value = $("filters").elements[name].value.trim();
    // An empty one that is in the address means those without a name.
    if (!value && now.get(name) !== "") changes[name] = null;
    // The field has minutes, and the address may have seconds.
    else if (value && isTime(name) && now.has(name) && value === localTime(now.get(name))) changes[name] = now.get(name);
    else if (value && isTime(name)) changes[name] = new Date(value).toISOString();
    else if (value) changes[name] = value;
  }
  return go(withValues(query(), changes));
}

// Shows what the address asks for; at once if that is something else than before.
export async function show() {
  showStates();
  showFilters();
  const text = listQuery().toString();
  if (shown !== text) {
    shown = text;
    await load();
  } else {
    showRows();
    await tick();
  }
}

// Something has changed while another view was shown.
export const outdated = () => { isDue = true; };

// Something has changed: the rows are read again, but not so often that it takes more than a two-hundredth of the time.
export async function refresh() {
  isDue = true;
  await tick();
}

// An email whose time has come will change, although the numbers may not.
export async function tick() {
  const now = Date.now();
  const hasPassed = emails.some(m => m.state === "Waiting" && m.dueAt && new Date(m.dueAt) > loadedAt && new Date(m.dueAt) < now - 1000);
  if ((isDue || hasPassed) && now - loadedAt >= cost * share) await load();
}

export async function load() {
  controller?.abort();
  const mine = controller = new AbortController(), text = listQuery().toString();
  isDue = false;
  const isNone = !hasFilters() && isFirstPage() && counts && counts[state()] === 0;
  const slow = setTimeout(() => { $("searching").hidden = false; }, 300);
  try {
    const page = isNone ? { emails: [], hasNewer: false, hasOlder: false, cost: 0 } : await get(`emails?${text}`, mine.signal);
    if (mine !== controller) return;
    const isTop = address().has("newerThan") && !page.hasNewer;
    // The newest page shows what comes in.
    if (isTop) {
      await go(withValues(query(), { email: opened() }), true);
      return;
    }
    const isOther = $("list").dataset.query !== text;
    [emails, loadedAt, cost] = [page.emails, Date.now(), page.cost];
    showRows();
    showPages(page);
    $("list").dataset.query = text;
    if (isOther) $("list").scrollTop = 0;
  } catch (error) {
    if (error.name === "AbortError") return;
    isDue = true;
    throw error;
  } finally {
    clearTimeout(slow);
    if (mine === controller) $("searching").hidden = true;
  }
}

function showRows() {
  $("empty").hidden = emails.length > 0;
  $("empty").textContent = hasFilters() ? "No email matches." : "There are no emails in this list.";
  showBulk(state(), emails.length > 0);
  const current = opened();
  showItems($("emails"), emails.map(line => ({ line, href: emailAddress(line.id), isCurrent: line.id === current })), row, i => i.line.id);
}

export const link = id => $(`m${id}`);
export const subjectOf = line =>
  !line.isReadable ? "(cannot be decrypted)" : line.isErased ? "(erased)" : line.subject || "(no subject)";

function row({ line, href, isCurrent }) {
  const more = line.recipients > line.to.length ? ` and ${number(line.recipients - line.to.length)} more` : "";
  const facts = [
    ...line.priority === "Normal" ? [] : [`${line.priority.toLowerCase()} priority`],
    ...line.attempts ? [count(line.attempts, "attempt")] : [],
    ...line.lane ? [`lane ${line.lane}`] : [],
  ];
  const link = el("a", { id: `m${line.id}`, href },
    el("span", { className: "top" }, el("span", { className: "to", dir: "auto", textContent: line.to.join(", ") + more }), timeOf(line)),
    el("span", { className: "subject", dir: "auto", textContent: subjectOf(line) }),
    el("span", { className: "preview" }, stateText(line.state), facts.map(f => ` · ${f}`).join("")));
  if (isCurrent) link.setAttribute("aria-current", "true");
  return el("li", {}, link);
}

function timeOf(line) {
  if (line.endedAt) return time(line.endedAt);
  const isLater = line.state === "Waiting" && line.dueAt && new Date(line.dueAt) > new Date();
  return isLater ? time(line.dueAt, "due ") : time(line.createdAt);
}

function showPages({ hasNewer, hasOlder }) {
  const first = emails[0]?.id, last = emails[emails.length - 1]?.id;
  const links = [
    ...hasNewer ? [["newest", "« Newest", {}]] : [],
    ...hasNewer && first ? [["newer", "‹ Newer", { newerThan: first }]] : [],
    ...hasOlder && last ? [["older", "Older ›", { olderThan: last }]] : [],
    ...hasOlder ? [["oldest", "Oldest »", { end: "oldest" }]] : [],
  ];
  $("pages").hidden = links.length === 0;
  showItems($("pages"), links.map(([id, text, place]) => ({ id, text, href: pageAddress(place) })),
    ({ id, text, href }) => el("a", { id, className: "quiet", href, textContent: text }), item => item.id);
}

$("filters").addEventListener("submit", e => {
  e.preventDefault();
  search();
});
