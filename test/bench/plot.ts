/** Plots of reports as SVG, by Apache ECharts, for light and dark pages. */

import { BarChart } from "echarts/charts";
import { GridComponent, TitleComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { figure, type Report } from "./report.js";

use([BarChart, GridComponent, TitleComponent, SVGRenderer]);

/** What pages a plot stands on. */
export type Shade = "light" | "dark";

const INK: Readonly<Record<Shade, { text: string; line: string; bar: string; ours: string }>> = {
  light: { text: "#1f2328", line: "#d1d9e0", bar: "#8c959f", ours: "#0969da" },
  dark: { text: "#e6edf3", line: "#3d444d", bar: "#7d8590", ours: "#4493f8" },
};

const WIDTH = 760;
const ROW_HEIGHT = 26;
const FRAME_HEIGHT = 70;

/**
 * A report as horizontal bars, the first row on top, Spillway's in a colour of their own. The scale is logarithmic where the longest bar
 * would leave nothing of the shortest.
 */
export function plot({ title, unit, rows }: Report, shade: Shade): string {
  const ink = INK[shade];
  const values = rows.map(({ value }) => value);
  const isWide = Math.max(...values) > 40 * Math.min(...values);
  const height = FRAME_HEIGHT + rows.length * ROW_HEIGHT;
  const chart = init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height });
  const text = { color: ink.text, fontFamily: "system-ui, sans-serif", fontSize: 12 };
  chart.setOption({
    animation: false,
    title: { text: `${title} (${unit}${isWide ? ", logarithmic" : ""})`, textStyle: { ...text, fontSize: 14 } },
    grid: { left: 8, right: 80, top: 40, bottom: 8, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    xAxis: {
      type: isWide ? "log" : "value",
      axisLabel: text,
      splitLine: { lineStyle: { color: ink.line } },
    },
    yAxis: {
      type: "category",
      inverse: true,
      data: rows.map(({ name }) => name),
      axisLabel: { ...text, width: 280, overflow: "break" },
      axisLine: { lineStyle: { color: ink.line } },
      axisTick: { show: false },
    },
    series: [
      {
        type: "bar",
        barWidth: "60%",
        label: {
          ...text,
          show: true,
          position: "right",
          formatter: ({ value }: { value?: unknown }) => figure(Number(value)),
        },
        data: rows.map(({ name, value }) => ({
          value,
          itemStyle: { color: name.startsWith("Spillway") ? ink.ours : ink.bar },
        })),
      },
    ],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${svg}\n`;
}
