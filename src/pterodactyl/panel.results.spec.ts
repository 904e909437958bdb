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

/** Every error that the panel is known to answer with. */
const REFUSED = [
  [401, 'AuthenticationException'],
  [400, 'BadRequestHttpException'],
  [400, 'TwoFactorAuthRequiredException'],
  [403, 'AccessDeniedHttpException'],
  [405, 'MethodNotAllowedHttpException'],
  [429, 'ThrottleRequestsException'],
  [400, 'InvalidFilterQuery'],
  [400, 'InvalidSortQuery'],
  [422, 'ValidationException'],
  [400, 'NoViableNodeException'],
  [400, 'NoViableAllocationException'],
  [400, 'DisplayException'],
  [400, 'ServerUsingAllocationException'],
  [400, 'InvalidPortMappingException'],
  [400, 'PortOutOfRangeException'],
  [400, 'TooManyPortsInRangeException'],
  [400, 'CidrOutOfRangeException'],
  [400, 'HasActiveServersException'],
  [400, 'HasActiveNodesException'],
  [400, 'TooManyDatabasesException'],
  [400, 'DuplicateDatabaseNameException'],
  [400, 'NoSuitableDatabaseHostException'],
  [409, 'ConflictHttpException'],
  [409, 'ServerStateConflictException'],
  // A command to a server that does not run.
  [502, 'HttpException'],
] as const;
const UNKNOWN = [
  [500, 'DataValidationException'],
  [500, 'UniqueConstraintViolationException'],
  [500, 'QueryException'],
  [500, 'TypeError'],
  [503, 'HttpException'],
  // Wings, through the panel: the status is Wings' own.
  [504, 'DaemonConnectionException'],
  [500, 'DaemonConnectionException'],
  [502, 'DaemonConnectionException'],
  [400, 'DaemonConnectionException'],
  [401, 'DaemonConnectionException'],
  [403, 'DaemonConnectionException'],
  [404, 'DaemonConnectionException'],
  [409, 'DaemonConnectionException'],
  [422, 'DaemonConnectionException'],
] as const;

describe('an error of the panel', () => {
  it.each(REFUSED)('%i %s says that nothing happened', (status, code) => {
    expect(judge(status, body(code))).toEqual({ ok: 'refused', code, status });
  });
  it.each(UNKNOWN)('%i %s leaves open what happened', (status, code) => {
    expect(judge(status, body(code))).toEqual({ ok: 'unknown', code });
  });
  it.each([302, 400, 401, 403, 404, 413, 429, 500, 502, 503, 504])('%i without JSON leaves it open', (status) => {
    expect(judge(status, undefined).ok).toBe('unknown');
  });
});
