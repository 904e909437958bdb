import { describe, expect, it } from '@jest/globals';
import { ConsoleLines, LINES_MAX } from './console-lines.js';

const told = (lines: ConsoleLines, lastId?: string): [boolean, string[]] => {
  const { isReset, lines: missing } = lines.after(lastId);
  return [isReset, missing.map(({ text }) => text)];
};

describe('the last lines of a console', () => {
  it('are told to a new viewer, and to one that comes back only what it has missed', () => {
    const lines = new ConsoleLines('a');
    const [first] = ['one', 'two', 'three'].map((text) => lines.add(text));
    expect(told(lines)).toStrictEqual([false, ['one', 'two', 'three']]);
    expect(told(lines, first?.id)).toStrictEqual([false, ['two', 'three']]);
    expect(told(lines, lines.all().at(-1)?.id)).toStrictEqual([false, []]);
  });

  it('are told anew to a viewer whose last line is forgotten or of another console', () => {
    const lines = new ConsoleLines('a');
    const first = lines.add('one');
    for (let count = 0; count < LINES_MAX; count += 1) lines.add(`line ${count}`);
    expect(lines.all()).toHaveLength(LINES_MAX);
    expect(told(lines, first.id)[0]).toBe(true);
    expect(told(lines, 'b.1')[0]).toBe(true);
  });

  it('have other ids when the console is told from its beginning again', () => {
    const lines = new ConsoleLines('a');
    const before = lines.add('one');
    lines.restart('b');
    expect(told(lines, before.id)).toStrictEqual([true, []]);
    expect(lines.add('one').id).not.toBe(before.id);
  });

  it('are cut when they are too long', () => expect(new ConsoleLines('a').add('x'.repeat(10_000)).text).toHaveLength(2_000));
});
