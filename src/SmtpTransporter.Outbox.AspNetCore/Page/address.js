// The address says what the page shows: the view, the filters, the page of the list, and the opened email.

export const filterNames =
  ["recipient", "subject", "messageId", "key", "lane", "transporter", "error", "decidedBy", "after", "before", "endedAfter", "endedBefore"];
const placeNames = ["olderThan", "newerThan", "end"];

export const address = () => new URLSearchParams(location.search);
export const view = () => address().get("view") ?? "emails";
export const opened = () => view() === "emails" ? address().get("email") : null;

function only(names) {
  const found = new URLSearchParams(), all = address();
  for (const name of names)
    if (all.has(name)) found.set(name, all.get(name));
  return found;
}

// What a search, an export and an action for all take.
export const query = () => only(["state", ...filterNames]);
// What the list takes.
export const listQuery = () => only(["state", ...filterNames, ...placeNames]);
export const hasFilters = () => filterNames.some(name => address().has(name));
export const isFirstPage = () => !placeNames.some(name => address().has(name));

// The address with some values changed; null takes one away.
export function withValues(base, changes) {
  const values = new URLSearchParams(base);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined) values.delete(name);
    else values.set(name, value);
  }
  return `?${values}`;
}

export const emailAddress = id => withValues(listQuery(), { email: id });
export const pageAddress = place => withValues(query(), place);

let onChange = () => {};
export const whenChanged = handler => { onChange = handler; };

export function go(target, isReplaced = false) {
  history[isReplaced ? "replaceState" : "pushState"](null, "", target === "?" ? location.pathname : target);
  return onChange();
}

// A link within the page loads no new one. Its copy can be opened, sent and kept as any other.
document.addEventListener("click", e => {
  const link = e.target.closest('a[href^="?"]:not([download])');
  if (!link || e.button || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
  e.preventDefault();
  go(link.getAttribute("href"));
});
window.addEventListener("popstate", () => onChange());
