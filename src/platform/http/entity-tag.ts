/** Reads that have not changed are answered with 304: the tag is made of the answer itself, so that it is right whatever it comes from. */
import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const TAG_CHARS = 27;

const tagOf = (body: string): string => `W/"${createHash('sha256').update(body).digest('base64url').slice(0, TAG_CHARS)}"`;

/** RFC 9110, 13.1.2: weak comparison, which looks at neither side's `W/`. */
const names = (header: string, tag: string): boolean =>
  header.trim() === '*' || header.split(',').some((one) => one.trim().replace(/^W\//, '') === tag.slice(2));

const isTagged = ({ method, url }: FastifyRequest, reply: FastifyReply): boolean =>
  method === 'GET' &&
  url.startsWith('/api/v1/') &&
  reply.statusCode === 200 &&
  !reply.hasHeader('cache-control') &&
  /json/.test(String(reply.getHeader('content-type')));

export const withEntityTags = (server: FastifyInstance): void => {
  server.addHook('onSend', async (request, reply, payload) => {
    if (typeof payload !== 'string' || !isTagged(request, reply)) return payload;
    const tag = tagOf(payload);
    void reply.headers({ etag: tag, 'cache-control': 'private, no-cache', vary: 'Authorization, Origin' });
    if (!names(request.headers['if-none-match'] ?? '', tag)) return payload;
    void reply.code(304).removeHeader('content-type').removeHeader('content-length');
    return null;
  });
};
