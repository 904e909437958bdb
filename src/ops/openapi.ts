/** `npm run openapi -- [file]`: writes the OpenAPI document (default dist/openapi.json). Nothing is reached: the modules are only looked at. */
import 'reflect-metadata';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from '../app.module.js';
import { Catalog } from '../catalog/catalog.js';
import { SystemClock } from '../platform/clock.js';
import { loadSettings } from '../platform/config/load-settings.js';
import { EventStore } from '../platform/event-store/event-store.js';
import { documentationOf } from '../platform/http/documentation.js';

const FILE_DEFAULT = 'dist/openapi.json';

/** Sound and of no use: a preview calls nobody. */
const NOBODY = {
  EVENTSTORE_URL: 'esdb://localhost:1?tls=false',
  DATABASE_URL: 'postgres://localhost:1/none',
  STRIPE_SECRET_KEY: `sk_test_${'0'.repeat(24)}`,
  STRIPE_WEBHOOK_SECRET: `whsec_${'0'.repeat(24)}`,
  PANEL_URL: 'http://localhost:1',
  PTERO_APP_KEY: `ptla_${'0'.repeat(43)}`,
  SMTP_URL: 'smtp://localhost:1',
  JWT_SECRET: '0'.repeat(64),
  IDENTITY_KEY: Buffer.alloc(32).toString('base64'),
};

const settings = loadSettings(NOBODY);
const store = new EventStore(settings.EVENTSTORE_URL);
const core = { settings, clock: new SystemClock(), store, catalog: Catalog.load(settings.CATALOG_PATH) };
const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(core), new FastifyAdapter(), {
  preview: true,
  logger: ['error'],
});
const file = process.argv[2] ?? FILE_DEFAULT;
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, `${JSON.stringify(documentationOf(app), null, 2)}\n`);
await store.close();
