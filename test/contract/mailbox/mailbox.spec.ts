import { createServer, type AddressInfo, type Socket } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startMailbox, textOf } from '../../../local/mailbox/server.js';
import type { Mailbox, Message } from '../../../local/mailbox/server.js';
import { Mailer } from '../../../src/notifications/mailer.js';
import { freePort } from '../../support/free-port.js';
import type { Running } from '../../../local/support/program.js';

describe('the mailbox', () => {
  let dir: string;
  let mailbox: Running;
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'mailbox-spec-'));
    mailbox = await startMailbox({ dir });
  });
  afterEach(async () => {
    await mailbox.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const send = (body: string): Promise<Response> =>
    fetch(`${mailbox.url}/alerts`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const messages = async (): Promise<Message[]> =>
    ((await (await fetch(`${mailbox.url}/messages?via=chat`)).json()) as { messages: Message[] }).messages;

  it('keeps what arrives, in order, over a restart', async () => {
    await send('{"content":"one"}');
    await send('{"text":"two","more":[1]}');
    await mailbox.close();
    mailbox = await startMailbox({ dir });
    expect(await (await send('{"content":"three"}')).json()).toEqual({ number: 3 });
    expect((await messages()).map(({ number, text, body }) => [number, text, body])).toEqual([
      [1, 'one', { content: 'one' }],
      [2, 'two', { text: 'two', more: [1] }],
      [3, 'three', { content: 'three' }],
    ]);
  });

  it('shows it as a page, newest first, and runs nothing of it', async () => {
    await send('{"content":"older"}');
    await send(JSON.stringify({ content: '<script>alert(1)</script> & "more"' }));
    const answer = await fetch(mailbox.url);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const page = await answer.text();
    expect(page).not.toContain('<script>');
    expect(page).toContain('&#60;script&#62;');
    expect(page.indexOf('&#60;script')).toBeLessThan(page.indexOf('older'));
  });

  it.each(['[]', '"text"', '17', '{', 'null'])('refuses %s', async (body) => {
    expect((await send(body)).status).toBe(400);
    expect(await messages()).toEqual([]);
  });
});

describe('the text of a message', () => {
  it.each([
    [{ content: 'Discord' }, 'Discord'],
    [{ text: 'Slack' }, 'Slack'],
    [{ content: '', embeds: [{ title: 'Title', description: 'More' }] }, 'Title\nMore'],
    [{ attachments: [{ title: 'Title', fallback: 'plain' }], blocks: [{ text: { text: 'block' } }, null] }, 'Title\nplain\nblock'],
    [{ other: 1 }, '{"other":1}'],
  ])('of %j', (body, text) => expect(textOf(body)).toBe(text));
});

describe('the mailbox’s mail server', () => {
  let mailbox: Mailbox;
  let mailer: Mailer;
  beforeEach(async () => {
    mailbox = await startMailbox();
    mailer = new Mailer({ url: mailbox.smtpUrl, from: 'Shop <shop@example.com>' });
  });
  afterEach(() => mailbox.close());

  const mail = { id: 'a-1', to: { name: 'Zoë, "the" <boss>', address: 'zoe@example.com' }, subject: 'Grüße', text: 'Ready ✓\n.\nend' };
  const mails = async (): Promise<Message[]> =>
    ((await (await fetch(`${mailbox.url}/messages?via=mail`)).json()) as { messages: Message[] }).messages;

  it('shows what was sent, once however often it comes', async () => {
    expect([await mailer.send(mail), await mailer.send(mail)]).toEqual([{ ok: true }, { ok: true }]);
    expect((await mails()).map(({ body }) => body)).toEqual([
      { messageId: '<a-1@example.com>', from: 'shop@example.com', to: ['zoe@example.com'], subject: 'Grüße', text: 'Ready ✓\n.\nend\n' },
    ]);
  });

  it.each([
    ['refuse-550@example.com', { ok: false, code: 'SMTP_550', final: true }],
    ['refuse-451@example.com', { ok: false, code: 'SMTP_451', final: false }],
  ])('answers %s as a mail server in trouble does', async (address, outcome) => {
    expect(await mailer.send({ ...mail, to: { name: 'A', address } })).toEqual(outcome);
    expect(await mails()).toEqual([]);
  });

  it('a mail server that is away, and one that says nothing, are no reason to give up', async () => {
    const held: Socket[] = [];
    const away = new Mailer({ url: `smtp://127.0.0.1:${await freePort()}`, from: 'a@b.example' });
    expect(await away.send(mail)).toEqual({ ok: false, code: 'ESOCKET', final: false });
    const silent = createServer((socket) => void held.push(socket));
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
    const { port } = silent.address() as AddressInfo;
    const waiting = new Mailer({ url: `smtp://127.0.0.1:${port}`, from: 'a@b.example', timeoutMs: 200 });
    expect(await waiting.send(mail)).toEqual({ ok: false, code: 'TIMEOUT', final: false });
    for (const socket of held) socket.destroy();
    silent.close();
  });
});
