// Price and fills on lightweight-charts: mid as a line, fills as rings (maker) and triangles (taker), own average, market VWAP and arrival.
import { clock, price, token } from "./palette.js";

const { createChart, LineSeries, LineStyle } = window.LightweightCharts;
const AXIS_WIDTH = 80;
const LABEL_GAP = 14;

// What the library has no series for is painted over the pane: fills, level lines with their labels, the time to come.
class Overlay {
  constructor(box) { this.box = box; this.data = null; }

  attached({ chart, series, requestUpdate }) { this.chart = chart; this.series = series; this.requestUpdate = requestUpdate; }

  updateAllViews() {}

  paneViews() {
    return [{ zOrder: () => "top", renderer: () => ({ draw: (target) => target.useMediaCoordinateSpace(({ context, mediaSize }) => this.paint(context, mediaSize)) }) }];
  }

  // The library places whole steps only; moments between two steps lie on the line through them.
  x(at) {
    const scale = this.chart.timeScale();
    const first = scale.logicalToCoordinate(0);
    const second = scale.logicalToCoordinate(1);
    return first === null ? null : first + ((second - first) * (at - Math.floor(this.data.start))) / this.data.step;
  }

  paint(context, { width, height }) {
    if (!this.data) return;
    const now = this.x(Math.min(this.data.now, this.data.end));
    if (now !== null && now < width) { context.fillStyle = token("future"); context.fillRect(now, 0, width - now, height); }
    this.paintLevels(context, width);
    this.paintFills(context);
  }

  levels() {
    const { average, vwap, arrival, limit } = this.data;
    const words = this.box.dataset;
    return [
      { value: average, word: words.average, colour: token("accent"), dash: [] },
      { value: vwap, word: words.vwap, colour: token("vwap"), dash: [2, 3] },
      { value: arrival, word: words.arrival, colour: token("text-2"), dash: [6, 4] },
      { value: limit, word: words.limit, colour: token("warning"), dash: [1, 3] },
    ].filter((level) => level.value !== null);
  }

  paintLevels(context, width) {
    const shown = this.levels().map((level) => ({ ...level, y: this.series.priceToCoordinate(level.value) })).filter((level) => level.y !== null);
    context.lineWidth = 1.25;
    for (const level of shown) {
      context.strokeStyle = level.colour;
      context.setLineDash(level.dash);
      context.beginPath();
      context.moveTo(0, level.y);
      context.lineTo(width, level.y);
      context.stroke();
    }
    context.setLineDash([]);
    this.paintLabels(context, width, shown.sort((one, other) => one.y - other.y));
  }

  // Labels stand above their lines and move apart where lines are close.
  paintLabels(context, width, levels) {
    context.font = `500 11px ${token("font")}`;
    context.textAlign = "right";
    context.textBaseline = "alphabetic";
    let last = -Infinity;
    for (const level of levels) {
      const y = Math.max(level.y - 4, last + LABEL_GAP, 11);
      last = y;
      const text = width < 420 ? level.word : `${level.word} ${price(level.value, Number(this.box.dataset.places))}`;
      context.lineWidth = 3;
      context.strokeStyle = token("surface");
      context.strokeText(text, width - 6, y);
      context.fillStyle = level.colour;
      context.fillText(text, width - 6, y);
    }
  }

  paintFills(context) {
    const colour = token(this.data.side);
    const largest = Math.max(...this.data.fills.map((fill) => fill.quantity), 0);
    for (const fill of this.data.fills) {
      const x = this.x(fill.at);
      const y = this.series.priceToCoordinate(fill.price);
      if (x === null || y === null) continue;
      const radius = 2.5 + 4.5 * Math.sqrt(fill.quantity / largest);
      context.beginPath();
      if (fill.maker) context.arc(x, y, radius, 0, 2 * Math.PI); else this.triangle(context, x, y, radius * 1.15);
      context.lineWidth = 1.75;
      context.strokeStyle = fill.maker ? colour : token("surface");
      context.fillStyle = colour;
      if (!fill.maker) { context.lineWidth = 1; context.fill(); }
      context.stroke();
    }
  }

  triangle(context, x, y, radius) {
    const turn = this.data.side === "buy" ? -1 : 1;
    context.moveTo(x, y + turn * radius);
    context.lineTo(x + radius, y - turn * radius * 0.8);
    context.lineTo(x - radius, y - turn * radius * 0.8);
    context.closePath();
  }
}

function points(data) {
  const start = Math.floor(data.start);
  const count = Math.max(Math.ceil((data.end - start) / data.step), data.mids.length, 2);
  return Array.from({ length: count + 1 }, (_, index) => {
    const value = data.mids[index];
    const time = start + index * data.step;
    return value === null || value === undefined ? { time } : { time, value };
  });
}

/** Draw the price chart; `data` is what the order's series address answers. */
export function drawPrices(box, data) {
  const places = Number(box.dataset.places);
  const overlay = new Overlay(box);
  const chart = createChart(box, {
    autoSize: true,
    layout: { background: { color: "transparent" }, textColor: token("text-3"), fontFamily: token("font"), fontSize: 11, attributionLogo: true },
    grid: { vertLines: { visible: false }, horzLines: { color: token("line") } },
    rightPriceScale: { borderVisible: false, minimumWidth: AXIS_WIDTH, scaleMargins: { top: 0.1, bottom: 0.08 } },
    timeScale: { visible: false, minBarSpacing: 0.001, lockVisibleTimeRangeOnResize: true, shiftVisibleRangeOnNewBar: false },
    crosshair: { mode: 0, vertLine: { color: token("text-3"), labelVisible: false }, horzLine: { color: token("text-3"), labelBackgroundColor: token("raised") } },
    localization: { timeFormatter: (at) => clock(at, true) },
    handleScroll: false,
    handleScale: false,
  });
  const line = chart.addSeries(LineSeries, {
    color: token("text-2"),
    lineWidth: 1.5,
    lineStyle: LineStyle.Solid,
    priceLineVisible: false,
    crosshairMarkerRadius: 3,
    priceFormat: { type: "custom", minMove: 10 ** -places, formatter: (value) => price(value, places) },
    autoscaleInfoProvider: (original) => withLevels(original(), overlay),
  });
  line.attachPrimitive(overlay);
  const update = (fresh) => {
    overlay.data = fresh;
    const shown = points(fresh);
    line.setData(shown);
    chart.timeScale().setVisibleLogicalRange({ from: 0, to: shown.length - 1 });
    overlay.requestUpdate();
    showEmpty(box, fresh);
  };
  const refit = new ResizeObserver(() => chart.timeScale().setVisibleLogicalRange({ from: 0, to: points(overlay.data).length - 1 }));
  update(data);
  refit.observe(box);
  return {
    update,
    axisWidth: () => Math.max(chart.priceScale("right").width(), AXIS_WIDTH),
    onHover: (tell) => chart.subscribeCrosshairMove((event) => { if (event.sourceEvent || !event.point) tell(event.point ? event.time : null); }),
    point: (at) => {
      const value = at === null ? null : overlay.data.mids[Math.round((at - Math.floor(overlay.data.start)) / overlay.data.step)];
      if (value === null || value === undefined) chart.clearCrosshairPosition();
      else chart.setCrosshairPosition(value, Math.floor(overlay.data.start) + Math.round((at - Math.floor(overlay.data.start)) / overlay.data.step) * overlay.data.step, line);
    },
    remove: () => { refit.disconnect(); chart.remove(); },
  };
}

// The level lines and fills are inside the axis; a limit price far away is not, it would flatten the rest.
function withLevels(info, overlay) {
  if (!overlay.data) return info;
  const { average, vwap, arrival, limit, fills } = overlay.data;
  const values = [average, vwap, arrival, ...fills.map((fill) => fill.price)].filter((value) => value !== null);
  if (info) values.push(info.priceRange.minValue, info.priceRange.maxValue);
  if (!values.length) return info;
  let [low, high] = [Math.min(...values), Math.max(...values)];
  if (limit !== null && limit > low - (high - low) && limit < high + (high - low)) { low = Math.min(low, limit); high = Math.max(high, limit); }
  return { priceRange: { minValue: low, maxValue: high }, margins: info?.margins };
}

function showEmpty(box, data) {
  let note = box.querySelector(".chart-empty");
  if (data.mids.length) { note?.remove(); return; }
  if (note) return;
  note = document.createElement("p");
  note.className = "chart-empty";
  note.textContent = box.dataset.empty;
  box.append(note);
}
