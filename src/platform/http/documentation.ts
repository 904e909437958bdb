/** The OpenAPI document: what the routes say of themselves, and what all of one kind have in common, written once. */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { LEDGER_POSITION } from './ledger-position.js';
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

/** Makes the document of a running application. */
export function documentationOf(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder().setTitle('Order ledger').setVersion('1').addBearerAuth().build();
  const document = SwaggerModule.createDocument(app, config);
  for (const path of Object.values(document.paths))
    for (const method of CHANGING) {
      const operation = path[method] as (Operation & { [KEY_RULE]?: KeyRule }) | undefined;
      const rule = operation?.[KEY_RULE] ?? {};
      if (operation) delete operation[KEY_RULE];
      if (!operation || rule.exempt) continue;
      if (method === 'post') withKey(operation, rule);
      withPosition(operation);
    }
  return document;
}
