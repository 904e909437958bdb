import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { v5 } from 'uuid';
import { derivedId, eventIdOf, newId, traceparentOf } from './ids.js';

const event = { stream: 'order-1', commandId: 'command-1', index: 0, data: { orderId: '1' } };

describe('a derived id', () => {
  it('is the same for the same parts, today and after every release', () => {
    expect(derivedId('a', 'b')).toBe(derivedId('a', 'b'));
    expect(derivedId('a', 'b')).toBe('47fb58e2-256c-5743-8b23-3e0435b2b779');
  });
  it('is the UUID v5 of its parts in our namespace', () => {
    const asUsual = (parts: readonly string[]): string => v5(JSON.stringify(parts), '8f3f4a52-6c1e-5d0b-9a57-0f3c7c1d2e90');
    fc.assert(fc.property(fc.array(fc.string({ unit: 'binary' })), (parts) => derivedId(...parts) === asUsual(parts)));
  });
  it('differs when the parts are cut or ordered otherwise', () => {
    const ids = [derivedId('ab'), derivedId('a', 'b'), derivedId('b', 'a'), derivedId('a', 'b', ''), derivedId('a,b')];
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('an event id', () => {
  it('is the same when the same append is tried again', () => {
    expect(eventIdOf({ ...event, data: { orderId: '1' } })).toBe(eventIdOf(event));
  });
  it.each([{ stream: 'order-2' }, { commandId: 'command-2' }, { index: 1 }, { data: { orderId: '2' } }])('differs with %j', (other) => {
    expect(eventIdOf({ ...event, ...other })).not.toBe(eventIdOf(event));
  });
});

describe('a new id', () => {
  it('is a UUID of version 7, and sorts after those made before', () => {
    const ids = Array.from({ length: 100 }, newId);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(ids.toSorted()).toStrictEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('the trace of an event', () => {
  const of = ($correlationId: string, commandId: string): string => traceparentOf({ $correlationId, commandId });

  it('has the form of W3C trace context, and is the same for the same command', () => {
    expect(of('order', 'command')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(of('order', 'command')).toBe(of('order', 'command'));
  });

  it('is one trace for one correlation, with a span for each command', () => {
    const [one, other, stranger] = [of('order', 'a'), of('order', 'b'), of('other', 'a')].map((text) => text.split('-'));
    expect(one?.[1]).toBe(other?.[1]);
    expect(one?.[2]).not.toBe(other?.[2]);
    expect(stranger?.[1]).not.toBe(one?.[1]);
  });
});
