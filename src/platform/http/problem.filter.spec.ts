import { BadRequestException, HttpException, NotFoundException, UnauthorizedException } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { refuse } from '../refusal.js';
import { problemOf } from './problem.filter.js';

describe('a problem', () => {
  it.each([404, 409, 422, 503] as const)('of a refusal with %i carries its code', (status) => {
    expect(problemOf(refuse('SOME_CODE', status, 'Why.'))).toEqual({ status, code: 'SOME_CODE', detail: 'Why.' });
  });

  it.each([
    [new NotFoundException(), 404, 'NOT_FOUND'],
    [new HttpException('slow down', 429), 429, 'RATE_LIMITED'],
    [new UnauthorizedException({ code: 'LOGIN_FAILED', detail: 'no' }), 401, 'LOGIN_FAILED'],
    [new BadRequestException('no'), 400, 'BAD_REQUEST'],
    [Object.assign(new Error('too large'), { statusCode: 413 }), 413, 'BODY_TOO_LARGE'],
    [Object.assign(new Error('Unexpected token s in "secret"'), { statusCode: 400 }), 400, 'BAD_REQUEST'],
  ])('of %p is %i %s', (error, status, code) => {
    expect(problemOf(error)).toMatchObject({ status, code });
  });

  it.each([
    [Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })],
    [Object.assign(new Error('shutting down'), { code: '57P01' })],
    [new Error('Connection terminated unexpectedly')],
    [new AggregateError([Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })])],
  ])('of a database that is away is 503: %p', (error) => {
    expect(problemOf(error)).toMatchObject({ status: 503, code: 'DATABASE_UNAVAILABLE' });
  });

  it('of malformed JSON does not repeat the body', () => {
    expect(problemOf(Object.assign(new Error('Unexpected token in "secret"'), { statusCode: 400 }))?.detail).not.toContain('secret');
  });

  it.each([[new Error('boom')], ['text'], [undefined], [null], [Object.assign(new Error('db'), { statusCode: 500 })]])(
    'is not made of %p',
    (error) => {
      expect(problemOf(error)).toBeUndefined();
    },
  );
});
