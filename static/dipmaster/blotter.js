// The blotter: expanded rows, rows that hold still under the pointer, keys.
import { onKey } from "./keys.js";
import { refresh } from "./live.js";

const blotter = document.getElementById("blotter");
const open = new Set();

const rows = () => [...blotter.querySelectorAll("tr.entry")];
const isHeld = () => blotter.querySelector("tbody:hover, tbody :focus-visible") !== null;

function fetchNow() {
  htmx.trigger(blotter, "refresh");
}

function toggle(order, wanted = !open.has(order)) {
  if (wanted) open.add(order); else open.delete(order);
  fetchNow();
}

// A refresh keeps what is expanded; rows that are pointed at stay where they are, later ones come when the pointer has left.
blotter.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.triggeringEvent?.type !== "refresh") return;
  if (open.size) event.detail.parameters.open = [...open].join(",");
  if (isHeld()) {
    event.detail.parameters.held = rows().map((row) => row.dataset.order).join(",");
    blotter.dataset.held = "yes";
  }
});

blotter.addEventListener("pointerleave", () => {
  if (blotter.dataset.held && !isHeld()) { delete blotter.dataset.held; refresh(blotter); }
});

blotter.addEventListener("click", (event) => {
  const expander = event.target.closest(".expander");
  if (expander) toggle(expander.closest("tr").dataset.order);
});

function move(step) {
  const all = rows();
  const current = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[Math.min(Math.max(current + step, 0), all.length - 1)];
  next?.querySelector(".row-link").focus();
}

function currentOrder() {
  return document.activeElement.closest("tr.entry")?.dataset.order;
}

onKey("j", () => move(1));
onKey("k", () => move(-1));
onKey("/", () => document.getElementById("find").focus());
onKey("ArrowRight", () => (currentOrder() ? toggle(currentOrder(), true) : false));
onKey("ArrowLeft", () => (currentOrder() ? toggle(currentOrder(), false) : false));
blotter.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.id === "find") event.target.blur();
});
// Times left and schedule ticks move although no order changes.
setInterval(() => { if (!document.hidden && blotter.querySelector(".state-working")) refresh(blotter); }, 10_000);
