// Curves. Those with axes are uPlot's; the small one in a row is a single path.

import { h, useEffect, useRef, useState, useStore } from "./el.js";
import { prefs } from "./prefs.js";
import { clock } from "./format.js";

const WIDTH = 88;
const HEIGHT = 22;

/** The course of the last minutes, without axes; label says it in words. */
export function Spark({ points, label }) {
  if (points.length < 2) return h("svg.spark", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" });
  const [start, end] = [points[0][0], points[points.length - 1][0]];
  const top = Math.max(...points.map(([, value]) => value), 0.001);
  const at = ([seconds, value]) =>
    `${(((seconds - start) / (end - start)) * WIDTH).toFixed(1)} ${(HEIGHT - 1.5 - (value / top) * (HEIGHT - 4)).toFixed(1)}`;
  const line = `M${points.map(at).join("L")}`;
  return h(
    "svg.spark",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": label },
    h("path.area", { d: `${line}L${WIDTH} ${HEIGHT}L0 ${HEIGHT}Z` }),
    h("path.line", { d: line }),
  );
}

/** A curve over time with axes: points are [[epoch seconds, value], ...]. */
export function Chart({ title, points, format }) {
  const place = useRef(null);
  const plot = useRef(null);
  const [at, setAt] = useState(null);
  const { theme, zone } = useStore(prefs);

  useEffect(() => {
    const draw = () => {
      plot.current?.destroy();
      plot.current = drawn(place.current, points, format, zone, setAt);
    };
    draw();
    // The canvas has colours of its own: it is drawn anew where the system changes from light to dark.
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", draw);
    const size = new ResizeObserver(([{ contentRect }]) => plot.current?.setSize({ width: Math.floor(contentRect.width), height: 150 }));
    size.observe(place.current);
    return () => {
      dark.removeEventListener("change", draw);
      size.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [theme, zone]);
  useEffect(() => plot.current?.setData(columns(points)), [points]);

  const pointed = at === null ? undefined : points[at];
  const last = points.length > 0 ? format(points[points.length - 1][1]) : "not known yet";
  return h(
    "figure.chart",
    h("figcaption", h("span", title), h("strong", pointed ? [h("span.faint", `${clock(new Date(pointed[0] * 1_000).toISOString())} `), format(pointed[1])] : last)),
    h("div.plot", { ref: place, class: points.length < 2 ? "is-empty" : "", role: "img", "aria-label": `${title}, now ${last}, over the last minutes` }),
    points.length < 2 && h("p.note", "The curve begins when somebody looks."),
  );
}

/** uPlot's table: seconds from tick to tick, the text, nothing special at the begin of a year, month, day, hour, minute, second. */
const TIMES = [
  [60, "{HH}:{mm}", null, null, null, null, null, null, 1],
  [1, "{HH}:{mm}:{ss}", null, null, null, null, null, null, 1],
];

const columns = (points) => [points.map(([seconds]) => seconds), points.map(([, value]) => value)];

function drawn(element, points, format, zone, onPoint) {
  const style = getComputedStyle(element);
  const [ink, line, accent, fill] = ["--chart-ink", "--chart-grid", "--chart-line", "--chart-fill"].map((name) => resolved(element, name));
  const axis = { stroke: ink, font: `11px ${style.fontFamily}`, grid: { stroke: line, width: 1 }, ticks: { show: false } };
  return new window.uPlot(
    {
      width: Math.max(200, Math.floor(element.clientWidth)),
      height: 150,
      legend: { show: false },
      cursor: { points: { size: 6 }, y: false, drag: { x: false, y: false } },
      padding: [8, 4, 0, 0],
      hooks: { setCursor: [({ cursor }) => onPoint(cursor.idx ?? null)] },
      tzDate: (seconds) => (zone === "utc" ? window.uPlot.tzDate(new Date(seconds * 1_000), "Etc/UTC") : new Date(seconds * 1_000)),
      scales: { y: { range: (_, __, max) => [0, max > 0 ? max * 1.15 : 1] } },
      axes: [
        { ...axis, size: 26, space: 70, grid: { show: false }, values: TIMES },
        { ...axis, size: 52, space: 34, values: (_, values) => values.map(format) },
      ],
      series: [{}, { stroke: accent, fill, width: 1.5, points: { show: false } }],
    },
    columns(points),
    element,
  );
}

/** A custom property as a plain colour: a canvas does not know var() and light-dark(). */
function resolved(element, property) {
  const probe = document.createElement("span");
  probe.className = "probe";
  probe.style.color = `var(${property})`;
  element.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}
