// The lanes: what waits in each, since when, and how fast it may go.
import { $, el, get, number, post, showItems, since, span, time } from "./page.js";
import { open, tell } from "./actions.js";

let paused = false;
export const showPaused = isPaused => { paused = isPaused; };

// A column more is a line more.
const columns = [
  ["Lane", lane => el("a", { id: `lane ${lane.transporter}/${lane.lane}`, href: `?${new URLSearchParams({ state: "Waiting", transporter: lane.transporter, lane: lane.lane })}` },
    el("bdi", { textContent: lane.lane || "without a name" }))],
  ["Transporter", lane => el("bdi", { textContent: lane.transporter || "without a key" })],
  ["Waiting", lane => `${lane.hasMore ? "more than " : ""}${number(lane.waiting)}`],
  ["Sending", lane => number(lane.sending)],
  ["Oldest due", lane => isDue(lane) ? `for ${since(lane.firstDueAt)}` : lane.firstDueAt ? time(lane.firstDueAt, "due ") : "–"],
  ["Rate", lane => limitsOf(lane).join(", ") || "no limit"],
  ["Health", lane => {
    const [name, text] = healthOf(lane);
    return el("span", { className: `state ${name}`, textContent: text });
  }],
  ["Pause", lane => {
    const name = lane.lane || "without a name", action = lane.isPaused ? "Resume" : "Pause";
    const id = `pause ${lane.transporter}/${lane.lane}`, textContent = lane.isPaused ? action : `${action}…`;
    const button = el("button", { type: "button", className: "quiet", id, textContent });
    button.setAttribute("aria-label", `${action} lane ${name}`);
    button.addEventListener("click", () => switchLane(lane));
    return button;
  }],
];

// How the page asks the server, and what it does after an action.
let guarded, done;
export const connect = (guard, afterAction) => { [guarded, done] = [guard, afterAction]; };

const run = (path, values, text) => guarded(async () => {
  await post(`${path}?${new URLSearchParams(values)}`);
  tell(text);
  await done();
  // The button of a pause that has ended is gone.
  if (document.activeElement === document.body) $("lanesTitle").focus();
});

const held = "No transmission begins until somebody resumes it. Emails that wait for too long expire meanwhile.";

// What a pause holds back: null names all lanes, or all transporters. The dialog asks the server, and the page again.
export function pause(title, what, chosen, fields = null) {
  open(title, held, null, "Pause", async reason => {
    const values = Object.entries(chosen()).filter(([, value]) => value !== null);
    await post(`pause?${new URLSearchParams(values)}`, { reason });
    tell(`${what} is paused: no transmission begins until you resume it.`);
  }, fields);
}

function switchLane({ isPaused, transporter, lane }) {
  if (isPaused) run("resume", { transporter, lane }, "The lane goes on.");
  else pause(`Pause the lane ${lane || "without a name"}?`, "The lane", () => ({ transporter, lane }));
}

$("pauseOther").addEventListener("click", () => pause("Pause a lane or a transporter?", "What you named", () => {
  const lane = $("pauseLane").value.trim() || null, transporter = $("pauseTransporter").value.trim() || null;
  if (lane === null && transporter === null) throw new Error("Name a lane or a transporter.");
  return { transporter, lane };
}, "pauseFields"));

// A pause that is not of one lane of the table, or of one without emails, ends here.
function pauseItem({ transporter, lane, text, pausedAt }) {
  const button = el("button", { type: "button", className: "quiet", textContent: "Resume", "aria-label": `Resume ${text}` });
  const values = Object.entries({ transporter, lane }).filter(([, value]) => value !== null && value !== undefined);
  button.addEventListener("click", () => run("resume", values, `The pause has ended: ${text}.`));
  return el("li", {}, el("span", { className: "state Unknown" }, "Paused: ", el("bdi", { textContent: text })), " ",
    time(pausedAt, "since "), " ", button);
}

const isDue = lane => lane.firstDueAt && new Date(lane.firstDueAt) <= new Date();

function limitsOf(lane) {
  const seconds = lane.intervalSeconds, limits = [];
  if (seconds) limits.push(seconds <= 1 ? `${number(Math.round(10 / seconds) / 10)} a second` : `one in ${span(seconds)}`);
  if (lane.hasRateLimiter) limits.push("a limiter of the application");
  if (lane.maxConcurrency) limits.push(`${number(lane.maxConcurrency)} at once`);
  return limits;
}

function healthOf(lane) {
  if (lane.pause) return ["Unknown", `Paused: ${lane.pause}`];
  if (paused) return ["Unknown", "Paused"];
  const late = isDue(lane) && (Date.now() - new Date(lane.firstDueAt)) / 1000;
  if (late > lane.lateAfter) return ["DeadLettered", `Late by ${span(late)}`];
  return lane.sending ? ["", "Sending"] : isDue(lane) ? ["", "Due"] : ["", "Waits for its time"];
}

export async function refresh() {
  const view = await get("lanes");
  $("lanesTable").hidden = view.lanes.length === 0;
  showItems($("pauses"), view.pauses, pauseItem, p => JSON.stringify([p.transporter, p.lane]));
  $("lanesText").textContent = view.lanes.length === 0
    ? "No email waits, and none is being sent."
    : `The lanes in which emails wait or are being sent${view.hasMore ? `: the first ${number(view.lanes.length)} by name` : ""}.`;
  showItems($("laneHeads"), columns.map(c => c[0]), name => el("th", { scope: "col", textContent: name }));
  // With the minute, because ages are shown.
  const minute = Math.floor(Date.now() / 60000);
  showItems($("lanes"), view.lanes.map(lane => ({ ...lane, lateAfter: view.lateAfterSeconds, paused, minute })), lane => el("tr", {},
    ...columns.map(([, cell], i) => el(i ? "td" : "th", i ? {} : { scope: "row" }, cell(lane)))),
  lane => JSON.stringify([lane.transporter, lane.lane]));
}
