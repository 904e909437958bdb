/** Events are a storage format: a frozen sample of every event type, as it stands in the log, must stay readable for ever. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { readModels } from '../../projections/index.js';
import { planDecider } from '../../src/catalog/plan.decider.js';
import { customerDecider } from '../../src/customers/customer.decider.js';
import { LEDGER_PREFIXES, type LedgerEvent } from '../../src/ledger.events.js';
import { nodeDecider } from '../../src/nodes/node.decider.js';
import { notificationDecider } from '../../src/notifications/notification.decider.js';
import { orderDecider } from '../../src/orders/order.decider.js';
import { paymentDecider } from '../../src/payments/payment.decider.js';
import { unmatchedMoneyDecider } from '../../src/payments/unmatched-money.decider.js';
import type { Decider } from '../../src/platform/decider.js';
import type { Fact, Recorded } from '../../src/platform/event.js';
import type { Projection } from '../../src/platform/projection.js';
import { provisioningDecider } from '../../src/provisioning/provisioning.decider.js';
import { project } from '../support/project.js';

const SAMPLES = 'test/samples';
/** `<event type>.v1.json`, and `<event type>.v1-<what was added>.json` for the fields that later code adds to that version. */
const SAMPLE_NAME = /^(\w+)[.]v1(?:-\w+)?[.]json$/;
const PERSONAL = /e-?mail|name|password|address|phone/i;

/** An event type as its source declares it: the fields that every event of it has, and those that it may have. */
interface Declared {
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

const sharedIn = (file: ts.SourceFile, name: string): ts.InterfaceDeclaration | undefined =>
  file.statements.filter(ts.isInterfaceDeclaration).find((shared) => shared.name.text === name);

/** Members spelled out in place, and those of interfaces that events of the same file share. */
const membersOf = (type: ts.Node | undefined, file: ts.SourceFile): readonly ts.TypeElement[] => {
  if (type && ts.isTypeLiteralNode(type)) return [...type.members];
  if (type && ts.isIntersectionTypeNode(type)) return type.types.flatMap((part) => membersOf(part, file));
  const shared = type && ts.isTypeReferenceNode(type) ? sharedIn(file, type.typeName.getText()) : undefined;
  if (!shared) throw new Error('the data of an event is spelled out in its file, field by field');
  const inherited = (shared.heritageClauses ?? []).flatMap(({ types }) =>
    types.map(({ expression }) => sharedIn(file, expression.getText())),
  );
  return [...shared.members, ...inherited.flatMap((base) => [...(base?.members ?? [])])];
};

const fieldsOf = (type: ts.Node | undefined, file: ts.SourceFile): Declared => {
  const fields = membersOf(type, file).filter(ts.isPropertySignature);
  const named = (optional: boolean): string[] =>
    fields.filter((field) => (field.questionToken !== undefined) === optional).map((field) => field.name.getText());
  return { required: named(false), optional: named(true) };
};

/** Every `type X = Fact<'X', { … }>` of a source. */
const declaredIn = (source: string): [string, Declared][] => {
  const file = ts.createSourceFile('events.ts', source, ts.ScriptTarget.Latest, true);
  return file.statements.filter(ts.isTypeAliasDeclaration).flatMap(({ name, type }): [string, Declared][] => {
    if (!ts.isTypeReferenceNode(type) || type.typeName.getText() !== 'Fact') return [];
    const [stored, data] = type.typeArguments ?? [];
    if (stored?.getText() !== `'${name.text}'`) throw new Error(`${name.text} is stored under another name`);
    return [[name.text, fieldsOf(data, file)]];
  });
};

const eventSources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.events.ts'))
  .map((path) => readFileSync(join('src', path), 'utf8'));
const declared = new Map(eventSources.flatMap(declaredIn));

type Sample = Omit<Recorded<LedgerEvent>, 'id' | 'revision' | 'position'>;
const sampleFiles = readdirSync(SAMPLES);
const samples = sampleFiles.map((file, index) => {
  const text = readFileSync(join(SAMPLES, file), 'utf8');
  const position = { commit: BigInt(index), prepare: BigInt(index) };
  const event = { ...(JSON.parse(text) as Sample), id: file, revision: 0, position } as Recorded<LedgerEvent>;
  return { file, text, event, type: event.type };
});

const deciders = [
  ...[orderDecider, paymentDecider, unmatchedMoneyDecider, provisioningDecider],
  ...[customerDecider, nodeDecider, planDecider, notificationDecider],
] as unknown as readonly Decider<unknown, Fact>[];
/** Streams of one event each, which nothing decides about. */
const WITHOUT_DECIDER = ['stripeEvent'];

const categoryOf = ({ stream }: Recorded): string => stream.slice(0, stream.indexOf('-'));

/** The names of all fields in a JSON value, however deep. */
const keysIn = (value: unknown): string[] =>
  typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([key, inner]) => [key, ...keysIn(inner)]) : [];

describe('the frozen samples', () => {
  it('are one of every event type that the sources declare, and of no other', () => {
    expect(declared.size).toBeGreaterThanOrEqual(34);
    const expected = [...declared.keys()].map((type) => `${type}.v1.json`);
    const first = sampleFiles.filter((file) => !file.includes('-'));
    expect(first.toSorted()).toStrictEqual(expected.toSorted());
    expect(sampleFiles.filter((file) => !declared.has(SAMPLE_NAME.exec(file)?.[1] ?? ''))).toStrictEqual([]);
  });

  it.each([...declared].filter(([, { optional }]) => optional.length > 0))(
    'hold every field that was added to %s',
    (type, { optional }) => {
      const fields = samples.filter(({ event }) => event.type === type).flatMap(({ event }) => Object.keys(event.data));
      expect(optional.filter((field) => !fields.includes(field))).toStrictEqual([]);
    },
  );

  it('cover every stream of the ledger', () => {
    const prefixes = new Set(samples.map(({ event }) => `${categoryOf(event)}-`));
    expect([...prefixes].toSorted()).toStrictEqual([...LEDGER_PREFIXES].toSorted());
  });

  it.each(samples)('$file has the fields its type requires, and none that the type does not know', ({ file, event, type }) => {
    expect(SAMPLE_NAME.exec(file)?.[1]).toBe(type);
    const { required, optional } = declared.get(type) ?? { required: [], optional: [] };
    const fields = Object.keys(event.data);
    expect(required.filter((field) => !fields.includes(field))).toStrictEqual([]);
    expect(fields.filter((field) => ![...required, ...optional].includes(field))).toStrictEqual([]);
    expect(event.metadata.schemaVersion).toBe(1);
  });

  it.each(samples)('$file says nothing about a person', ({ text }) => {
    expect(text).not.toContain('@');
    expect(keysIn(JSON.parse(text)).filter((key) => PERSONAL.test(key))).toStrictEqual([]);
  });
});

describe('a sample is read back', () => {
  const folds = readModels.map(({ projection }) => projection as unknown as Projection<object, LedgerEvent>);
  const all = samples.map(({ event }) => event);

  it.each(folds.map((projection) => ({ projection, name: projection.name })))('by $name, alone and among all', ({ projection }) => {
    for (const event of all) expect(() => project(projection)(event)).not.toThrow();
    // In the log's order and against it, so that every fold meets rows of others as well as none.
    expect(Object.keys(project(projection)(...all, ...all.toReversed(), ...all))).not.toStrictEqual([]);
  });

  it.each(samples)('by the decider of its stream: $file', ({ event }) => {
    const category = categoryOf(event);
    const decider = deciders.find((candidate) => candidate.category === category);
    if (!decider) return expect(WITHOUT_DECIDER).toContain(category);
    const past = all.filter((other) => other.stream === event.stream);
    const after = past.reduce(decider.evolve, decider.initial);
    expect(decider.evolve(decider.initial, event)).toBeDefined();
    expect(decider.evolve(after, event)).toBeDefined();
  });
});
