/** The mail half of the mailbox: an SMTP server that takes everything for everybody, without log-in and encryption. */
import type { AddressInfo } from 'node:net';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import type { Running } from '../support/program.js';

export interface Mail {
  /** As its header says, with angle brackets; empty where there is none. */
  readonly messageId: string;
  readonly from: string;
  /** Addresses of the envelope. */
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
}

const MAIL_BYTES_MAX = 1_048_576;

const bytesOf = async (stream: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
};

/** An address that asks for it is answered as by a mail server in trouble: `refuse-550@…` for good, `refuse-451@…` for now. */
const refusalOf = (address: string): (Error & { responseCode: number }) | undefined => {
  const code = /^refuse-([45]\d\d)@/.exec(address)?.[1];
  return code === undefined ? undefined : Object.assign(new Error('not here'), { responseCode: Number(code) });
};

/** Starts it; `receive` is called for each mail before the sender is told that it was taken. */
export async function startSmtp({ port, host }: { port: number; host: string }, receive: (mail: Mail) => void): Promise<Running> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    size: MAIL_BYTES_MAX,
    onRcptTo: ({ address }, _session, callback) => callback(refusalOf(address)),
    onData: (stream, { envelope }, callback) => {
      bytesOf(stream)
        .then((bytes) => PostalMime.parse(bytes))
        .then(({ messageId = '', subject = '', text = '' }) => {
          const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
          receive({ messageId, from, to: envelope.rcptTo.map(({ address }) => address), subject, text });
          callback();
        })
        .catch((error: unknown) => callback(error instanceof Error ? error : new Error(String(error))));
    },
  });
  // A client that goes away is its own business.
  server.on('error', () => undefined);
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(port, host, done);
  });
  const { port: chosen } = server.server.address() as AddressInfo;
  return { url: `smtp://${host}:${chosen}`, close: () => new Promise((done) => server.close(() => done())) };
}
