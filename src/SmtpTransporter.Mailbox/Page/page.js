// What the parts of the page share. All content of a message is set as text.

export const $ = id => document.getElementById(id);

export function el(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in element) element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

export const size = n => n < 1024 ? `${n} B` : n < 1048576 ? `${(n / 1024).toFixed(1)} KB` : `${(n / 1048576).toFixed(1)} MB`;
export const count = (n, noun) => `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;

// The header proves to the server that the page has sent the request, and no other site.
export const api = (path, method = "GET", body = undefined) => fetch(`messages${path}`, {
  method,
  body: body && JSON.stringify(body),
  headers: method === "GET" ? {} : { "X-Mailbox": "1" },
});

export function time(text) {
  const at = new Date(text), today = at.toDateString() === new Date().toDateString();
  return el("time", {
    dateTime: text,
    title: at.toLocaleString(),
    textContent: today ? at.toLocaleTimeString([], { timeStyle: "short" }) : at.toLocaleDateString([], { dateStyle: "medium" }),
  });
}

export const outside = (address, text = address) =>
  el("a", { href: address, textContent: text, target: "_blank", rel: "noopener noreferrer nofollow" });

// The text with its web addresses as links.
export function linked(text) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(/https?:\/\/[^\s<>"]+/gi)) {
    const address = match[0].replace(/[.,;:!?)'\]]+$/, "");
    if (!URL.canParse(address)) continue;
    nodes.push(text.slice(end, match.index), outside(address));
    end = match.index + address.length;
  }
  nodes.push(text.slice(end));
  return nodes;
}

// The first addresses, and the others folded behind them.
export function folded(addresses) {
  const most = 3, length = 70;
  let shown = Math.min(most, addresses.length);
  while (shown > 1 && addresses.slice(0, shown).join(", ").length > length) shown--;
  if (addresses.length <= most && shown === addresses.length) return addresses.join(", ");
  return el("details", {},
    el("summary", { textContent: `${addresses.slice(0, shown).join(", ")} and ${count(addresses.length - shown, "other")}` }),
    el("ul", { className: "addresses" }, ...addresses.slice(shown).map(address => el("li", { textContent: address, dir: "auto" }))));
}
