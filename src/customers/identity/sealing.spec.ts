import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Sealing } from './sealing.js';

const keyOf = (byte: number): string => Buffer.alloc(32, byte).toString('base64');
const sealing = new Sealing(keyOf(1));
const other = new Sealing(keyOf(2));

const tampered = (sealed: string, at: number): string => {
  const [keyId, content = ''] = sealed.split(':');
  const bytes = Buffer.from(content, 'base64');
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return `${keyId}:${bytes.toString('base64')}`;
};

describe('sealing', () => {
  it('opens what it sealed', () => {
    for (const text of ['', 'Ada Lovelace', 'Zoë 🚀', randomBytes(5000).toString('hex')])
      expect(sealing.open(sealing.seal(text))).toBe(text);
  });

  it('shows nothing of the text and never seals it the same way twice', () => {
    const [first, second] = [sealing.seal('ada@example.com'), sealing.seal('ada@example.com')];
    expect(first).not.toBe(second);
    expect(Buffer.from(first.split(':')[1] ?? '', 'base64').toString('latin1')).not.toContain('ada');
  });

  it('names the key, so that a wrong one is told apart from damage', () => {
    expect(() => other.open(sealing.seal('text'))).toThrow(/sealed with key [0-9a-f]{8}, but IDENTITY_KEY is [0-9a-f]{8}/);
  });

  it.each([
    ['nonce', 0],
    ['tag', 12],
    ['text', 28],
  ])('refuses a changed %s', (_part, at) => {
    expect(() => sealing.open(tampered(sealing.seal('text'), at))).toThrow(/authenticate/);
  });

  it('tells the same text by its fingerprint, and only with the key', () => {
    const fingerprint = sealing.fingerprint('{"PASSWORD":"1234"}');
    expect(new Sealing(keyOf(1)).fingerprint('{"PASSWORD":"1234"}')).toBe(fingerprint);
    expect(sealing.fingerprint('{"PASSWORD":"1235"}')).not.toBe(fingerprint);
    expect(other.fingerprint('{"PASSWORD":"1234"}')).not.toBe(fingerprint);
    expect(sealing.lookup('{"PASSWORD":"1234"}')).not.toBe(fingerprint);
  });

  it('looks an address up however it is written, and only with the key', () => {
    expect(sealing.lookup(' Ada@Example.com ')).toBe(sealing.lookup('ada@example.com'));
    expect(sealing.lookup('ada@example.com')).not.toBe(sealing.lookup('eda@example.com'));
    expect(sealing.lookup('ada@example.com')).not.toBe(other.lookup('ada@example.com'));
  });
});
