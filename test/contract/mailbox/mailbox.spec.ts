import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startMailbox, textOf } from '../../../local/mailbox/server.js';
import type { Message } from '../../../local/mailbox/server.js';
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
    ((await (await fetch(`${mailbox.url}/messages`)).json()) as { messages: Message[] }).messages;

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
