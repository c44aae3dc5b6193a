import { readFileSync } from 'node:fs';

const MIGRATION = new URL('../../../docs/migration.md', import.meta.url);

/** The cells of the table below a heading of docs/migration.md, row by row, without the head. */
export function migrationTable(heading: string): string[][] {
  const [, below = ''] = readFileSync(MIGRATION, 'utf8').split(`\n### ${heading}\n`);
  const [section] = below.split('\n#');
  const rows = section!.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** What stands in backticks in a cell. */
export function quoted(cell: string): string[] {
  return [...cell.matchAll(/`([^`]*)`/g)].map(([, text]) => text!);
}

/** Titles of the links in a cell. */
export function linked(cell: string): string[] {
  return [...cell.matchAll(/\[([^\]]+)\]\([^)]+\)/g)].map(([, title]) => title!);
}
