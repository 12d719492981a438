// The order page: charts, the book's beat, confirmation before a cancel, spoken fills.
import { clock, price } from "./palette.js";
import { drawPlan } from "./plan_chart.js";
import { drawPrices } from "./price_chart.js";
import { amendInDialog } from "./amend.js";
import { confirmForms } from "./confirm.js";

const SERIES_MS = 2000;
const BOOK_MS = 700;
const live = document.getElementById("order-live");
const priceBox = document.getElementById("price-chart");
const planBox = document.getElementById("plan-chart");
let series = null;
let charts = [];
let asking = false;

const isLive = () => ["pending", "working", "paused", "cancelling"].includes(live.querySelector("[data-state]").dataset.state);

async function askSeries() {
  if (!priceBox || asking) return;
  asking = true;
  try {
    const response = await fetch(priceBox.dataset.url, { headers: { Accept: "application/json" } });
    if (response.ok && !response.redirected) { series = await response.json(); draw(); }
  } catch (error) {
    console.warn("series", error); // the banner tells of a lost connection; the chart keeps what it has
  } finally {
    asking = false;
  }
}

// Both charts share the time axis and the width of the axis at the right.
function draw() {
  if (charts.length) { charts[0].update(series); charts[1].update(series, charts[0].axisWidth()); } else {
    const prices = drawPrices(priceBox, series);
    charts = [prices, drawPlan(planBox, series, prices.axisWidth())];
    prices.onHover((at) => charts[1].point(at));
    charts[1].onHover((at) => prices.point(at));
    requestAnimationFrame(() => requestAnimationFrame(() => charts[1]?.update(series, prices.axisWidth()))); // known once it is drawn
  }
  fillTable();
}

function redraw() {
  charts.forEach((chart) => chart.remove());
  charts = [];
  if (series) draw();
}

// The charts' figures as a table: about twenty moments of the order.
function fillTable() {
  const table = document.getElementById("chart-table");
  if (!table.open) return;
  const places = Number(priceBox.dataset.places);
  const until = Math.min(series.now, series.end);
  const body = table.querySelector("tbody");
  body.replaceChildren();
  for (let index = 0; index <= 20; index += 1) {
    const at = series.start + ((until - series.start) * index) / 20;
    const mid = series.mids[Math.min(Math.floor((at - series.start) / series.step), series.mids.length - 1)];
    const planned = charts[1].plannedAt(at);
    const row = document.createElement("tr");
    const cells = [clock(at, true), mid == null ? null : price(mid, places), planned?.toFixed(1), charts[1].filledAt(at).toFixed(1)];
    cells.forEach((text, column) => {
      const cell = document.createElement(column ? "td" : "th");
      if (column) cell.className = "num"; else cell.scope = "row";
      cell.textContent = text ?? "–";
      row.append(cell);
    });
    body.append(row);
  }
}

// Fills are spoken politely and together: at most every five seconds.
let told = live.querySelector("[data-filled]").dataset.filled;
function tellFills() {
  const now = live.querySelector("[data-filled]").dataset.filled;
  if (now === told) return;
  told = now;
  document.getElementById("announcer").textContent = document.getElementById("plan-summary")?.textContent ?? "";
}

function followSections() {
  const links = [...document.querySelectorAll(".phone-tabs a")];
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) links.forEach((link) => link.classList.toggle("is-here", link.hash === `#${entry.target.id}`));
  }, { rootMargin: "-110px 0px -60% 0px" });
  links.forEach((link) => { const section = document.querySelector(link.hash); if (section) watcher.observe(section); else link.hidden = true; });
}

confirmForms();
amendInDialog();
followSections();
if (priceBox) {
  askSeries();
  setInterval(() => { if (!document.hidden && isLive()) askSeries(); }, SERIES_MS);
  setInterval(() => { if (!document.hidden) htmx.trigger("#book", "refresh"); }, BOOK_MS);
  setInterval(tellFills, 5000);
  document.addEventListener("orders:changed", (event) => { if (event.detail.order === live.dataset.live) askSeries(); });
  document.addEventListener("orders:refetch", askSeries);
  document.addEventListener("themechange", redraw);
  document.getElementById("chart-table").addEventListener("toggle", () => { if (series) fillTable(); });
}
