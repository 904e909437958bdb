/** Answers that go on: what becomes of one that is not read. */
import { describe, expect, it } from '@jest/globals';
import { fastify } from 'fastify';
import { connect } from 'node:net';
import { once } from 'node:events';
import { ServerSent } from './server-sent.js';

describe('an answer of Server-Sent Events', () => {
  it('is cut off when it is not read, and holds no more than a bound until then', async () => {
    const app = fastify();
    const begun = new Promise<ServerSent>((take) => {
      app.get('/', (_request, reply) => {
        const answer = new ServerSent(reply);
        answer.open();
        take(answer);
      });
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const address = app.server.address();
    const socket = connect(typeof address === 'object' && address ? address.port : 0, '127.0.0.1');
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nHost: here\r\n\r\n');
    const answer = await begun;
    let closed = false;
    answer.onClose(() => (closed = true));
    // More than the bound and what the sockets of both sides hold.
    for (let sent = 0; sent < 2_000 && !closed; sent += 1) {
      answer.send('hint', { text: 'x'.repeat(16_384) });
      await new Promise(setImmediate);
    }
    expect(closed).toBe(true);
    socket.destroy();
    if (!socket.closed) await once(socket, 'close');
    await app.close();
  });
});
