/** What is left of a report from a browser. */
import { describe, expect, it } from '@jest/globals';
import { redacted } from './client-errors.js';

describe('a redacted text', () => {
  it.each([
    ['failed with Bearer abc.def-1', 'failed with Bearer [token]'],
    ['token eyJhbGciOi.eyJzdWIiOi.c2ln at once', 'token [token] at once'],
    ['key sk_live_abc123 and whsec_4Z', 'key [key] and [key]'],
    ['no account for ada.l+x@mail.example.com here', 'no account for [e-mail] here'],
    ['see ada%40example.com', 'see [e-mail]'],
    ['at https://shop.example.com/orders/1?email=a&x=1#top:10:5', 'at https://shop.example.com/orders/1:10:5'],
    ['GET /api/v1/me?atLeast=5 failed', 'GET /api/v1/me failed'],
    ['{"password": "hunter 2", "size": 1}', '{"password": [hidden], "size": 1}'],
    ['one\nat two\r\n\tat three', 'one ⏎ at two ⏎ at three'],
    ['TypeError: x is undefined (orders.tsx:10:5)', 'TypeError: x is undefined (orders.tsx:10:5)'],
  ])('of %j is %j', (text, rest) => expect(redacted(text)).toBe(rest));
});
