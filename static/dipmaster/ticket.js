// The ticket: side keys, the answers beside it, review before sending.
import { onKey } from "./keys.js";

const form = document.getElementById("ticket");
const preview = document.getElementById("preview");
const dialog = document.getElementById("dialog");
const REFRESH_MS = 800;

function choose(side) {
  const radio = form.querySelector(`[name="side"][value="${side}"]`);
  radio.checked = true;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
}

function showUnits() {
  const option = form.elements.symbol.selectedOptions[0];
  if (!option) return;
  document.getElementById("sizing-base").textContent = option.dataset.base;
  document.getElementById("sizing-quote").textContent = option.dataset.quote;
}

// The words beside a field and the field's own mark go together.
function markInvalid() {
  for (const slot of form.querySelectorAll(".field-error[id]")) {
    const field = form.querySelector(`[aria-describedby~="${slot.id}"]`);
    if (!field) continue;
    if (slot.hidden) field.removeAttribute("aria-invalid"); else field.setAttribute("aria-invalid", "true");
  }
}

async function review() {
  form.elements.asked.value = "1"; // from now on an empty field is a mistake too; the next refresh must not take its words away
  await htmx.ajax("POST", form.dataset.reviewUrl, { source: form, target: "#dialog", swap: "innerHTML" });
}

form.addEventListener("submit", (event) => {
  if (event.submitter?.name === "reviewed") {
    dialog.querySelectorAll("button").forEach((button) => setTimeout(() => { button.disabled = true; }));
    return;
  }
  event.preventDefault();
  review();
});

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.elt === dialog || event.detail.target === dialog) {
    if (dialog.querySelector("#send")) { if (!dialog.open) dialog.showModal(); dialog.querySelector("#send").focus(); } else form.querySelector("[aria-invalid='true']")?.focus();
  }
});
document.addEventListener("htmx:oobAfterSwap", markInvalid);
form.elements.symbol.addEventListener("change", showUnits);
dialog.addEventListener("click", (event) => { if (event.target.closest("[data-close]")) dialog.close(); });
onKey("b", () => choose("buy"));
onKey("s", () => choose("sell"));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !dialog.open && !event.defaultPrevented && !document.getElementById("user-menu").open) {
    if (form.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")) document.activeElement.blur();
    else window.location.assign(form.dataset.leaveUrl);
  }
});
setInterval(() => { if (!document.hidden && !dialog.open) htmx.trigger(preview, "refresh"); }, REFRESH_MS);
showUnits();
