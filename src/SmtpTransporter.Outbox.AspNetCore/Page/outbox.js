// The page of the outbox: which view is shown, the numbers in its header, and the connection to the server.
import { $, Away, SignedOut, getIfChanged, number, post, since } from "./page.js";
import { opened, view, whenChanged } from "./address.js";
import { tell, whenDone } from "./actions.js";
import * as list from "./list.js";
import * as email from "./email.js";
import * as lanes from "./lanes.js";
import * as chart from "./chart.js";

const interval = 2000, slowInterval = 10000;
let status = null, tag = null, shownView = null, timer = 0, polling = null, again = false, isAway = false, hasActed = false, ticks = 0;

// Shows what the address says.
async function route() {
  const now = view();
  for (const name of ["emails", "lanes", "chart"]) {
    $(`${name}View`).hidden = name !== now;
    const link = $(`view${name[0].toUpperCase()}${name.slice(1)}`);
    if (name === now) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const isOther = shownView !== null && shownView !== now;
  shownView = now;
  await guarded(() => showView());
  if (isOther && now !== "emails") $(`${now}Title`).focus();
}

function showView() {
  if (shownView === "lanes") return lanes.refresh();
  if (shownView === "chart") return chart.refresh();
  return Promise.all([list.show(), email.show()]);
}

function refreshView(isForced) {
  return shownView === "emails" ? Promise.all([isForced ? list.load() : list.refresh(), email.refresh()]) : showView();
}

// Runs what asks the server, and tells if it cannot be asked.
async function guarded(ask) {
  try {
    await ask();
    return true;
  } catch (error) {
    showAway(error);
    return false;
  }
}

function showAway(error) {
  const isSignedOut = error instanceof SignedOut, isGone = error instanceof Away || isSignedOut;
  const text = isSignedOut ? `${error.message} What you see is not updated.`
    : isGone ? `${error.message} The page shows what it had, and goes on as soon as the server is back.`
    : error.message;
  if (isGone) {
    isAway = true;
    tag = null;
  }
  // A text that stays the same is read out once.
  if ($("awayText").textContent !== text || $("away").hidden) $("awayText").textContent = text;
  $("signIn").hidden = !isSignedOut;
  $("away").hidden = false;
  document.body.classList.toggle("stale", isGone);
}

function showBack() {
  isAway = false;
  $("away").hidden = true;
  $("awayText").textContent = "";
  document.body.classList.remove("stale");
}

function showStatus() {
  const { isPaused, due, oldestDueAt, states, intervalSeconds } = status;
  const text = due ? `${number(due)} due, the oldest for ${since(oldestDueAt)}` : "Nothing is due";
  $("due").textContent = `${isPaused ? "Paused. " : ""}${text}${intervalSeconds ? `, counted every ${intervalSeconds} s` : ""}`;
  $("pause").textContent = isPaused ? "Resume" : "Pause…";
  $("pause").hidden = false;
  const undecided = states.Unknown + states.DeadLettered;
  document.title = undecided ? `(${number(undecided)}) Outbox` : "Outbox";
  lanes.showPaused(isPaused);
}

// One small request: what is shown is read again only if something has changed. Nothing at all while nobody sees it.
async function ask() {
  const answer = await getIfChanged("status", tag), wasAway = isAway;
  if (answer) [tag, status] = [answer.tag, answer.value];
  if (status) showStatus();
  if (answer) list.showCounts(status);
  ticks++;
  const isForced = hasActed || wasAway;
  hasActed = false;
  if (answer && shownView !== "emails") list.outdated();
  if (answer || isForced) await refreshView(isForced);
  else if (shownView === "emails") await list.tick();
  else if (ticks % 5 === 0) await showView();
  if (wasAway || !$("away").hidden) showBack();
}

function poll() {
  clearTimeout(timer);
  if (polling) {
    again = true;
    return polling;
  }
  polling = (async () => {
    do {
      again = false;
      if (!document.hidden) await guarded(ask);
    } while (again);
  })().finally(() => {
    polling = null;
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(poll, $("signIn").hidden ? interval : slowInterval);
  });
  return polling;
}

// After an action: the numbers and what is shown, whether they are the same or not.
async function afterAction() {
  hasActed = true;
  await poll();
}

whenChanged(route);
whenDone(afterAction);
lanes.connect(guarded, afterAction);
$("pause").addEventListener("click", () => {
  if (!status.isPaused) {
    lanes.pause("Pause the sending of everything?", "Sending", () => ({}));
    return;
  }
  guarded(async () => {
    await post("resume");
    tell("Sending goes on.");
    await afterAction();
  });
});
$("signIn").addEventListener("click", () => location.reload());
$("skip").addEventListener("click", e => {
  e.preventDefault();
  $("main").focus();
});
document.addEventListener("keydown", e => {
  const isTyping = e.target.matches("input") && e.target.value;
  if (e.key !== "Escape" || isTyping || document.querySelector("dialog[open]") || !opened()) return;
  e.preventDefault();
  email.close();
});
document.addEventListener("visibilitychange", () => {
  clearTimeout(timer);
  if (!document.hidden) poll();
});

route();
poll();
