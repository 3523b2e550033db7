import type {Spread} from '../measuring/spread.js';

/** A bar, or why there is none. */
export interface Bar {
  readonly label: string;
  readonly tone: 'ours' | 'floor' | 'peer';
  readonly spread: Spread | undefined;
  readonly text: string;
}

export interface Panel {
  readonly title: string;
  readonly bars: readonly Bar[];
}

export interface Picture {
  readonly title: string;
  readonly note: string;
  readonly axis: string;
  readonly scale: 'linear' | 'log';
  readonly columns: number;
  readonly panels: readonly Panel[];
}

const WIDTH = 940;
const EDGE = 24;
const LABELS = 168;
const GAP = 22;
const BAR = 15;
const PITCH = 23;
const HEAD = 74;
const PANEL_HEAD = 26;
const PANEL_FOOT = 30;
const FOOT = 34;
// For the number behind the longest bar.
const NUMBER = 72;

// A ground of its own makes it readable on any page; those who prefer it dark get it dark.
const STYLE = `
  .ground { fill: #ffffff; stroke: #d1d9e0 }
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 16px; font-weight: 600 }
  .panel { font-weight: 600 }
  .dim { fill: #59636e }
  .small { font-size: 11px }
  .mine { font-weight: 600 }
  .rule { stroke: #d1d9e0 }
  .ours { fill: #1f6feb }
  .peer { fill: #a8b3bf }
  .floor { fill: #d9c48f }
  .error { stroke: #1f2328 }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117; stroke: #3d444d }
    text { fill: #f0f6fc }
    .dim { fill: #9198a1 }
    .rule { stroke: #3d444d }
    .ours { fill: #4493f8 }
    .peer { fill: #5b6570 }
    .floor { fill: #8a7433 }
    .error { stroke: #f0f6fc }
  }`;

/** Bars with their spread, a panel for each setting, as SVG. */
export function drawChart(picture: Picture): string {
  const {title, note, axis, panels, columns} = picture;
  const rows = chunks(panels, columns);
  const width = (WIDTH - 2 * EDGE - LABELS - GAP * (columns - 1)) / columns;
  let top = HEAD;
  const drawn = rows.map((row) => {
    const labels = row[0]?.bars ?? [];
    const parts = row.map((panel, column) =>
      drawPanel(panel, {
        left: EDGE + LABELS + column * (width + GAP),
        top,
        width,
        scale: picture.scale,
      }),
    );
    const text = [drawLabels(labels, top + PANEL_HEAD), ...parts].join('\n');
    top += PANEL_HEAD + labels.length * PITCH + PANEL_FOOT;
    return text;
  });
  const height = top + FOOT;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(title)}">
<title>${escaped(title)}</title>
<style>${STYLE}
</style>
<rect class="ground" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>
${label(title, EDGE, 32, 'title')}
${label(note, EDGE, 52, 'dim small')}
${drawn.join('\n')}
${label(axis, EDGE + LABELS, height - 16, 'dim')}
</svg>
`;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly scale: 'linear' | 'log';
}

function drawPanel({title, bars}: Panel, {left, top, width, scale}: Box): string {
  const values = bars.flatMap(({spread}) => (spread === undefined ? [] : [spread.max, spread.min]));
  const ruler = (scale === 'log' ? logRuler : linearRuler)(values, 1 - NUMBER / width);
  const x = (value: number): number => left + width * Math.min(1, Math.max(0, ruler.at(value)));
  const first = top + PANEL_HEAD;
  const bottom = first + bars.length * PITCH;
  const ticks = ruler.ticks.map(
    (tick) =>
      `<line class="rule" x1="${px(x(tick))}" x2="${px(x(tick))}" y1="${first - 4}" y2="${bottom}"/>` +
      label(tickText(tick), x(tick), bottom + 14, 'dim small', 'middle'),
  );
  const drawn = bars.map((bar, index) => drawBar(bar, {x, left, top: first + index * PITCH}));
  return [label(title, left, top + 12, 'panel'), ...ticks, ...drawn].join('\n');
}

interface Line {
  readonly x: (value: number) => number;
  readonly left: number;
  readonly top: number;
}

function drawBar({tone, spread, text}: Bar, {x, left, top}: Line): string {
  const middle = top + BAR / 2;
  if (spread === undefined) return label(text, left + 4, middle + 4, 'dim small');
  const {median, min, max} = spread;
  const [end, from, to] = [x(median), x(min), x(max)];
  const whisker =
    to - from < 1
      ? ''
      : `<path class="error" fill="none" d="M${px(from)} ${middle}H${px(to)}M${px(from)} ${middle - 3}v6M${px(to)} ${middle - 3}v6"/>`;
  return [
    `<rect class="${tone}" x="${px(left)}" y="${top}" width="${px(Math.max(1, end - left))}" height="${BAR}" rx="2"/>`,
    whisker,
    label(text, Math.max(end, to) + 5, middle + 4, tone === 'ours' ? 'mine small' : 'small'),
  ].join('');
}

const drawLabels = (bars: readonly Bar[], top: number): string =>
  bars
    .map(({label: text, tone}, index) =>
      label(
        text,
        EDGE + LABELS - 8,
        top + index * PITCH + BAR / 2 + 4,
        tone === 'ours' ? 'mine' : '',
        'end',
      ),
    )
    .join('\n');

/** Where values are between the two ends, 0 and 1, and which of them are marked. */
interface Ruler {
  readonly ticks: readonly number[];
  at(value: number): number;
}

// Both leave so large a share to the values.
function linearRuler(values: readonly number[], share: number): Ruler {
  const end = Math.max(...values, Number.MIN_VALUE) / share;
  const raw = end / 4;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= raw) ?? raw;
  const ticks = Array.from({length: Math.floor(end / step) + 1}, (_, index) => index * step);
  return {ticks, at: (value) => value / end};
}

function logRuler(values: readonly number[], share: number): Ruler {
  const positive = values.filter((value) => value > 0);
  const from = Math.floor(Math.log10(Math.min(...positive, 1)));
  const to = Math.max(from + 1, Math.log10(Math.max(...positive, 1)));
  const end = from + (to - from) / share;
  const ticks = Array.from(
    {length: Math.floor(end) - from + 1},
    (_, index) => 10 ** (from + index),
  );
  return {ticks, at: (value) => (Math.log10(Math.max(value, 10 ** from)) - from) / (end - from)};
}

function label(text: string, x: number, y: number, style: string, anchor = 'start'): string {
  return `<text class="${style}" x="${px(x)}" y="${y}" text-anchor="${anchor}">${escaped(text)}</text>`;
}

const tickText = (value: number): string =>
  value >= 1000
    ? `${Number((value / 1000).toPrecision(6))} k`
    : String(Number(value.toPrecision(6)));

const px = (value: number): string => value.toFixed(1);

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({length: Math.ceil(items.length / size)}, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
