/** Bytes that no client sends, and what becomes of a call that carries them. */
import { connect, constants, type ClientHttp2Session } from 'node:http2';
import fc from 'fast-check';

/** Far longer than any answer takes on a busy machine: a call that has none by then never will. */
const HANG_MS = 20_000;
const FRAME_BYTES = 5;

/** How a call ended: with this status, with its connection or stream cut, or not at all, which is right only for a subscription. */
export interface Ending {
  readonly status: number | 'cut' | 'open';
  /** The messages that came before. */
  readonly answers: readonly Buffer[];
}

export interface Garbler {
  /** Sends these bytes as the body of a call and answers how it ended; rejects if nothing came back at all. */
  send(method: string, body: Buffer): Promise<Ending>;
  close(): void;
}

const messagesIn = (bytes: Buffer): Buffer[] => {
  const found: Buffer[] = [];
  for (let at = 0; at + FRAME_BYTES <= bytes.length;) {
    const end = at + FRAME_BYTES + bytes.readUInt32BE(at + 1);
    if (end > bytes.length) break;
    found.push(bytes.subarray(at + FRAME_BYTES, end));
    at = end;
  }
  return found;
};

/** One call at a time over HTTP/2 as it is, so that lengths may lie; a cut connection is made anew. */
export function garbler(address: string): Garbler {
  let session: ClientHttp2Session | undefined;
  const connection = (): ClientHttp2Session => {
    if (session && !session.closed && !session.destroyed) return session;
    session = connect(`http://${address}`);
    session.on('error', () => undefined);
    return session;
  };
  const send = (method: string, body: Buffer): Promise<Ending> =>
    new Promise((resolve, reject) => {
      const call = connection().request({
        ':method': 'POST',
        ':path': `/event_store.client.streams.Streams/${method}`,
        'content-type': 'application/grpc',
        te: 'trailers',
      });
      const received: Buffer[] = [];
      let status: number | undefined;
      const note = (headers: Record<string, unknown>): void => {
        if (headers['grpc-status'] !== undefined) status = Number(headers['grpc-status']);
      };
      const patience = setTimeout(() => {
        const answers = messagesIn(Buffer.concat(received));
        call.close(constants.NGHTTP2_CANCEL);
        if (answers.length > 0) resolve({ status: 'open', answers });
        else reject(new Error(`${method} hangs: no answer to ${body.toString('hex')}`));
      }, HANG_MS);
      call.on('response', note);
      call.on('trailers', note);
      call.on('error', () => undefined);
      call.on('data', (chunk: Buffer) => {
        received.push(chunk);
        // A garbled read may by chance be a valid subscription: it is answered, and never ends by itself.
        if (method === 'Read' && isConfirmation(Buffer.concat(received))) {
          clearTimeout(patience);
          resolve({ status: 'open', answers: messagesIn(Buffer.concat(received)) });
          call.close(constants.NGHTTP2_CANCEL);
        }
      });
      call.on('close', () => {
        clearTimeout(patience);
        resolve({ status: status ?? 'cut', answers: messagesIn(Buffer.concat(received)) });
      });
      call.end(body);
    });
  return { send, close: () => session?.destroy() };
}

/** `ReadResp` with its field 2. */
const CONFIRMATION_TAG = 0x12;
const isConfirmation = (bytes: Buffer): boolean => messagesIn(bytes)[0]?.[0] === CONFIRMATION_TAG;

/** A message in gRPC's frame; a length other than its own is a lie. */
export const framed = (message: Uint8Array, length = message.length): Buffer => {
  const header = Buffer.alloc(FRAME_BYTES);
  header.writeUInt32BE(length, 1);
  return Buffer.concat([header, message]);
};

/** What is done to one of a call's messages. */
type Harm =
  | { readonly kind: 'none' }
  | { readonly kind: 'flip'; readonly bits: readonly number[] }
  | { readonly kind: 'set'; readonly at: number; readonly byte: number }
  | { readonly kind: 'truncate'; readonly at: number }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'lie'; readonly by: number };

export interface Mutation {
  /** Which of the messages, modulo their number. */
  readonly message: number;
  readonly harm: Harm;
}

const place = fc.nat(4000);
const anyHarm: fc.Arbitrary<Harm> = fc.oneof(
  fc.record({ kind: fc.constant('none' as const) }),
  fc.record({ kind: fc.constant('flip' as const), bits: fc.array(place, { minLength: 1, maxLength: 4 }) }),
  fc.record({ kind: fc.constant('set' as const), at: place, byte: fc.constantFrom(0, 1, 0x7f, 0x80, 0xed, 0xff) }),
  fc.record({ kind: fc.constant('truncate' as const), at: place }),
  fc.record({ kind: fc.constant('insert' as const), at: place, bytes: fc.uint8Array({ minLength: 1, maxLength: 12 }) }),
  fc.record({ kind: fc.constant('lie' as const), by: fc.constantFrom(-3, -1, 1, 2, 1000, 1 << 25, 2 ** 31) }),
);
export const anyMutation: fc.Arbitrary<Mutation> = fc.record({ message: fc.nat(5), harm: anyHarm });

const harmed = (message: Buffer, harm: Harm): Buffer => {
  const bytes = Buffer.from(message);
  switch (harm.kind) {
    case 'none':
      return framed(bytes);
    case 'flip':
      for (const bit of harm.bits) {
        const at = bit % (bytes.length * 8);
        bytes.writeUInt8(bytes.readUInt8(at >> 3) ^ (1 << (at & 7)), at >> 3);
      }
      return framed(bytes);
    case 'set':
      bytes.writeUInt8(harm.byte, harm.at % bytes.length);
      return framed(bytes);
    case 'truncate':
      return framed(bytes.subarray(0, harm.at % bytes.length));
    case 'insert': {
      const at = harm.at % bytes.length;
      return framed(Buffer.concat([bytes.subarray(0, at), harm.bytes, bytes.subarray(at)]));
    }
    case 'lie':
      return framed(bytes, Math.max(0, bytes.length + harm.by));
  }
};

/** The body of a call with one of its messages harmed. */
export const mutated = (messages: readonly Uint8Array[], { message, harm }: Mutation): Buffer =>
  Buffer.concat(messages.map((bytes, index) => (index === message % messages.length ? harmed(Buffer.from(bytes), harm) : framed(bytes))));
