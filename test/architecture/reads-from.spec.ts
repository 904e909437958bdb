/** Every read names the read models it is made from, so that `?atLeast=` waits for those and no others. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const readModels = readdirSync('projections', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
const controllers = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.controller.ts'))
  .map((file) => ({ file, source: readFileSync(join('src', file), 'utf8') }))
  .filter(({ source }) => source.includes(`@Controller('api/v1`));

describe('a read of the API', () => {
  it.each(controllers)('in $file names its read models', ({ source }) => {
    const reads = source.split('\n  @Get(').slice(1);
    for (const read of reads) {
      const [, names] = /^[^\n]*\n {2}@ReadsFrom\(([^)]*)\)/.exec(read) ?? [];
      expect([read.split('\n')[0], names]).toStrictEqual([read.split('\n')[0], expect.any(String)]);
      const unknown = [...(names ?? '').matchAll(/'([^']+)'/g)].map(([, name]) => name ?? '').filter((name) => !readModels.includes(name));
      expect(unknown).toStrictEqual([]);
    }
  });

  it('is looked for in every controller that has one', () => {
    expect(controllers.length).toBeGreaterThan(8);
  });
});

const queries = readdirSync('projections', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.query.ts'));

describe('a query', () => {
  it.each(queries)('%s asks the table of the current version, by the name of its projection', (file) => {
    expect(readFileSync(join('projections', file), 'utf8')).not.toMatch(/_v\d/);
  });

  it('is looked for in every read model that has one', () => {
    expect(queries.length).toBeGreaterThan(12);
  });
});
