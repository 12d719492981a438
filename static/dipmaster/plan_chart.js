// Plan against actual on uPlot: percent of the order over time, the plan with its tolerance, what is filled as steps, and now.
import { clock, token } from "./palette.js";

const { uPlot } = window;

function interpolate(pairs, at) {
  if (!pairs.length) return null;
  if (at <= pairs[0][0]) return pairs[0][1];
  for (let index = 1; index < pairs.length; index += 1) {
    const [[fromAt, from], [toAt, to]] = [pairs[index - 1], pairs[index]];
    if (at <= toAt) return toAt === fromAt ? to : from + ((to - from) * (at - fromAt)) / (toAt - fromAt);
  }
  return pairs[pairs.length - 1][1];
}

function heldAt(pairs, at) {
  let value = 0;
  for (const [time, share] of pairs) { if (time > at) break; value = share; }
  return value;
}

function columns(data) {
  const until = Math.min(data.now, data.end);
  const times = [...new Set([data.start, data.end, until, ...data.plan.map(([at]) => at), ...data.actual.map(([at]) => at)])].filter((at) => at >= data.start && at <= data.end).sort((one, other) => one - other);
  const plan = times.map((at) => interpolate(data.plan, at));
  return [
    times,
    plan.map((share) => (share === null ? null : Math.min(100, share + data.tolerance))),
    plan.map((share) => (share === null ? null : Math.max(0, share - data.tolerance))),
    plan,
    times.map((at) => (at > until ? null : heldAt(data.actual, at))),
  ];
}

/** Draw the plan chart; the axis at the right is as wide as that of the price chart. */
export function drawPlan(box, data, axisWidth) {
  let current = data;
  let hover = () => {};
  const ratio = () => window.devicePixelRatio || 1;

  const paintNow = (chart) => {
    const { ctx, bbox } = chart;
    const until = Math.min(current.now, current.end);
    const filled = heldAt(current.actual, until);
    const planned = interpolate(current.plan, until);
    const x = chart.valToPos(until, "x", true);
    const y = chart.valToPos(filled, "y", true);
    ctx.save();
    ctx.font = `500 ${11 * ratio()}px ${token("font")}`;
    ctx.lineWidth = ratio();
    if (current.live && current.now < current.end) {
      ctx.fillStyle = token("future");
      ctx.fillRect(x, bbox.top, bbox.left + bbox.width - x, bbox.height);
      ctx.strokeStyle = token("text-3");
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
    }
    const isLate = x > bbox.left + bbox.width * 0.72;
    const label = (text, colour, above) => {
      ctx.textAlign = isLate ? "right" : "left";
      ctx.lineWidth = 3 * ratio();
      ctx.strokeStyle = token("surface");
      ctx.fillStyle = colour;
      const left = x + (isLate ? -8 : 8) * ratio();
      const top = Math.min(Math.max(y + (above ? -9 : 17) * ratio(), bbox.top + 11 * ratio()), bbox.top + bbox.height - 4 * ratio());
      ctx.strokeText(text, left, top);
      ctx.fillText(text, left, top);
    };
    if (planned !== null && current.live) label(`${planned.toFixed(1)} ${box.dataset.planned}`, token("text-2"), planned >= filled);
    label(`${filled.toFixed(1)} ${box.dataset.filled}`, token("accent"), !(planned !== null && current.live && planned >= filled));
    ctx.fillStyle = token("accent");
    ctx.beginPath();
    ctx.arc(x, y, 3.5 * ratio(), 0, 2 * Math.PI);
    ctx.fill();
    ctx.restore();
  };

  const axis = (extra) => ({ stroke: token("text-3"), font: `11px ${token("font")}`, grid: { stroke: token("line"), width: 1 }, ticks: { show: false }, ...extra });
  const make = (width) => new uPlot(
    {
      width: box.clientWidth,
      height: box.clientHeight,
      padding: [8, 0, 0, 0],
      legend: { show: false },
      tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "Etc/UTC"),
      cursor: { drag: { x: false, y: false }, y: false, points: { show: false } },
      scales: { x: { time: true, range: () => [Math.floor(current.start), current.end] }, y: { range: [0, 104] } },
      axes: [
        axis({ size: 24, space: 64, gap: 4, values: (chart, splits) => splits.map((at) => (chart.valToPos(at, "x") < 26 ? "" : clock(at, splits.length > 1 && splits[1] - splits[0] < 60))) }),
        axis({ side: 1, size: width, gap: 8, splits: () => [0, 25, 50, 75, 100], values: (_, splits) => splits.map(String), align: 1 }),
      ],
      series: [
        {},
        { stroke: "transparent", width: 0, points: { show: false } },
        { stroke: "transparent", width: 0, points: { show: false } },
        { stroke: token("text-3"), dash: [5, 4], width: 1.25, points: { show: false } },
        { stroke: token("accent"), width: 2, paths: uPlot.paths.stepped({ align: 1 }), points: { show: false } },
      ],
      bands: [{ series: [1, 2], fill: token("raised") }],
      hooks: { draw: [paintNow], setCursor: [(chart) => { if (chart.cursor.event) hover(chart.cursor.left >= 0 ? chart.posToVal(chart.cursor.left, "x") : null); }] },
    },
    columns(current),
    box,
  );

  let width = axisWidth;
  let chart = make(width);
  const resize = new ResizeObserver(() => chart.setSize({ width: box.clientWidth, height: box.clientHeight }));
  resize.observe(box);
  return {
    update(fresh, freshWidth) {
      current = fresh;
      if (freshWidth !== width) { width = freshWidth; chart.destroy(); chart = make(width); } else chart.setData(columns(fresh));
    },
    onHover: (tell) => { hover = tell; },
    point: (at) => { chart.setCursor(at === null ? { left: -10, top: -10 } : { left: chart.valToPos(at, "x"), top: 10 }, false); },
    plannedAt: (at) => interpolate(current.plan, at),
    filledAt: (at) => heldAt(current.actual, at),
    remove: () => { resize.disconnect(); chart.destroy(); },
  };
}
