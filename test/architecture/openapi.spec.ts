/** The API's document: what clients are generated from says everything they need. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runBuilt } from '../support/run-built.js';

interface Response {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}
interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
}
interface Operation {
  readonly operationId: string;
  readonly security?: readonly object[];
  readonly responses: Readonly<Record<string, Response>>;
}

const home = mkdtempSync(join(tmpdir(), 'order-ledger-openapi-'));
let operations: readonly Operation[];
let schemas: Readonly<Record<string, Schema>>;

beforeAll(async () => {
  const file = join(home, 'openapi.json');
  const { code, stderr } = await runBuilt('src/ops/openapi.js', [file], {});
  expect([code, stderr]).toStrictEqual([0, '']);
  const document = JSON.parse(readFileSync(file, 'utf8')) as {
    paths: Record<string, Record<string, Operation>>;
    components: { schemas: Record<string, Schema> };
  };
  operations = Object.values(document.paths).flatMap((path) => Object.values(path));
  schemas = document.components.schemas;
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const isObjectTyped = ({ properties, additionalProperties }: Schema): boolean =>
  properties !== undefined || additionalProperties !== undefined;

const isTyped = (schema: Schema): boolean => {
  const { $ref, type, items, allOf, oneOf = allOf } = schema;
  if ($ref !== undefined) return schemas[$ref.split('/').at(-1) ?? ''] !== undefined;
  if (oneOf) return oneOf.every((one) => Object.keys(one).length > 0);
  if (type === 'array') return items !== undefined && isTyped(items);
  return type === 'object' ? isObjectTyped(schema) : type !== undefined;
};

describe('the OpenAPI document', () => {
  it('is written without anything running, and names each operation once, by its resource and act', () => {
    const names = operations.map(({ operationId }) => operationId);
    expect(names.length).toBeGreaterThan(50);
    expect(names.filter((name) => !/^[a-z]\w+_[a-z]\w+$/.test(name))).toStrictEqual([]);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(['orders_list', 'orders_place', 'customers_me', 'catalog_plans', 'ops_orders']));
  });

  it('gives every success its type and every refusal the one shape', () => {
    for (const { operationId, responses } of operations) {
      for (const [status, { content }] of Object.entries(responses)) {
        const refused = status === 'default' || Number(status) >= 400;
        const schema = Object.values(content ?? {})[0]?.schema;
        if (refused) expect([operationId, status, schema?.$ref]).toStrictEqual([operationId, status, '#/components/schemas/Problem']);
        else
          expect([operationId, status, ['204', '304'].includes(status) || (schema && isTyped(schema))]).toStrictEqual([
            operationId,
            status,
            true,
          ]);
      }
      expect(Object.keys(responses)).toContain('default');
    }
  });

  it('leaves no property without a type', () => {
    const open = Object.entries(schemas).flatMap(([name, { properties = {} }]) =>
      Object.entries(properties).flatMap(([property, schema]) => (isTyped(schema) ? [] : [`${name}.${property}`])),
    );
    expect(open).toStrictEqual([]);
  });
});
