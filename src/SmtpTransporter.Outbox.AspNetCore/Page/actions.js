// What a user decides about one email, or about all that match: first how many these are, then why, then what has changed.
import { $, count, el, get, label, number, post, showItems } from "./page.js";
import { address, query, withValues } from "./address.js";

const twice = "Parked emails may have been delivered already, and would then arrive twice.";
const kinds = {
  resend: { verb: "Resend", done: "will be sent again" },
  discard: { verb: "Discard", done: "discarded" },
  cancel: { verb: "Cancel", done: "canceled" },
  restore: { verb: "Restore", done: "restored" },
};
// What each state allows for one email: action, label, warning.
const ofOne = {
  Waiting: [["cancel", "Cancel"], ["resend", "Send now"]],
  Unknown: [["resend", "Resend", "It may have been delivered already, and would then arrive twice."],
    ["discard", "Discard", "It may never have arrived."]],
  DeadLettered: [["resend", "Resend"], ["discard", "Discard"]],
  Canceled: [["resend", "Send"], ["restore", "Restore"]],
  Discarded: [["resend", "Resend", "It may have been delivered already."], ["restore", "Restore"]],
};
// And for all emails of a list.
const ofAll = {
  All: ["resend", "discard", "cancel", "restore"], Waiting: ["cancel", "resend"], Unknown: ["resend", "discard"],
  DeadLettered: ["resend", "discard"], Canceled: ["resend", "restore"], Discarded: ["resend", "restore"],
};
let onDone = () => {}, run = null, undo = null, opener = null;
export const whenDone = handler => { onDone = handler; };

const wasOrWere = n => n === 1 ? "was" : "were";
const told = (n, kind) => `${count(n, "email")} ${kind === "resend" ? kinds[kind].done : `${wasOrWere(n)} ${kinds[kind].done}`}.`;

export function showActions(line) {
  showItems($("actions"), (ofOne[line.state] ?? []).map(([kind, text, warning]) => ({ kind, text, warning, id: line.id })),
    ({ kind, text, warning, id }) => {
      const button = el("button", { type: "button", id: kind, className: "quiet", textContent: `${text}…` });
      button.addEventListener("click", () => open(`${text} this email?`, "", warning, text, async reason => {
        const answer = await post(`emails/${id}/${kind}`, { reason });
        tell(kind === "resend" ? "The email will be sent again." : `The email was ${kinds[kind].done}.`, answer.undo);
      }));
      return button;
    }, item => item.kind);
}

export function showBulk(state, hasAny) {
  const actions = hasAny ? ofAll[state] ?? [] : [], text = query().toString();
  showItems($("bulk"), [
    ...actions.map(kind => ({ kind, state })),
    ...hasAny ? ["json", "csv"].map(format => ({ format, text })) : [],
    ...address().has("recipient") ? [{ recipient: address().get("recipient") }] : [],
  ], ({ kind, format, recipient }) => kind ? bulkButton(kind) : format ? exportLink(format) : eraseButton(recipient),
  item => item.kind ?? item.format ?? "erase");
}

function bulkButton(kind) {
  const button = el("button", { type: "button", id: `${kind}All`, className: "quiet", textContent: `${kinds[kind].verb} all…` });
  button.addEventListener("click", () => openForAll(kind));
  return button;
}

function exportLink(format) {
  const href = `export${withValues(query(), { format })}`, text = format.toUpperCase();
  return el("a", { id: `${format}All`, className: "quiet", href, download: "", textContent: text, "aria-label": `Export all as ${text}` });
}

function eraseButton(recipient) {
  const button = el("button", { type: "button", id: "erase", className: "quiet", textContent: "Erase this person…" });
  button.addEventListener("click", () => openErasure(recipient));
  return button;
}

// All emails to an address, whatever the other filters are.
async function openErasure(recipient) {
  const path = `erase?${new URLSearchParams({ recipient })}`;
  const counting = open(`Erase what there is of ${recipient}?`, "Counting…",
    "Messages, addresses and histories are removed for good, also those for other recipients of the same emails.", "Erase",
    async reason => {
      const answer = await post(path, { reason, cancelWaiting: $("cancelWaiting").checked });
      tell(`${count(answer.erased, "email")} ${wasOrWere(answer.erased)} erased.${left(answer.remaining)}`);
    }, "eraseFields");
  $("confirm").disabled = true;
  try {
    const found = await get(path);
    if (run !== counting) return;
    const more = found.hasMore ? "More than " : "";
    $("decideText").textContent = `${more}${count(found.erased, "email")} to this address ${found.erased === 1 ? "has" : "have"} ended.`
      + left(found.remaining);
    $("confirm").disabled = false;
  } catch (error) {
    if (run === counting) $("decideText").textContent = error.message;
  }
}

const left = n => n ? ` ${count(n, "email")} ${n === 1 ? "waits, is being sent or is" : "wait, are being sent or are"} parked.` : "";

// The same query is counted, and then carried out.
async function openForAll(kind) {
  const path = `all/${kind}?${query()}`, { verb } = kinds[kind];
  const counting = open(`${verb} all that match?`, "Counting…", null, verb, async reason => {
    const answer = await post(path, { reason });
    tell(told(answer.changed, kind), answer.undo);
  });
  $("confirm").disabled = true;
  try {
    const found = await get(path);
    if (run !== counting) return;
    const states = found.states.map(label).join(", ").toLowerCase(), more = found.hasMore ? "More than " : "";
    $("decideText").textContent = `${more}${count(found.count, "email")} ${found.count === 1 ? "matches" : "match"} (${states}).`;
    $("confirm").textContent = `${verb} ${more.toLowerCase()}${number(found.count)}`;
    $("confirm").disabled = found.count === 0;
    $("decideWarning").hidden = !(kind === "resend" && found.states.includes("Unknown"));
    $("decideWarning").textContent = twice;
  } catch (error) {
    if (run === counting) $("decideText").textContent = error.message;
  }
}

// Asks for a reason, and for what else the action needs, before it is carried out.
export function open(title, text, warning, button, action, fields = null) {
  run = action;
  for (const name of ["pauseFields", "eraseFields"]) $(name).hidden = name !== fields;
  for (const input of [$("pauseLane"), $("pauseTransporter")]) input.value = "";
  $("cancelWaiting").checked = false;
  opener = document.activeElement;
  $("decideTitle").textContent = title;
  $("decideText").textContent = text;
  $("decideWarning").textContent = warning ?? "";
  $("decideWarning").hidden = !warning;
  $("decideProblem").textContent = "";
  $("reason").value = "";
  $("confirm").textContent = button;
  $("confirm").disabled = false;
  $("decide").showModal();
  $(fields === "pauseFields" ? "pauseLane" : "reason").focus();
  return action;
}

// Says what was done. It stays until the next one.
export function tell(text, path = null) {
  undo = path;
  $("doneText").textContent = text;
  $("undo").hidden = !path;
  $("dismiss").hidden = !text;
  $("done").classList.toggle("unseen", !text);
}

$("decideForm").addEventListener("submit", async e => {
  e.preventDefault();
  // A second press would do it a second time.
  if ($("confirm").disabled) return;
  $("confirm").disabled = true;
  $("decideProblem").textContent = "";
  const label = $("confirm").textContent, mine = run;
  $("confirm").textContent = "Working…";
  try {
    await mine($("reason").value.trim());
    if (run === mine) $("decide").close();
    await onDone();
  } catch (error) {
    // The dialog may be open for another decision by now.
    if (run !== mine) {
      tell(error.message);
      return;
    }
    $("decideProblem").textContent = error.message;
    $("confirm").disabled = false;
  } finally {
    if (run === mine && $("confirm").textContent === "Working…") $("confirm").textContent = label;
  }
});
$("close").addEventListener("click", () => $("decide").close());
$("decide").addEventListener("close", () => {
  // It may be open for the next decision already.
  if ($("decide").open) return;
  run = null;
  // The button may be gone, because the email is in another state now.
  (opener?.isConnected ? opener : !$("lanesView").hidden ? $("lanesTitle") : $("email").hidden ? $("list") : $("subject")).focus();
});
$("undo").addEventListener("click", async () => {
  const path = undo;
  if (!path) return;
  undo = null;
  try {
    const answer = await post(path, { reason: "undone" });
    tell(told(answer.changed, "restore"));
    $("dismiss").focus();
    await onDone();
  } catch (error) {
    tell(error.message, path);
  }
});
$("dismiss").addEventListener("click", () => {
  tell("");
  ($("email").hidden ? $("list") : $("subject")).focus();
});
