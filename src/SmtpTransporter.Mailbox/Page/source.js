// The source of a message: the names of its header fields, and what the encoded ones mean.
import { el, size } from "./page.js";

const limit = 500000;

const decode = (charset, bytes) => new TextDecoder(charset.split("*")[0]).decode(Uint8Array.from(bytes));
const bytesOf = text => [...text].map(c => c.charCodeAt(0));
const unescape = (text, sign) => bytesOf(
  text.replace(new RegExp(`${sign}([0-9a-f]{2})`, "gi"), (_, hex) => String.fromCharCode(parseInt(hex, 16))));

// Encoded words (RFC 2047): two of them with only space between are one text.
function decodeWords(value) {
  return value.replace(/(\?=)\s+(?==\?)/g, "$1").replace(/(?:=\?[^?\s]+\?[bq]\?[^?\s]*\?=)+/gi, run => {
    let charset = null, bytes = [], text = "";
    for (const [, name, encoding, content] of run.matchAll(/=\?([^?\s]+)\?([bq])\?([^?\s]*)\?=/gi)) {
      if (charset !== null && charset !== name.toLowerCase()) {
        text += decode(charset, bytes);
        bytes = [];
      }
      charset = name.toLowerCase();
      bytes.push(...encoding.toLowerCase() === "b" ? bytesOf(atob(content)) : unescape(content.replaceAll("_", " "), "="));
    }
    return text + decode(charset, bytes);
  });
}

// Parameters with a charset, in one piece or several (RFC 2231).
function decodeParameters(value) {
  const parts = new Map();
  for (const [, name, star, quoted, plain] of value.matchAll(/;\s*([\w-]+)((?:\*\d+)?\*?)=(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))/g)) {
    if (star) parts.set(name, [...parts.get(name) ?? [], { coded: star.endsWith("*"), text: quoted ?? plain }]);
  }
  return [...parts].map(([name, pieces]) => {
    const charset = /^([^']*)'[^']*'/.exec(pieces[0].text);
    if (charset) pieces[0].text = pieces[0].text.slice(charset[0].length);
    const bytes = pieces.flatMap(piece => piece.coded ? unescape(piece.text, "%") : bytesOf(piece.text));
    return `${name}=${decode(charset?.[1] || "utf-8", bytes)}`;
  }).join("; ");
}

// What a field means; empty if it is not encoded, or not as it should be.
export function meaning(value) {
  const text = value.replace(/\r?\n(?=[ \t])/g, "").trim();
  try {
    return [
      ...(/=\?[^?\s]+\?[bq]\?/i.test(text) ? [decodeWords(text)] : []),
      ...(/;\s*[\w-]+\*(?:\d+\*?)?=/.test(text) ? [decodeParameters(text)] : []),
    ].join("; ");
  } catch {
    return "";
  }
}

export function highlight(text) {
  const nodes = [], boundaries = new Set();
  let inHeader = true, field = [], body = [];

  function flush() {
    if (body.length) nodes.push(body.join("\n") + "\n");
    body = [];
    if (field.length === 0) return;
    const whole = field.join("\n"), colon = whole.indexOf(":"), value = whole.slice(colon + 1), meant = meaning(value);
    const boundary = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(value);
    if (boundary) boundaries.add(boundary[1] ?? boundary[2]);
    nodes.push(el("span", { className: "name", textContent: whole.slice(0, colon + 1) }), value + "\n");
    if (meant) nodes.push(el("span", { className: "meaning", textContent: `= ${meant}`, dir: "auto" }), "\n");
    field = [];
  }

  for (const line of text.slice(0, limit).split(/\r?\n/)) {
    if (inHeader && /^[!-9;-~]+:/.test(line)) {
      flush();
      field = [line];
    } else if (inHeader && field.length && /^[ \t]/.test(line)) {
      field.push(line);
    } else if (line.startsWith("--") && boundaries.has(line.trimEnd().slice(2))) {
      flush();
      nodes.push(el("span", { className: "boundary", textContent: line }), "\n");
      inHeader = true;
    } else {
      if (inHeader) flush();
      inHeader = false;
      body.push(line);
    }
  }
  flush();
  if (text.length > limit)
    nodes.push(el("span", { className: "meaning", textContent: `The first ${size(limit)} are shown. Download the message to see all.` }));
  return nodes;
}
