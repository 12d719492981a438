// Live updates: the desk's socket tells which orders changed; the parts of the page that show them are fetched again.
//
// An element with data-live="<order id>" or data-live="*" (any order) and hx-trigger="refresh" is fetched when a version newer than the one
// it shows is told, and after every reconnect. At most one fetch a second per element, never two at once.
const BEAT_TIMEOUT_MS = 25_000;
const FETCH_GAP_MS = 1000;
const banner = document.getElementById("connection");
const known = new Map();
const waiting = new WeakMap();
let socket = null;
let attempts = 0;
let lastHeard = Date.now();
let lostAt = null;
let retryAt = null;

/** Fetch one live part again, or a little later when it was fetched just now. */
export function refresh(element) {
  const turn = waiting.get(element) ?? { last: 0, timer: null };
  waiting.set(element, turn);
  if (turn.timer) return;
  const delay = Math.max(0, turn.last + FETCH_GAP_MS - performance.now());
  turn.timer = setTimeout(() => {
    turn.timer = null;
    turn.last = performance.now();
    if (element.isConnected) htmx.trigger(element, "refresh");
  }, delay);
}

function refreshAll() {
  document.querySelectorAll("[data-live]").forEach(refresh);
  document.dispatchEvent(new CustomEvent("orders:refetch"));
}

function take(versions) {
  for (const [order, version] of Object.entries(versions)) {
    if (known.get(order) >= version) continue;
    known.set(order, version);
    document.querySelectorAll(`[data-live="${order}"], [data-live="*"]`).forEach((element) => {
      if (!(shownVersion(element, order) >= version)) refresh(element);
    });
    document.dispatchEvent(new CustomEvent("orders:changed", { detail: { order, version } }));
  }
}

function shownVersion(element, order) {
  const shown = element.dataset.live === "*" ? element.querySelector(`[data-order="${order}"]`) : element.querySelector("[data-version]") ?? element;
  return Number(shown?.dataset.version);
}

function connect() {
  retryAt = null;
  const scheme = window.location.protocol === "https:" ? "wss:" : "ws:";
  socket = new WebSocket(`${scheme}//${window.location.host}${document.body.dataset.liveUrl}`);
  socket.addEventListener("open", () => {
    lastHeard = Date.now();
    const isReturn = lostAt !== null;
    attempts = 0;
    lostAt = null;
    document.documentElement.dataset.live = "on";
    if (isReturn) refreshAll();
  });
  socket.addEventListener("message", (event) => {
    lastHeard = Date.now();
    const message = JSON.parse(event.data);
    if (message.versions) take(message.versions);
  });
  socket.addEventListener("close", () => {
    document.documentElement.dataset.live = "off";
    lostAt ??= Date.now();
    attempts += 1;
    const wait = Math.min(1000 * 2 ** (attempts - 1), 15_000);
    retryAt = Date.now() + wait;
    setTimeout(connect, wait);
  });
}

function showConnection() {
  if (lostAt === null && Date.now() - lastHeard > BEAT_TIMEOUT_MS && socket.readyState === WebSocket.OPEN) socket.close();
  const isLost = lostAt !== null && Date.now() - lostAt > 1500; // a page that is left closes its socket too
  banner.hidden = !isLost;
  document.body.classList.toggle("is-offline", isLost);
  if (!isLost) return;
  banner.querySelector(".banner-title").textContent = `${banner.dataset.lost} ${new Date(lostAt).toISOString().slice(11, 19)}.`;
  banner.querySelector(".banner-text").textContent = banner.dataset.aged.replace("%s", Math.round((Date.now() - lastHeard) / 1000));
  const seconds = retryAt === null ? 0 : Math.ceil((retryAt - Date.now()) / 1000);
  banner.querySelector(".banner-side").textContent = seconds > 0 ? banner.dataset.retry.replace("%s", seconds) : banner.dataset.retrying;
}

// Morphing keeps focus, scroll and what is open; a changed figure fades once; what a script draws is left alone.
Idiomorph.defaults.ignoreActiveValue = true;
Idiomorph.defaults.callbacks.beforeNodeMorphed = (old, fresh) => {
  if (!(old instanceof Element)) return true;
  if (old.hasAttribute("data-keep")) return false;
  if (old.hasAttribute("data-figure") && old.textContent.trim() !== fresh.textContent.trim()) fade(old);
  return true;
};

function fade(element) {
  if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  if (performance.now() - (element.fadedAt ?? -1000) < 1000) return;
  element.fadedAt = performance.now();
  const colour = getComputedStyle(document.documentElement).getPropertyValue("--hover");
  element.animate([{ backgroundColor: colour }, { backgroundColor: "transparent" }], { duration: 400 });
}

// A live part is fetched from the page's own address, filters and tab included; the version keeps any cache honest.
document.addEventListener("htmx:configRequest", (event) => {
  const { elt, parameters, triggeringEvent } = event.detail;
  if (!elt.dataset.live || triggeringEvent?.type !== "refresh") return;
  event.detail.path = window.location.pathname + window.location.search;
  const version = elt.dataset.live === "*" ? Math.max(0, ...known.values()) : known.get(elt.dataset.live);
  if (version) parameters.version = version;
});

if (document.body.dataset.liveUrl) {
  connect();
  setInterval(showConnection, 250);
}
