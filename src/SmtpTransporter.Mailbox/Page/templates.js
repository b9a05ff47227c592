// The page of the templates. What a template writes is shown in the sandboxed frame only; everything else is set as text.
"use strict";

const $ = id => document.getElementById(id);
let selected = 0, version = null, mode = "html";

async function load() {
  const names = await (await fetch("list")).json();
  $("names").replaceChildren(...names.map((name, number) => {
    const item = document.createElement("li"), link = document.createElement("a");
    link.href = `#${number}`;
    link.textContent = name;
    item.append(link);
    return item;
  }));
  open();
}

function open() {
  selected = Number(location.hash.slice(1)) || 0;
  version = null;
  [...document.querySelectorAll("nav a")].forEach((link, number) =>
    number === selected ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current"));
  refresh();
}

// Renders the template again, and shows it if something has changed.
async function refresh() {
  const number = selected;
  let view;
  try {
    const response = await fetch(`${number}`);
    if (!response.ok) return;
    view = await response.json();
  } catch {
    return; // The application restarts.
  }
  if (number !== selected || view.version === version) return;
  version = view.version;
  document.title = `${view.name} – Templates`;
  $("error").hidden = view.error === null;
  $("error").textContent = view.error ?? "";
  // What was shown before an error stays.
  if (view.error !== null) return;
  $("subject").textContent = view.subject ?? "(no subject)";
  $("plain").textContent = view.text ?? "";
  $("findings").replaceChildren(...view.diagnostics.map(d =>
    Object.assign(document.createElement("li"), { textContent: `${d.severity}: ${d.message}` })));
  $("frame").src = `${number}/html?${version}`;
}

function show(next) {
  mode = next;
  for (const id of ["html", "phone", "text"]) $(id).setAttribute("aria-pressed", String(id === mode));
  $("frame").hidden = mode === "text";
  $("plain").hidden = mode !== "text";
  $("frame").classList.toggle("phone", mode === "phone");
}

for (const id of ["html", "phone", "text"]) $(id).addEventListener("click", () => show(id));
window.addEventListener("hashchange", open);
setInterval(() => { if (!document.hidden) refresh(); }, 1000);
load();
