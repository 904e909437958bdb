/** Deciders, events, sagas, projections and the replay core take time and ids as data: no clock and no randomness, which imports alone do not show. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

const PURE = /[.](decider|events|saga|projection)[.]ts$|^ops\/replay\/[^.]+[.]ts$/;
const PURE_FILES_MIN = 15;

const MEMBERS = /^(Date[.]now|Math[.]random|performance[.]now|process[.].+|crypto[.].+|Temporal[.]Now.*)$/;
const NAMES = new Set(['randomUUID', 'setTimeout', 'setInterval', 'fetch', 'require']);

const isNow = (node: ts.Node): boolean => ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length;
const memberName = (node: ts.Node): string =>
  node
    .getText()
    .replaceAll(/\s/g, '')
    .replace(/^globalThis[.]/, '');

/** The name of what this node asks the machine for, if it does. */
const impurityOf = (node: ts.Node): string | undefined => {
  if (isNow(node)) return 'new Date()';
  if (ts.isCallExpression(node) && node.expression.getText() === 'Date') return 'Date()';
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return 'import()';
  if (ts.isPropertyAccessExpression(node) && MEMBERS.test(memberName(node))) return memberName(node);
  return ts.isIdentifier(node) && NAMES.has(node.text) ? node.text : undefined;
};

/** What in this source asks the machine for time, chance or the environment; comments and strings do not count. */
const impuritiesIn = (source: string): string[] => {
  const found = new Set<string>();
  const visit = (node: ts.Node): void => {
    const impurity = impurityOf(node);
    if (impurity !== undefined) found.add(impurity);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('file.ts', source, ts.ScriptTarget.Latest, true));
  return [...found];
};

const pureFiles = ['src', 'projections'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => PURE.test(name))
    .map((name) => join(folder, name)),
);

describe('pure files', () => {
  it('are found', () => expect(pureFiles.length).toBeGreaterThanOrEqual(PURE_FILES_MIN));

  it.each(pureFiles)('%s asks the machine for nothing', (file) => expect(impuritiesIn(readFileSync(file, 'utf8'))).toEqual([]));

  it.each([
    ['const at = Date.now();', 'Date.now'],
    ['const at = new Date();', 'new Date()'],
    ['const at = new Date;', 'new Date()'],
    ['const at = Date();', 'Date()'],
    ['const at = performance.now();', 'performance.now'],
    ['const chance = Math.random();', 'Math.random'],
    ['const chance = globalThis.Math.random();', 'Math.random'],
    ['const id = randomUUID();', 'randomUUID'],
    ['const id = globalThis.crypto.randomUUID();', 'crypto.randomUUID'],
    ['const url = process.env.URL;', 'process.env'],
    ['setTimeout(run, 5);', 'setTimeout'],
    ['const lib = await import("node:fs");', 'import()'],
  ])('would be caught with %s', (source, impurity) => expect(impuritiesIn(source)).toContain(impurity));

  it('may compute with a date that was given, and speak of the clock in comments', () => {
    expect(
      impuritiesIn('// never Date.now()\nconst end = new Date(Date.parse(start) + dayMs).toISOString();\nconst text = "Math.random()";'),
    ).toEqual([]);
  });
});
