/** Encrypts what is personal. AES-256-GCM; the result names the key it was sealed with, so that keys can be rolled. */
import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID_CHARS = 8;

/** One key for each purpose (RFC 5869), so that neither use tells anything about the other. */
const derived = (master: Buffer, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', master, '', `order-ledger ${purpose}`, master.length));

export class Sealing {
  private readonly key: Buffer;
  private readonly lookupKey: Buffer;
  private readonly fingerprintKey: Buffer;
  private readonly keyId: string;

  /** @param keyBase64 32 bytes in base64 */
  constructor(keyBase64: string) {
    const master = Buffer.from(keyBase64, 'base64');
    this.key = derived(master, 'seal');
    this.lookupKey = derived(master, 'lookup');
    this.fingerprintKey = derived(master, 'fingerprint');
    this.keyId = createHash('sha256').update(this.key).digest('hex').slice(0, KEY_ID_CHARS);
  }

  /** `<key id>:<base64 of nonce, tag and ciphertext>`. */
  seal(text: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce);
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return `${this.keyId}:${Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64')}`;
  }

  /** @throws if it was sealed with another key or has been changed */
  open(sealed: string): string {
    const [keyId, content = ''] = sealed.split(':');
    if (keyId !== this.keyId) throw new Error(`sealed with key ${keyId}, but IDENTITY_KEY is ${this.keyId}`);
    const bytes = Buffer.from(content, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', this.key, bytes.subarray(0, NONCE_BYTES));
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
  }

  /** Tells whether two texts are the same, to the letter; without the key it tells nothing, not even to somebody who guesses. */
  fingerprint(text: string): string {
    return createHmac('sha256', this.fingerprintKey).update(text).digest('hex');
  }

  /** The same text always gives the same look-up value, which tells nothing of the text without the key. */
  lookup(text: string): string {
    return createHmac('sha256', this.lookupKey).update(text.trim().toLowerCase()).digest('hex');
  }
}
