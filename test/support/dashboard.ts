/** Ways through the dashboard, clicked as a customer would, and what every page is looked at for. */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const THEMES = ['light', 'dark'] as const;
const DESKTOP = { width: 1280, height: 900 };
/** The narrowest that counts. */
const PHONE = { width: 360, height: 740 };
const PASSWORD = 'correct horse battery';

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly any: readonly { readonly message: string }[] }[];
}
type WithAxe = { axe: { run(options: object): Promise<{ violations: Violation[] }> } };

/** What a screen reader, a keyboard or weak eyes would stumble over, in words. */
const violationsOf = async (page: Page): Promise<string[]> => {
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as WithAxe).axe.run({ resultTypes: ['violations'] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, any }) => `${html} ${any[0]?.message ?? ''}`).join(' | ')}`);
  });
  return found;
};

/** How many pixels the page is wider than the screen. */
const overflowOf = (page: Page): Promise<number> =>
  page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');

/** Where pictures are to be put: `npm run screenshots`. */
const pictures = process.env['DASHBOARD_SCREENSHOTS'];

/** Looks at a page in both themes and on a phone. Answers what is wrong with it; takes its pictures when they are asked for. */
export async function faultsOf(page: Page, name: string): Promise<string[]> {
  const faults: string[] = [];
  for (const colorScheme of THEMES) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    faults.push(...(await violationsOf(page)).map((fault) => `${name}, ${colorScheme}: ${fault}`));
    if (pictures !== undefined) await takePictures(page, `${name}-${colorScheme}`);
  }
  await page.setViewportSize(PHONE);
  const overflowPx = await overflowOf(page);
  if (overflowPx > 0) faults.push(`${name}: ${overflowPx} pixels too wide for a phone`);
  await page.setViewportSize(DESKTOP);
  return faults;
}

const takePictures = async (page: Page, name: string): Promise<void> => {
  mkdirSync(pictures ?? '', { recursive: true });
  for (const [size, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
    await page.setViewportSize(viewport);
    await page.screenshot({ path: join(pictures ?? '', `${name}-${size}.png`) });
  }
  await page.setViewportSize(DESKTOP);
};

/** Every origin that the page asks anything of. */
export function originsOf(page: Page): Set<string> {
  const origins = new Set<string>();
  page.on('request', (request) => origins.add(new URL(request.url()).origin));
  return origins;
}

/** From the first page to the game's own. */
export async function chooseGame(page: Page, url: string, game: string): Promise<void> {
  await page.goto(url);
  await page.getByRole('link', { name: game, exact: true }).click();
  await page.getByRole('complementary').waitFor();
}

/** Fills in the form that stands on the page. */
export async function enter(page: Page, email: string, name?: string): Promise<void> {
  if (name !== undefined) await page.getByRole('textbox', { name: 'Name' }).fill(name);
  await page.getByRole('textbox', { name: 'E-mail' }).fill(email);
  await page.locator('input[name=password]').fill(PASSWORD);
  await page.locator('form button[type=submit]').click();
}

/** From the game's page to Stripe's. */
export async function toPayment(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Continue to payment' }).click();
  await page.locator('#pay').waitFor();
}

/** Logs in as the operator of the demo accounts and goes to their pages. */
export async function toOperations(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/login`);
  await page.getByRole('textbox', { name: 'E-mail' }).fill('ops@example.com');
  await page.locator('input[name=password]').fill('ops-password-1');
  await page.locator('form button[type=submit]').click();
  await page.getByRole('link', { name: 'Operations' }).click();
}

/** One of the operators' pages. */
export const toSection = (page: Page, name: string): Promise<void> =>
  page.getByRole('navigation', { name: 'Operations' }).getByRole('link', { name, exact: true }).click();
