// Single-letter keys: off inside fields and dialogs, and when the user has switched them off.
const KEY = "dipmaster-single-keys";
const handlers = new Map();
const enabled = () => localStorage.getItem(KEY) !== "off";

/** Have a key do something on this page. */
export function onKey(key, handler) {
  handlers.set(key, handler);
}

function isTyping(target) {
  return target.closest("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]") !== null;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (!enabled() || isTyping(event.target) || document.querySelector("dialog[open]")) return;
  const handler = handlers.get(event.key.length === 1 ? event.key.toLowerCase() : event.key);
  if (handler && handler(event) !== false) event.preventDefault();
});

const box = document.getElementById("single-keys");
box.checked = enabled();
box.addEventListener("change", () => localStorage.setItem(KEY, box.checked ? "on" : "off"));
onKey("n", () => { window.location.assign(document.body.dataset.ticketUrl); });
