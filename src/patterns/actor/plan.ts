import type { PipelineSpec, StageSpec } from './pipeline-spec.js';
import type { PipelinePlan } from './pipeline-types.js';

/** What a part says of itself, in lines. */
interface Box {
  readonly title: string;
  readonly lines: readonly string[];
}

export function planOf(
  spec: PipelineSpec,
  stages: readonly StageSpec[],
  sink: string | undefined,
): PipelinePlan {
  const boxes: Box[] = [
    { title: 'source', lines: [`at most ${spec.inFlight} items in flight`] },
    ...stages.map(boxOf),
  ];
  if (sink !== undefined) boxes.push({ title: 'sink', lines: sinkLines(spec, sink) });
  const text = textOf(boxes);
  return { text, svg: svgOf(boxes), toString: () => text };
}

function boxOf(stage: StageSpec): Box {
  const { name, task, threads, retry, ordered, at, credit } = stage;
  const where = at.length > 0 ? `at ${at.join(', ')}` : plural(threads, 'thread');
  const lines = [where];
  if (task !== 'default') lines.push(`function ${task}`);
  if (credit !== undefined) lines.push(`credit ${credit}`);
  if (retry > 0) lines.push(`retry ${retry}`);
  if (ordered) lines.push('ordered');
  return { title: name, lines };
}

function sinkLines({ ordered, lost }: PipelineSpec, name: string): string[] {
  return [
    ...(name === '' ? [] : [name]),
    ...(ordered ? ['ordered'] : []),
    ...(lost === 'count' ? ['losses are counted'] : []),
  ];
}

function textOf(boxes: readonly Box[]): string {
  const line = ({ title, lines }: Box): string =>
    lines.length === 0 ? title : `${title} (${lines.join(', ')})`;
  return boxes.map((box, n) => (n === 0 ? line(box) : `  ─▶ ${line(box)}`)).join('\n');
}

const WIDTH = 190;
const GAP = 50;
const MARGIN = 12;
const LINE = 18;
/** What is longer would leave its box. */
const LETTERS_MOST = 26;

function svgOf(boxes: readonly Box[]): string {
  const height = LINE * (1 + Math.max(...boxes.map(({ lines }) => lines.length))) + 2 * MARGIN;
  const width = boxes.length * WIDTH + (boxes.length - 1) * GAP + 2 * MARGIN;
  const parts = boxes.map((box, n) => {
    const left = MARGIN + n * (WIDTH + GAP);
    return [...(n === 0 ? [] : [arrow(left, MARGIN + height / 2)]), ...picture(box, left, height)];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height + 2 * MARGIN}" font-family="sans-serif" font-size="13">`,
    ...parts.flat(),
    '</svg>',
  ].join('\n');
}

function arrow(right: number, middle: number): string {
  const tip = right - 2;
  return (
    `<path d="M${right - GAP + 2} ${middle}H${tip}M${tip - 7} ${middle - 5}L${tip} ${middle}L${tip - 7} ${middle + 5}" ` +
    'fill="none" stroke="#444"/>'
  );
}

function picture({ title, lines }: Box, left: number, height: number): string[] {
  const text = (line: string, n: number, weight: string): string =>
    `<text x="${left + MARGIN}" y="${MARGIN + MARGIN + LINE * (n + 0.8)}" font-weight="${weight}">` +
    `<title>${escape(line)}</title>${escape(short(line))}</text>`;
  return [
    `<rect x="${left}" y="${MARGIN}" width="${WIDTH}" height="${height}" rx="6" fill="#f4f4f4" stroke="#444"/>`,
    text(title, 0, 'bold'),
    ...lines.map((line, n) => text(line, n + 1, 'normal')),
  ];
}

function short(text: string): string {
  return text.length <= LETTERS_MOST ? text : `${text.slice(0, LETTERS_MOST - 1)}…`;
}

function escape(text: string): string {
  const names: Record<string, string> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot' };
  return text.replace(/[&<>"]/g, (letter) => `&${names[letter]!};`);
}

function plural(count: number, word: string): string {
  return count === 1 ? `1 ${word}` : `${count} ${word}s`;
}
