// What each tab of a message shows.
import { $, api, count, el, linked, outside, size } from "./page.js";
import { highlight } from "./source.js";

const put = (...children) => $("pane").replaceChildren(...children);
const good = text => put(el("p", { className: "good", textContent: text }));
const pressed = (text, value, onclick) =>
  el("button", { type: "button", className: "quiet", textContent: text, "aria-pressed": String(value), onclick });

export const panes = {
  HTML(view, again) {
    const frame = el("iframe", {
      title: "The message as HTML",
      // Without allow-scripts and allow-same-origin the message cannot run scripts, and cannot access this page.
      sandbox: "allow-popups allow-popups-to-escape-sandbox",
      referrerPolicy: "no-referrer",
      src: `messages/${view.id}/html${view.remote ? "?remote" : ""}`,
    });
    const width = value => () => { view.phone = value; again(); };
    const tools = el("div", { className: "tools" },
      el("span", { className: "widths", role: "group", "aria-label": "Width" },
        pressed("Desktop", !view.phone, width(false)), pressed("Phone", view.phone, width(true))));
    if (view.message.remoteImages) {
      const images = count(view.message.remoteImages, "remote image");
      if (view.remote) tools.append(`${images} loaded`);
      else tools.append(`${images} not loaded`, el("button", {
        type: "button", className: "quiet", textContent: "Load remote images", onclick: () => { view.remote = true; again(); },
      }));
    }
    put(el("div", { className: view.phone ? "stage phone" : "stage" }, tools, el("div", { className: "screen" }, frame)));
  },
  Text(view) {
    put(el("pre", { dir: "auto" }, ...linked(view.message.text ?? "")));
  },
  Headers(view) {
    put(el("dl", { className: "rows" }, ...view.message.headers.map(header =>
      el("div", {}, el("dt", { textContent: header.name }), el("dd", { textContent: header.value, dir: "auto" })))));
  },
  async Source(view) {
    const id = view.id, pre = el("pre", { textContent: "…" });
    put(pre);
    const response = await api(`/${id}/source`);
    if (response.ok) pre.replaceChildren(...highlight(await response.text()));
  },
  Attachments(view) {
    const files = view.message.attachments;
    if (files.length === 0) good("No attachments.");
    else put(el("ul", { className: "files" }, ...files.map(file => el("li", {},
      el("a", { href: `messages/${view.id}/attachments/${file.number}`, textContent: file.name, dir: "auto" }),
      el("span", { textContent: `${file.type} · ${size(file.size)} · ${file.cid ? `cid:${file.cid}` : file.disposition}` })))));
  },
  Diagnostics(view) {
    const found = view.message.diagnostics;
    if (found.length === 0) good("No problems found.");
    else put(el("ul", { className: "findings" }, ...found.map(d => el("li", { className: d.severity },
      el("b", { textContent: d.severity }),
      el("div", {},
        el("div", { textContent: d.message }),
        el("code", { textContent: `${d.code}${d.property ? ` · ${d.property}` : ""}` }))))));
  },
  Support(view) {
    const found = view.message.htmlFeatures;
    if (found.length === 0) good("Outlook for Windows, Gmail and Apple Mail show everything that is known of this HTML.");
    else put(
      el("p", { className: "good", textContent: "These parts of the HTML are left out by some email programs." }),
      el("ul", { className: "findings" }, ...found.map(f => el("li", {},
        el("b", {}, el("code", { textContent: `${f.kind === "element" ? `<${f.name}>` : f.name}` })),
        el("div", {},
          el("div", { textContent: `Not in ${f.clients.join(", ")} · ${f.kind}, ${count(f.count, "time")}` }),
          el("div", { className: "soft" }, outside(f.source, `Source of ${f.name}`), `, tested ${f.tested}`))))));
  },
  Links(view, again) {
    const links = view.message.links;
    if (links.length === 0) {
      good("No links and no images.");
      return;
    }
    const answers = new Map((view.answers ?? []).map(a => [a.address, a]));
    const request = el("button", { type: "button", className: "quiet", textContent: "Request the addresses", onclick: async () => {
      const id = view.id;
      request.disabled = true;
      request.textContent = "Requesting…";
      let answers = view.answers;
      try {
        const response = await api(`/${id}/links`, "POST");
        if (response.ok) answers = await response.json();
      } catch {
        // The page tells that the server is away.
      }
      // Another message may be open by now.
      if (view.id !== id || !view.message) return;
      view.answers = answers;
      again();
    } });
    const tools = view.message.canRequestLinks ? [el("div", { className: "tools" }, request)] : [];
    put(...tools, el("ul", { className: "findings" }, ...links.map(link => {
      const answer = answers.get(link.address), isWeb = /^https?:/i.test(link.address) && URL.canParse(link.address);
      return el("li", {},
        el("b", { className: "kind", textContent: link.kind }),
        el("div", {},
          el("div", { className: "address" }, isWeb ? outside(link.address) : link.address || "(no address)"),
          ...link.text ? [el("div", { className: "soft", textContent: link.text, dir: "auto" })] : [],
          ...link.problems.map(problem => el("div", { className: "problem", textContent: problem })),
          ...answer ? [el("div", { className: answer.isGood ? "answer" : "problem", textContent: `Answer: ${answer.text}` })] : []));
    })));
  },
};
