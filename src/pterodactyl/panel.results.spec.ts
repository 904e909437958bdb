import { describe, expect, it } from '@jest/globals';
import { judge } from './panel.results.js';

const body = (code: string, meta?: object): object => ({
  errors: [{ code, status: '0', detail: 'bob@example.test is taken', ...(meta ? { meta } : {}) }],
});

describe('the outcome of a call', () => {
  it('is done for a success with JSON, and for 204', () => {
    expect(judge(201, { object: 'server' })).toEqual({ ok: 'done', value: { object: 'server' } });
    expect(judge(204, undefined)).toEqual({ ok: 'done', value: undefined });
  });

  it('is a refusal with code, rule and field, and nothing of the text', () => {
    const refused = judge(422, body('ValidationException', { source_field: 'email', rule: 'unique' }));
    expect(refused).toEqual({ ok: 'refused', code: 'ValidationException', status: 422, rule: 'unique', field: 'email' });
    expect(judge(400, body('NoViableNodeException'))).toEqual({ ok: 'refused', code: 'NoViableNodeException', status: 400 });
    expect(judge(401, body('AuthenticationException'))).toEqual({ ok: 'refused', code: 'AuthenticationException', status: 401 });
  });

  it('is absent only when the panel itself says so', () => {
    expect(judge(404, body('NotFoundHttpException'))).toEqual({ ok: 'absent' });
    expect(judge(404, body('DaemonConnectionException'))).toEqual({ ok: 'unknown', code: 'DaemonConnectionException' });
    expect(judge(404, undefined)).toEqual({ ok: 'unknown', code: 'NotJson' });
  });

  it('is unknown after a server error, a Wings failure or an answer that is no JSON', () => {
    expect(judge(500, body('DataValidationException'))).toEqual({ ok: 'unknown', code: 'DataValidationException' });
    expect(judge(403, body('DaemonConnectionException'))).toEqual({ ok: 'unknown', code: 'DaemonConnectionException' });
    expect(judge(502, undefined)).toEqual({ ok: 'unknown', code: 'Http502' });
    expect(judge(200, undefined)).toEqual({ ok: 'unknown', code: 'NotJson' });
    expect(judge(302, undefined)).toEqual({ ok: 'unknown', code: 'NotJson' });
  });
});
