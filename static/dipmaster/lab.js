// The lab: what waits or runs is asked for again every second while the page is seen; two experiments are picked to be compared.
import { refresh } from "./live.js";

const REFRESH_MS = 1000;
const part = document.getElementById("experiment") ?? document.getElementById("experiments");

function follow() {
  if (!document.hidden && part?.querySelector("[data-follow]")) refresh(part);
}

function picked() {
  return [...document.querySelectorAll("[data-pick]:checked")];
}

/** At most two are picked: the first is a, the second b; the button works with two. */
function showPicks() {
  const chosen = picked();
  document.querySelectorAll("[data-pick]").forEach((box) => {
    box.disabled = chosen.length >= 2 && !box.checked;
    box.name = chosen.indexOf(box) === -1 ? "" : chosen.length === 2 && box === chosen[0] ? "b" : "a";
  });
  const button = document.getElementById("compare-button");
  if (button) button.disabled = chosen.length !== 2;
}

/** Of a new experiment only the symbols of the chosen market are seen and sent. */
function showSymbols() {
  const chosen = document.querySelector("[name=sources]:checked")?.value;
  document.querySelectorAll("fieldset[data-source]").forEach((group) => { group.hidden = group.disabled = group.dataset.source !== chosen; });
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-pick]")) showPicks();
  if (event.target.matches("[name=sources]")) showSymbols();
});
document.addEventListener("htmx:afterSwap", showPicks);
document.addEventListener("visibilitychange", follow);
setInterval(follow, REFRESH_MS);
showPicks();
showSymbols();
