import { readFileSync, statSync } from 'node:fs';
import ts from 'typescript';

/*
 * Documents name tests as links, `[title](../test/….test.ts)`, whose text is the title of a test or suite in
 * that file. Where the title is a template, its holes are written `…`; where it is a variable, the text
 * is a string that stands in the file.
 */
const LINK = /\[([^\]]+)\]\(([^)]+)\)/g;

/** How many tests a text names, and what is wrong with that; a line break in a title counts as a space. */
export interface TestLinks {
  readonly tests: number;
  readonly wrong: readonly string[];
}

/** @param page the document that the text is of */
export function checkTestLinks(text: string, page: URL): TestLinks {
  const wrong: string[] = [];
  let tests = 0;
  for (const [, title, path] of text.replace(/\s+/g, ' ').matchAll(LINK)) {
    if (!path!.startsWith('../test/')) continue;
    tests++;
    const file = new URL(path!, page);
    if (!path!.endsWith('.test.ts')) wrong.push(`${path} is no file of tests`);
    else if (statSync(file, { throwIfNoEntry: false }) === undefined) wrong.push(`no ${path}`);
    else if (!titles(file).has(title!)) wrong.push(`no “${title}” in ${path}`);
  }
  return { tests, wrong };
}

/** What can be called a title of a test in this file. */
function titles(file: URL): Set<string> {
  const source = ts.createSourceFile('test.ts', readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  const found = new Set<string>();
  const strings = new Set<string>();
  let variable = false;
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) strings.add(node.text);
    if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name)) strings.add(node.name.text);
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
      const [title] = node.arguments;
      if (['it', 'describe'].includes(node.expression.text) && title !== undefined) {
        if (ts.isStringLiteralLike(title)) found.add(title.text);
        else if (ts.isTemplateExpression(title)) found.add(withHoles(title));
        else variable = true;
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return variable ? new Set([...found, ...strings]) : found;
}

function withHoles({ head, templateSpans }: ts.TemplateExpression): string {
  return templateSpans.reduce((text, { literal }) => `${text}…${literal.text}`, head.text);
}
