/** The OpenAPI document: what the routes say of themselves, and what all of one kind have in common, written once. */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { LEDGER_POSITION, LEDGER_STALE } from './ledger-position.js';
import { IDEMPOTENCY_KEY, KEY_MAX, KEY_RULE, type KeyRule } from './request-key.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['post']>;

const CHANGING = ['post', 'put', 'patch', 'delete'] as const;
const KEY_PROBLEMS = {
  409: 'IDEMPOTENCY_KEY_IN_USE: the first request with this key is still at work',
  422: 'IDEMPOTENCY_KEY_INVALID, IDEMPOTENCY_KEY_REUSED: this key came with another request',
};

const withKey = (operation: Operation, { required = false }: { required?: boolean }): void => {
  const description =
    'A fresh id for each wish, the same for a repeat of it: a repeat changes nothing and answers as the first. Kept for 30 days.';
  const header = { name: IDEMPOTENCY_KEY, in: 'header' as const, required, description };
  operation.parameters = [...(operation.parameters ?? []), { ...header, schema: { type: 'string', maxLength: KEY_MAX } }];
  for (const [status, problem] of Object.entries(KEY_PROBLEMS)) {
    const own = operation.responses[status];
    const known = own && 'description' in own ? `${own.description}; ` : '';
    operation.responses[status] = { ...own, description: `${known}${problem}` };
  }
};

const withPosition = (operation: Operation): void => {
  const description = 'How far the log must have been read to see this change: the atLeast of a later read.';
  for (const [status, response] of Object.entries(operation.responses))
    if (status.startsWith('2') && response && !('$ref' in response))
      response.headers = { ...response.headers, [LEDGER_POSITION]: { description, schema: { type: 'string' } } };
};

const withAtLeast = (operation: Operation): void => {
  const description = `A ${LEDGER_POSITION} of an earlier answer: wait, for a few seconds at most, until the read models have seen it.`;
  const others = (operation.parameters ?? []).filter((parameter) => !('name' in parameter && parameter.name === 'atLeast'));
  operation.parameters = [...others, { name: 'atLeast', in: 'query', required: false, description, schema: { type: 'string' } }];
  operation.responses['304'] = { description: 'Unchanged: If-None-Match names the ETag of the answer.' };
  const stale = { description: 'The answer is older than what was asked for.', schema: { type: 'string' as const, enum: ['true'] } };
  const behind = `The read models have not seen atLeast in time; the answer is how they stand, and ${LEDGER_STALE} says so. Ask again.`;
  operation.responses['202'] = { ...operation.responses['200'], description: behind, headers: { [LEDGER_STALE]: stale } };
};

const problemContent = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };

/** Whatever a route says of its own refusals, they all look alike; those that any route may answer are one entry. */
const withProblems = (operation: Operation): void => {
  for (const [status, response] of Object.entries(operation.responses))
    if (Number(status) >= 400 && response && !('$ref' in response)) response.content ??= problemContent;
  operation.responses.default = {
    description: 'Any other refusal, such as UNAUTHENTICATED, TOKEN_INVALID, RATE_LIMITED, DATABASE_UNAVAILABLE or INTERNAL.',
    content: problemContent,
  };
};

const PROBLEM = {
  type: 'object',
  description: 'RFC 9457; `code` is stable, `detail` is for people.',
  required: ['type', 'title', 'instance', 'status', 'code', 'detail'],
  properties: {
    type: { type: 'string', example: 'about:blank' },
    title: { type: 'string', description: 'The code again.' },
    instance: { type: 'string', description: 'The path that was asked for.' },
    status: { type: 'integer' },
    code: { type: 'string', example: 'VALIDATION_FAILED' },
    detail: { type: 'string' },
    errors: {
      type: 'array',
      description: 'With VALIDATION_FAILED: what is wrong with which field.',
      items: {
        type: 'object',
        required: ['field', 'problems'],
        properties: { field: { type: 'string' }, problems: { type: 'array', items: { type: 'string' } } },
      },
    },
  },
};

/** `orders_list`: the controller and its method. A route under a second path is an alias. */
const nameOf = (controller: string, method: string): string =>
  `${controller.charAt(0).toLowerCase()}${controller.slice(1).replace(/Controller$/, '')}_${method}`;
const ALIAS = /\[(\d+)\]$/;

const named = (operation: Operation): Operation => {
  operation.operationId = (operation.operationId ?? '').replace(ALIAS, (_suffix, number) => (number === '0' ? '' : 'Alias'));
  return operation;
};

/** What every route that changes something has, unless it says that it is exempt. */
const withCommonOf = (path: OpenAPIObject['paths'][string], method: (typeof CHANGING)[number]): void => {
  const operation = path[method] as (Operation & { [KEY_RULE]?: KeyRule }) | undefined;
  const rule = operation?.[KEY_RULE] ?? {};
  if (operation) delete operation[KEY_RULE];
  if (!operation || rule.exempt) return;
  if (method === 'post') withKey(operation, rule);
  withPosition(operation);
};

/** Makes the document of a running application. */
export function documentationOf(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder().setTitle('Order ledger').setVersion('1').addBearerAuth().addCookieAuth('ledger_refresh').build();
  const document = SwaggerModule.createDocument(app, config, { operationIdFactory: nameOf });
  document.components = { ...document.components, schemas: { ...document.components?.schemas, Problem: PROBLEM } };
  for (const [route, path] of Object.entries(document.paths)) {
    if (path.get && route.startsWith('/api/v1/')) withAtLeast(path.get);
    for (const method of CHANGING) withCommonOf(path, method);
    for (const operation of [path.get, path.post, path.put, path.patch, path.delete]) if (operation) withProblems(named(operation));
  }
  return document;
}
