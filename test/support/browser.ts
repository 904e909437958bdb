/** A headless Chromium from npm for the browser tests; it needs nothing installed on the system. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { chromiumFiles } from './chromium-files.js';

/** No sandbox (it cannot run as root), no graphics card, nothing that asks the internet. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface TestBrowser {
  /** A page in a session of its own (no shared cookies); every error of the page and its console is collected in `errors`. */
  newPage(): Promise<{ page: Page; errors: readonly string[]; context: BrowserContext }>;
  close(): Promise<void>;
}

const environment = (more: Record<string, string>): Record<string, string> => ({
  ...Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined)),
  ...more,
});

/** The fonts that came along, by their real place: without one font no text takes up room, and nothing can be clicked. */
const fontConfiguration = async (home: string, fonts: string): Promise<string> => {
  const file = join(home, 'fonts.conf');
  const dirs = [join(fonts, 'fonts'), '/usr/share/fonts'].map((dir) => `<dir>${dir}</dir>`).join('');
  await writeFile(file, `<?xml version="1.0"?><fontconfig>${dirs}<cachedir>${join(home, 'font-cache')}</cachedir></fontconfig>`);
  return file;
};

/** Tries with the system's libraries first: those that came along are only for a system that lacks them. */
const launch = async (home: string): Promise<Browser> => {
  const { executable, libraries, fonts } = chromiumFiles();
  const env = environment({ HOME: home, FONTCONFIG_FILE: await fontConfiguration(home, fonts) });
  const options = { executablePath: process.env['CHROMIUM_PATH'] ?? executable, args: FLAGS, headless: true };
  try {
    return await chromium.launch({ ...options, env });
  } catch (error) {
    if (!String(error).includes('error while loading shared libraries')) throw error;
    return chromium.launch({ ...options, env: { ...env, LD_LIBRARY_PATH: libraries } });
  }
};

/** Starts the browser; CHROMIUM_PATH names another one than npm's. */
export async function startBrowser(): Promise<TestBrowser> {
  const home = await mkdtemp(join(tmpdir(), 'order-ledger-browser-'));
  const browser = await launch(home);
  return {
    newPage: async () => {
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-GB', timezoneId: 'UTC' });
      const page = await context.newPage();
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.message));
      page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
      return { page, errors, context };
    },
    close: async () => {
      await browser.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}
