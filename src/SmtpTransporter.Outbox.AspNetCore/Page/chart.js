// The last hour and day as bars: what was sent goes up, what failed goes down. The same as a table for those who do not see it.
import { $, clock, el, get, number, showItems, time } from "./page.js";

const charts = [
  { name: "hour", title: "The last hour", unit: "a minute", head: "Minute from" },
  { name: "day", title: "The last 24 hours", unit: "an hour", head: "Hour from" },
];
const height = 100, gap = .15;

function svg(name, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function drawing(bars, text) {
  const up = Math.max(1, ...bars.map(b => b.sent)), down = Math.max(0, ...bars.map(b => b.failed));
  const scale = height / (up + down), base = up * scale;
  const rects = bars.flatMap((b, i) => [[b.sent, "sent", base - b.sent * scale], [b.failed, "failed", base]]
    .filter(([n]) => n > 0)
    // What is there is seen, however little it is.
    .map(([n, name, y]) => {
      const tall = Math.max(n * scale, 1);
      return svg("rect", { class: name, x: i + gap / 2, width: 1 - gap, y: name === "sent" ? base - tall : y, height: tall });
    }));
  return svg("svg", { viewBox: `0 -1 ${bars.length} ${height + 3}`, preserveAspectRatio: "none", role: "img", "aria-label": text },
    ...rects, svg("rect", { class: "axis", x: 0, y: base, width: bars.length, height: .6 }));
}

function figure({ title, unit, bars }) {
  const sent = bars.reduce((sum, b) => sum + b.sent, 0), failed = bars.reduce((sum, b) => sum + b.failed, 0);
  const most = Math.max(...bars.map(b => b.sent));
  const text = `${title}: ${number(sent)} sent, ${number(failed)} failed. At most ${number(most)} sent in ${unit}.`;
  return [
    el("h3", { textContent: title }),
    el("p", { className: "legend" },
      el("span", { className: "key sent" }), `${number(sent)} sent (up), at most ${number(most)} in ${unit} `,
      el("span", { className: "key failed" }), `${number(failed)} failed (down)`),
    drawing(bars, text),
    el("p", { className: "scale" }, ...[0, bars.length / 2, bars.length - 1].map(i => clock(bars[i].at))),
  ];
}

function row(bar) {
  return el("tr", {}, el("th", { scope: "row" }, time(bar.at)), el("td", { textContent: number(bar.sent) }),
    el("td", { textContent: number(bar.failed) }));
}

// The table stays unfolded while its numbers change.
function create({ name, title, head: first }) {
  const summary = el("summary", { textContent: `${title} as a table` });
  const head = el("tr", {}, ...[first, "Sent", "Failed"].map(text => el("th", { scope: "col", textContent: text })));
  return el("div", { className: "chart" }, el("div", { id: `${name}Chart` }),
    el("details", {}, summary, el("div", { className: "table" },
      el("table", {}, el("thead", {}, head), el("tbody", { id: `${name}Rows` })))));
}

export async function refresh() {
  const view = await get("throughput");
  $("partial").hidden = view.isComplete;
  if (!$("charts").firstChild) $("charts").append(...charts.map(create));
  for (const chart of charts) {
    const bars = view[chart.name];
    showItems($(`${chart.name}Chart`), [{ ...chart, bars }], item => el("figure", {}, ...figure(item)));
    showItems($(`${chart.name}Rows`), bars.filter(b => b.sent || b.failed).reverse(), row, b => b.at);
  }
}
