/** The typed client is made from our own OpenAPI document at every build, and never by hand. */
import { defineConfig } from '@hey-api/openapi-ts';

export default defineConfig({
  input: './dist/openapi.json',
  output: { path: 'dashboard/src/api/generated', clean: true },
  plugins: [{ name: '@hey-api/client-fetch', throwOnError: true }, '@hey-api/typescript', '@hey-api/sdk'],
  logs: { level: 'warn', file: false },
});
