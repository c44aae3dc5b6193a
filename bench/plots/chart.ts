// Line charts as SVG, by hand: a dependency for this would be larger than the library.

/** A place of a line, with how far its measurements went. */
export interface Point {
  readonly x: number;
  readonly y: number;
  readonly low?: number;
  readonly high?: number;
}

export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
  /** Without marks, for lines of many points. */
  readonly smooth?: boolean;
}

export interface Axis {
  readonly label: string;
  readonly scale: 'log' | 'linear';
  readonly ticks: readonly Tick[];
}

export interface Tick {
  readonly at: number;
  readonly text: string;
}

export interface Chart {
  readonly title: string;
  /** Said below the title: with what it was measured. */
  readonly note: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
}

const WIDTH = 720;
const HEIGHT = 420;
const PLOT = { left: 76, right: 700, top: 62, bottom: 300 } as const;
const LEGEND = { top: 362, row: 18, marker: 22 } as const;

// Told apart by the colour-blind, too (after Okabe and Ito).
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];

export function drawChart({ title, note, x, y, series }: Chart): string {
  const height = Math.max(HEIGHT, LEGEND.top + series.length * LEGEND.row + 8);
  const placeX = placing(x, PLOT.left, PLOT.right);
  const placeY = placing(y, PLOT.bottom, PLOT.top);
  const middle = (PLOT.left + PLOT.right) / 2;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12" fill="#222">`,
    // Its own ground: pages may be dark.
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    text(PLOT.left, 24, title, 'font-size="16" font-weight="bold"'),
    text(PLOT.left, 44, note, 'fill="#666"'),
    ...x.ticks.map(({ at, text: label }) =>
      gridLine([placeX(at), PLOT.top], [placeX(at), PLOT.bottom], label, [0, 18], 'middle'),
    ),
    ...y.ticks.map(({ at, text: label }) =>
      gridLine([PLOT.right, placeY(at)], [PLOT.left, placeY(at)], label, [-8, 4], 'end'),
    ),
    text(middle, PLOT.bottom + 40, x.label, 'text-anchor="middle"'),
    text(0, 0, y.label, `text-anchor="middle" transform="translate(16 ${mid(PLOT)}) rotate(-90)"`),
    ...series.flatMap((one, index) => drawSeries(one, colourOf(index), placeX, placeY)),
    ...series.flatMap((one, index) => drawLegend(one, index)),
    '</svg>',
    '',
  ].join('\n');
}

type Placing = (value: number) => number;
type Spot = readonly [x: number, y: number];

/** From a value to its place between two borders, which are the outermost ticks. */
function placing({ scale, ticks }: Axis, from: number, to: number): Placing {
  const read = scale === 'log' ? Math.log : (value: number): number => value;
  const values = ticks.map(({ at }) => read(at));
  const least = Math.min(...values);
  const most = Math.max(...values);
  return (value) => {
    const part = (read(value) - least) / (most - least);
    return round(from + (to - from) * Math.min(Math.max(part, 0), 1));
  };
}

function gridLine(from: Spot, to: Spot, label: string, shift: Spot, anchor: string): string {
  return (
    `<line x1="${from[0]}" y1="${from[1]}" x2="${to[0]}" y2="${to[1]}" stroke="#ddd"/>` +
    text(to[0] + shift[0], to[1] + shift[1], label, `text-anchor="${anchor}"`)
  );
}

function drawSeries(
  { points, smooth }: Series,
  colour: string,
  placeX: Placing,
  placeY: Placing,
): string[] {
  const spots = points.map(({ x, y }) => `${placeX(x)},${placeY(y)}`).join(' ');
  const line = `<polyline points="${spots}" fill="none" stroke="${colour}" stroke-width="2"/>`;
  if (smooth === true) return [line];
  const ranges = points.map(({ x, y, low = y, high = y }) => {
    const at = placeX(x);
    return `<line x1="${at}" y1="${placeY(low)}" x2="${at}" y2="${placeY(high)}" stroke="${colour}"/>`;
  });
  const marks = points.map(
    ({ x, y }) => `<circle cx="${placeX(x)}" cy="${placeY(y)}" r="4" fill="${colour}"/>`,
  );
  return [line, ...ranges, ...marks];
}

function drawLegend({ name }: Series, index: number): string[] {
  const y = LEGEND.top + index * LEGEND.row;
  const end = PLOT.left + LEGEND.marker - 6;
  const colour = colourOf(index);
  return [
    `<line x1="${PLOT.left}" y1="${y - 4}" x2="${end}" y2="${y - 4}" stroke="${colour}" stroke-width="3"/>`,
    text(PLOT.left + LEGEND.marker, y, name),
  ];
}

function colourOf(index: number): string {
  return COLOURS[index % COLOURS.length]!;
}

function mid({ top, bottom }: typeof PLOT): number {
  return (top + bottom) / 2;
}

function text(x: number, y: number, content: string, attributes = ''): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x}" y="${y}" ${attributes}>${escaped}</text>`;
}

/** A tenth of a pixel: the file is kept in the repository. */
function round(value: number): number {
  return Math.round(value * 10) / 10;
}
