import { readFileSync } from 'node:fs';

/*
 * docs/libzmq.md has a table in each of four sections: `| number | libzmq | here | state | test |`. Each row names
 * a test, as test-links.ts wants it.
 */
export const LIBZMQ_PAGE = new URL('../../../docs/libzmq.md', import.meta.url);

export interface LibzmqRow {
  readonly number: number;
  /** What it is here, without its quotes; `–` if it has no name. */
  readonly here: string;
  readonly state: string;
  readonly text: string;
}

export function libzmqRows(heading: string): LibzmqRow[] {
  const page = readFileSync(LIBZMQ_PAGE, 'utf8');
  const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^\| *(\w+) *\| *ZMQ_\w+ *\| *([^|]*?) *\| *([^|]*?) *\|.*$/gm)].map(
    ([text, number, here, state]) => ({
      number: Number(number),
      here: here!.replaceAll('`', ''),
      state: state!,
      text,
    }),
  );
}

/** The rows of a section that name this test, which thus has to show what they say. */
export function libzmqRowsOf(heading: string, title: string, file: string): LibzmqRow[] {
  return libzmqRows(heading).filter(({ text }) => text.includes(`[${title}](../test/${file})`));
}
