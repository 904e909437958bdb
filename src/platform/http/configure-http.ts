/** What every HTTP application of ours has: validation, problems, headers, limits, documentation. */
import { UnprocessableEntityException, ValidationPipe, type ValidationError } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import { documentationOf } from './documentation.js';
import { withEntityTags } from './entity-tag.js';
import { ProblemFilter } from './problem.filter.js';

export interface HttpSettings {
  readonly CORS_ORIGINS: readonly string[];
}

export const BODY_BYTES_MAX = 1_048_576;

const flat = (errors: readonly ValidationError[], prefix = ''): { field: string; problems: string[] }[] =>
  errors.flatMap((error) => {
    const field = `${prefix}${error.property}`;
    const own = error.constraints ? [{ field, problems: Object.values(error.constraints) }] : [];
    return [...own, ...flat(error.children ?? [], `${field}.`)];
  });

const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'cross-origin-opener-policy': 'same-origin',
};

/** Applies all of it; the caller listens. */
export function configureHttp(app: NestFastifyApplication, settings: HttpSettings): void {
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalPipes(
    new ValidationPipe({
      whitelist: true,
      forbidNonWhitelisted: true,
      transform: true,
      stopAtFirstError: false,
      validationError: { target: false, value: false },
      exceptionFactory: (errors) =>
        new UnprocessableEntityException({ code: 'VALIDATION_FAILED', detail: 'Some fields are not valid.', errors: flat(errors) }),
    }),
  );
  app.useBodyParser('application/json', { bodyLimit: BODY_BYTES_MAX });
  if (settings.CORS_ORIGINS.length > 0) {
    app.enableCors({
      origin: [...settings.CORS_ORIGINS],
      credentials: true,
      // The adapter's own list ends with what a form can send.
      methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
      exposedHeaders: ['ETag', 'Ledger-Position', 'Ledger-Stale', 'Retry-After'],
    });
  }
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (request, reply, done) => {
      void reply.headers({ ...SECURITY_HEADERS, 'x-request-id': request.id });
      done();
    });
  withEntityTags(app.getHttpAdapter().getInstance());
  SwaggerModule.setup('docs', app, () => documentationOf(app), { jsonDocumentUrl: 'docs-json' });
}
