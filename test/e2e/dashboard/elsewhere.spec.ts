/** The dashboard on another origin than the API: built for that and served by a host of files alone; and what netlify.toml says beside what the API does itself. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startBrowser, type TestBrowser } from '../../support/browser.js';
import { Buyer, pay } from '../../support/buyer.js';
import { enter, originsOf } from '../../support/dashboard.js';
import { freePort } from '../../support/free-port.js';
import { LedgerProcess } from '../../support/ledger-process.js';
import { startWorld, type World } from '../../support/local-world.js';

const WAIT_MS = 60_000;
const TYPES: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const netlify = readFileSync('dashboard/netlify.toml', 'utf8');
/** What stands in quotes behind the names of one table of the file. */
const tablesOf = (name: string): Record<string, string>[] =>
  netlify
    .split(/^\[\[/m)
    .filter((part) => part.startsWith(`${name}]]`))
    .map((part) =>
      Object.fromEntries([...part.matchAll(/^ *([\w-]+) = "(.*)"$/gm)].map(([, key = '', value = '']) => [key.toLowerCase(), value])),
    );
const headersFor = (path: string): Record<string, string> => {
  const { for: _path, ...headers } = tablesOf('headers').find((table) => table['for'] === path) ?? {};
  return headers;
};

let world: World;
let ledger: LedgerProcess;
let browser: TestBrowser;
let server: Server;
let origin: string;
const dir = mkdtempSync(join(tmpdir(), 'elsewhere-'));

/** Files by name, and the page for every other address; with the headers of netlify.toml, but for where the API is. */
const serve = (port: number): Promise<Server> => {
  const headers = headersFor('/*');
  const policy = (headers['content-security-policy'] ?? '').replace("connect-src 'self'", `connect-src ${ledger.url}`);
  const made = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://host').pathname;
    const name = extname(path) === '' ? 'index.html' : path.slice(1);
    response.writeHead(200, { ...headers, 'content-security-policy': policy, 'content-type': TYPES[extname(name)] ?? 'text/html' });
    response.end(readFileSync(join(dir, name)));
  });
  return new Promise((done) => made.listen(port, '127.0.0.1', () => done(made)));
};

beforeAll(async () => {
  const port = await freePort();
  origin = `http://127.0.0.1:${port}`;
  world = await startWorld({ installMs: 300 });
  [ledger, browser] = await Promise.all([LedgerProcess.start(world, { env: { CORS_ORIGINS: origin } }), startBrowser()]);
  const build = ['node_modules/vite/bin/vite.js', 'build', '--config', 'dashboard/vite.config.ts', '--outDir', dir, '--emptyOutDir'];
  await promisify(execFile)(process.execPath, build, { env: { ...process.env, NODE_OPTIONS: '', VITE_API_URL: ledger.url } });
  server = await serve(port);
}, 240_000);
afterAll(async () => {
  await browser.close();
  server.close();
  await ledger.stop();
  await world.close();
  rmSync(dir, { recursive: true });
}, 240_000);

describe('the dashboard on another origin', () => {
  it('logs in, lists, follows what happens, changes what is its customer’s, and is still logged in after a reload', async () => {
    const email = `far-${randomUUID()}@example.com`;
    const buyer = await Buyer.signUp(ledger.url, email);
    const { page, errors } = await browser.newPage();
    page.setDefaultTimeout(WAIT_MS);
    const origins = originsOf(page);
    await page.goto(`${origin}/login`);
    await enter(page, email);
    await page.getByText('No servers yet').waitFor();
    const { checkoutUrl } = await buyer.order({ planId: 'teeworlds-256m' });
    await page.getByText('Waiting for payment').waitFor();
    await pay(checkoutUrl);
    await page.getByText('Ready', { exact: true }).waitFor();
    await page.goto(`${origin}/account`);
    await page.getByRole('textbox', { name: 'Name' }).fill('Ada Elsewhere');
    await page.getByRole('button', { name: 'Save the name' }).click();
    await page.getByText('Saved.').waitFor();
    expect([...origins].sort()).toStrictEqual([origin, ledger.url].sort());
    expect(errors).toStrictEqual([]);
  }, 180_000);
});

describe('netlify.toml', () => {
  it('sends the same headers as the API does with the page and its files', async () => {
    const page = await fetch(ledger.url);
    const [, asset = ''] = /"(\/assets\/[^"]+[.]js)"/.exec(await page.text()) ?? [];
    const file = await fetch(`${ledger.url}${asset}`);
    const same = (answer: Response, wanted: Record<string, string>) =>
      Object.fromEntries(Object.keys(wanted).map((name) => [name, answer.headers.get(name)]));
    expect(Object.keys(headersFor('/*'))).toContain('content-security-policy');
    expect(same(page, headersFor('/*'))).toStrictEqual(headersFor('/*'));
    expect(same(file, headersFor('/assets/*'))).toStrictEqual(headersFor('/assets/*'));
  });

  it('leads what is the API’s to the API, whatever files there are, and every other address to the page', async () => {
    expect(tablesOf('redirects')).toStrictEqual([
      { from: '/api/*', to: 'https://API_ORIGIN/api/:splat' },
      { from: '/*', to: '/index.html' },
    ]);
    expect(netlify).toMatch(/from = "\/api\/\*"[^[]*status = 200\n {2}force = true/);
    expect((await fetch(`${ledger.url}/servers`)).headers.get('content-type')).toContain('text/html');
    expect((await fetch(`${ledger.url}/api/nothing`)).status).toBe(404);
  });
});
