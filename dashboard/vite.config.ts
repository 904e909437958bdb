/** Builds the dashboard into dist/dashboard, from where the API serves it; `npm run dashboard` serves it while it is worked on. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const API_PORT = 3000;
const api = `http://127.0.0.1:${API_PORT}`;

/** Packed once, when they are built, rather than at every request. */
const packed: Plugin = {
  name: 'packed',
  apply: 'build',
  writeBundle: ({ dir = '' }) => {
    const assets = join(dir, 'assets');
    for (const name of readdirSync(assets).filter((file) => /[.](js|css)$/.test(file))) {
      const body = readFileSync(join(assets, name));
      writeFileSync(join(assets, `${name}.gz`), gzipSync(body, { level: 9 }));
      writeFileSync(join(assets, `${name}.br`), brotliCompressSync(body));
    }
  },
};

export default defineConfig({
  root: import.meta.dirname,
  plugins: [packed],
  build: {
    outDir: '../dist/dashboard',
    emptyOutDir: true,
    // What is inlined as data: would need a weaker content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      // Mantine marks its files for servers that render React; here everything runs in the browser.
      onwarn: (warning, warn) => {
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning);
      },
    },
  },
  server: { proxy: { '/api': api, '/health': api, '/docs': api } },
});
