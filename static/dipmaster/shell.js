// Clock, quotes, theme, menu: what every page has. Live updates and keys come with their own modules.
import "./live.js";
import "./keys.js";

const AGEING_MS = 1000;
const STALE_MS = 2000;
const QUOTES_MS = 500; // prices are shown with their true age: asked for more seldom they would look old between two answers

function startClock() {
  const time = document.querySelector("#utc-clock .time");
  const show = () => { time.textContent = new Date().toISOString().slice(11, 19); };
  show();
  setInterval(show, 250);
}

function bindTheme() {
  const buttons = [...document.querySelectorAll("[data-theme]")];
  const show = () => buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.theme === window.dipmasterTheme.choice())));
  buttons.forEach((button) => button.addEventListener("click", () => { window.dipmasterTheme.set(button.dataset.theme); show(); }));
  show();
}

function bindMenu() {
  const menu = document.getElementById("user-menu");
  document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) { menu.open = false; menu.querySelector("summary").focus(); event.stopPropagation(); }
  });
}

// Quotes: asked for twice a second while the page is seen; between answers their age goes on growing here.
let answer = null;

async function askQuotes() {
  try {
    const response = await fetch(document.body.dataset.quotesUrl, { headers: { Accept: "application/json" } });
    if (response.redirected) { window.location.reload(); return; }
    if (response.ok) answer = { ...(await response.json()), at: performance.now() };
  } catch (error) {
    console.warn("quotes", error); // their age shows it: amber, then grey
  }
}

function quoteParts(list, quote) {
  const id = `quote-${quote.symbol}`;
  let item = document.getElementById(id);
  if (!item) {
    item = document.createElement("div");
    item.id = id;
    item.innerHTML = '<dt></dt><dd><span class="mid"></span><span class="age"></span></dd>';
    item.querySelector("dt").textContent = quote.label;
    list.append(item);
  }
  return item;
}

function showQuotes() {
  if (!answer) return;
  const list = document.getElementById("quotes");
  for (const quote of answer.quotes) {
    const item = quoteParts(list, quote);
    const age = quote.age_ms === null ? null : quote.age_ms + performance.now() - answer.at;
    item.querySelector(".mid").textContent = quote.mid ?? "–";
    const shown = item.querySelector(".age");
    shown.textContent = age === null ? "–" : `${(age / 1000).toFixed(1)} s`;
    shown.classList.toggle("is-ageing", age !== null && age >= AGEING_MS && age < STALE_MS);
    item.classList.toggle("is-stale", age === null || age >= STALE_MS);
  }
  showTrading(answer.trading);
}

function showTrading(state) {
  const badge = document.getElementById("trading");
  if (!badge || !state || badge.classList.contains(`trading-${state.toLowerCase()}`)) return;
  badge.className = `trading trading-${state.toLowerCase()}`;
  badge.querySelector("b").textContent = state;
  if (state === "HALTED") document.getElementById("announcer").textContent = badge.textContent;
}

function startQuotes() {
  const turn = async () => {
    if (!document.hidden) await askQuotes();
    setTimeout(turn, QUOTES_MS);
  };
  turn();
  setInterval(showQuotes, 200);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) askQuotes(); });
}

// Ages that the server wrote (data-age in milliseconds, data-stamp for the answer they came with) go on growing.
const seen = new WeakMap();

function growAges() {
  for (const element of document.querySelectorAll("[data-age]")) {
    let since = seen.get(element);
    if (since?.stamp !== element.dataset.stamp) {
      since = { stamp: element.dataset.stamp, at: performance.now() };
      seen.set(element, since);
    }
    const age = Number(element.dataset.age) + performance.now() - since.at;
    element.textContent = `${(age / 1000).toFixed(1)} s`;
    element.classList.toggle("is-ageing", age >= AGEING_MS && age < STALE_MS);
    element.closest("tr")?.classList.toggle("is-stale", age >= STALE_MS);
  }
}

// What is left until a moment (data-until in seconds since 1970) counts down here.
function countDown() {
  for (const element of document.querySelectorAll("[data-until]")) {
    const left = Math.max(0, Math.floor(Number(element.dataset.until) - Date.now() / 1000));
    const [hours, minutes, seconds] = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60];
    const two = (value) => String(value).padStart(2, "0");
    element.textContent = hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
  }
}

setInterval(growAges, 200);
setInterval(countDown, 500);
startClock();
bindTheme();
bindMenu();
startQuotes();
