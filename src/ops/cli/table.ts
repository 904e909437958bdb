/** Plain text in columns, for terminals. */

const GAP = '  ';

/** A heading and its rows, each column as wide as its widest cell; the last is not filled up. */
export const columns = (heading: readonly string[], rows: readonly (readonly string[])[]): string[] => {
  const all = [heading, ...rows];
  const widths = heading.map((_name, index) => Math.max(...all.map((row) => row[index]?.length ?? 0)));
  return all.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
};

/** Facts one under the other; those that are missing or empty are left out. */
export const labelled = (facts: readonly (readonly [label: string, value: string | undefined])[]): string[] => {
  const known = facts.filter(([, value]) => value !== undefined && value !== '');
  const width = Math.max(...known.map(([label]) => label.length));
  return known.flatMap(([label, value]) =>
    (value ?? '').split('\n').map((line, index) => `  ${(index === 0 ? label : '').padEnd(width)}${GAP}${line}`),
  );
};

const WIDTH = 110;

/** Words one after the other, a new line wherever the next would not fit. */
export const wrapped = (words: readonly string[]): string[] => {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < WIDTH) lines[lines.length - 1] = `${last}${GAP}${word}`;
    else lines.push(`${GAP}${word}`);
  }
  return lines;
};
