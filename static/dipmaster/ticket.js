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

const select = form.elements.algorithm;
const modeRadio = () => form.querySelector('[name="mode"]:checked');
const tell = (field) => { field.dispatchEvent(new Event("input", { bubbles: true })); field.dispatchEvent(new Event("change", { bubbles: true })); };

// The parameters of the algorithm in force are shown; those of others are off, so that they are not sent. What was typed for a name stays.
function showPanel() {
  const mode = modeRadio();
  const name = select.value || mode?.dataset.algorithm;
  const before = form.querySelector(".panel:not([hidden])");
  const after = form.querySelector(`.panel[data-panel="${name}"]`);
  if (mode) document.getElementById("algorithm-of-mode").textContent = `${mode.dataset.title} (${document.getElementById("algorithm-of-mode").dataset.words})`;
  document.getElementById("overridden").hidden = !select.value || select.value === mode?.dataset.algorithm;
  if (!after || before === after) return;
  for (const field of before?.querySelectorAll("[name]") ?? []) {
    const other = after.querySelector(`[name="${field.name}"]`);
    if (other && (other.tagName !== "SELECT" || [...other.options].some((option) => option.value === field.value))) other.value = field.value;
  }
  if (before) { before.hidden = true; before.disabled = true; }
  after.hidden = false;
  after.disabled = false;
  after.querySelectorAll(".slider").forEach(showSlider);
}

// A slider that was not moved stands where the mode puts it, and is not sent.
function showSlider(slider) {
  const hidden = slider.previousElementSibling;
  const value = hidden.value || slider.dataset.default;
  slider.value = value;
  slider.style.setProperty("--at", `${((slider.value - slider.min) / (slider.max - slider.min)) * 100}%`);
  slider.closest(".field").querySelector(".slider-value").textContent = Number(value).toFixed(2);
}

// What the form leaves open shows what was decided for it.
function showDecided() {
  const box = document.getElementById("decided");
  if (!box?.dataset.decided) return;
  const { algorithm, values } = JSON.parse(box.dataset.decided);
  const panel = form.querySelector(`.panel[data-panel="${algorithm}"]`);
  for (const field of panel?.querySelectorAll("[data-parameter]") ?? []) {
    const value = values?.[field.dataset.parameter];
    if (field.matches(".slider")) { if (value) field.dataset.default = value; showSlider(field); } else if (field.matches("select")) { if (value) field.querySelector("[data-preset]").textContent = value; } else field.placeholder = value || field.dataset.default;
  }
}

function chooseAlgorithm(name) {
  select.value = name === modeRadio()?.dataset.algorithm ? "" : name;
  tell(select);
}

// A remedy is typed for the user into the field it is for.
function remedy(button) {
  const name = button.dataset.parameterRemedy ? `p_${button.dataset.remedy}` : button.dataset.remedy;
  const field = form.querySelector(`.panel:not([hidden]) [name="${name}"]`) ?? form.elements[name];
  if (!field) return;
  if (name === "quantity") form.querySelector('[name="sizing"][value="base"]').checked = true;
  field.value = button.dataset.value;
  tell(field);
  field.focus();
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
  if (event.detail.target === preview) showDecided();
  if (event.detail.elt === dialog || event.detail.target === dialog) {
    if (dialog.querySelector("#send")) { if (!dialog.open) dialog.showModal(); dialog.querySelector("#send").focus(); } else form.querySelector("[aria-invalid='true']")?.focus();
  }
});
document.addEventListener("htmx:oobAfterSwap", markInvalid);
form.elements.symbol.addEventListener("change", showUnits);
form.addEventListener("change", (event) => { if (event.target === select || event.target.name === "mode") showPanel(); }, true);
form.addEventListener("input", (event) => {
  if (!event.target.matches(".slider")) return;
  event.target.previousElementSibling.value = event.target.value;
  showSlider(event.target);
}, true);
document.getElementById("as-mode").addEventListener("click", () => { select.value = ""; tell(select); select.focus(); });
preview.addEventListener("click", (event) => {
  const button = event.target.closest("[data-remedy]");
  if (button) { remedy(button); return; }
  const row = event.target.closest(".cost-row");
  if (row) chooseAlgorithm(row.querySelector("[data-choose]").dataset.choose);
});
dialog.addEventListener("click", (event) => { if (event.target.closest("[data-close]")) dialog.close(); });
onKey("b", () => choose("buy"));
onKey("s", () => choose("sell"));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !dialog.open && !event.defaultPrevented && !document.getElementById("user-menu").open) {
    if (form.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")) document.activeElement.blur();
    else window.location.assign(form.dataset.leaveUrl);
  }
});
// A slow answer is waited for: a refresh would only take its place.
setInterval(() => { if (!document.hidden && !dialog.open && !preview.matches(".htmx-request")) htmx.trigger(preview, "refresh"); }, REFRESH_MS);
showUnits();
showPanel();
form.querySelectorAll(".panel:not([hidden]) .slider").forEach(showSlider);
