/** Where alerts and mail arrive on a machine without a chat and a mail server: takes what Discord and Slack webhooks take, and SMTP, and shows it. */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fastify } from 'fastify';
import type { FastifyInstance } from 'fastify';
import type { Running } from '../support/program.js';
import { startSmtp, type Mail } from './smtp.js';

export interface MailboxOptions {
  readonly port?: number | undefined;
  /** Of SMTP; 0: any free one. */
  readonly smtpPort?: number | undefined;
  readonly host?: string | undefined;
  /** Where messages are kept over a restart; absent means only in memory. */
  readonly dir?: string | undefined;
}

export interface Message {
  readonly number: number;
  /** ISO-8601, this machine's clock. */
  readonly receivedAt: string;
  readonly via: 'chat' | 'mail';
  /** The part a reader would see. */
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export type Mailbox = Running & { readonly smtpUrl: string };

const MESSAGES_MAX = 1000;

const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
const texts = (...values: unknown[]): string[] => values.filter((value): value is string => typeof value === 'string' && value !== '');

/** What a reader of the chat would see: Discord shows `content` and `embeds`, Slack shows `text` and the texts of `attachments` and `blocks`. */
export function textOf(body: Readonly<Record<string, unknown>>): string {
  const list = (name: string): Record<string, unknown>[] => (Array.isArray(body[name]) ? (body[name] as unknown[]).map(record) : []);
  const embeds = list('embeds').flatMap(({ title, description }) => texts(title, description));
  const attachments = list('attachments').flatMap(({ title, text, fallback }) => texts(title, text ?? fallback));
  const blocks = list('blocks').flatMap(({ text }) => texts(record(text)['text']));
  const shown = [...texts(body['content'], body['text']), ...embeds, ...attachments, ...blocks];
  return shown.length > 0 ? shown.join('\n') : JSON.stringify(body);
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const page = (messages: readonly Message[]): string => {
  const items = [...messages]
    .reverse()
    .map(({ number, receivedAt, text }) => `<li id="${number}"><time>${escaped(receivedAt)}</time><pre>${escaped(text)}</pre></li>`);
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Mailbox (${messages.length})</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}ol{list-style:none;padding:0}li{border:1px solid #8886;border-radius:.5rem;padding:.5rem 1rem;margin:.5rem 0}pre{white-space:pre-wrap;margin:0;font:inherit}time{color:#666;font-size:.85rem}</style>
<h1>Mailbox</h1><p>${messages.length === 0 ? 'Nothing has arrived yet.' : `${messages.length} received, newest first.`}</p><ol>${items.join('\n')}</ol></html>`;
};

const isMessage = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const routes = (app: FastifyInstance, messages: readonly Message[], receive: (body: Record<string, unknown>) => Message): void => {
  app.post('/alerts', (request, reply) => {
    if (!isMessage(request.body)) return reply.code(400).send({ message: 'expected a JSON object, as Discord and Slack do' });
    return reply.code(200).send({ number: receive(request.body).number });
  });
  app.get('/messages', (request) => {
    const { via } = request.query as { via?: string };
    return { messages: messages.filter((message) => via === undefined || message.via === via) };
  });
  app.get('/', (_request, reply) => reply.type('text/html; charset=utf-8').send(page(messages)));
};

const mailText = ({ from, to, subject, text }: Mail): string => `From: ${from}\nTo: ${to.join(', ')}\nSubject: ${subject}\n\n${text}`;

/** Starts the mailbox; the newest 1,000 messages are kept in memory. A mail whose Message-ID is among them is taken and not shown again. */
export async function startMailbox({ port = 0, smtpPort = 0, host = '127.0.0.1', dir }: MailboxOptions = {}): Promise<Mailbox> {
  const file = dir === undefined ? undefined : join(dir, 'messages.jsonl');
  if (dir !== undefined) mkdirSync(dir, { recursive: true });
  const lines = file !== undefined && existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  const messages = lines
    .filter((line) => line.endsWith('}'))
    .map((line) => ({ via: 'chat', ...(JSON.parse(line) as object) }) as Message)
    .slice(-MESSAGES_MAX);
  const receive = (received: Pick<Message, 'via' | 'text' | 'body'>): Message => {
    const message = { number: (messages.at(-1)?.number ?? 0) + 1, receivedAt: new Date().toISOString(), ...received };
    if (file !== undefined) appendFileSync(file, `${JSON.stringify(message)}\n`, { mode: 0o600 });
    messages.push(message);
    if (messages.length > MESSAGES_MAX) messages.shift();
    return message;
  };
  const isKnown = ({ messageId }: Mail): boolean => messageId !== '' && messages.some(({ body }) => body['messageId'] === messageId);
  const smtp = await startSmtp({ port: smtpPort, host }, (mail) => {
    if (!isKnown(mail)) receive({ via: 'mail', text: mailText(mail), body: { ...mail } });
  });
  const app = fastify({ forceCloseConnections: true });
  routes(app, messages, (body) => receive({ via: 'chat', text: textOf(body), body }));
  const url = await app.listen({ port, host });
  return { url, smtpUrl: smtp.url, close: async () => void (await Promise.all([app.close(), smtp.close()])) };
}
