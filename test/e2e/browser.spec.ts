import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startBrowser } from '../support/browser.js';
import type { TestBrowser } from '../support/browser.js';

describe('the browser of the tests', () => {
  let browser: TestBrowser;
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<button onclick="this.textContent = String(6 * 7)">ask</button><p>visible</p><script>console.error("noticed")</script>');
  });
  beforeAll(async () => {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser.close();
    server.close();
  });

  it('runs a page and its script, and hears of its errors', async () => {
    const { page, errors } = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.getByRole('button').click();
    expect(await page.getByRole('button').textContent()).toBe('42');
    expect(errors).toContain('noticed');
  });

  it('has a font: text takes up room', async () => {
    const { page } = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    expect(await page.locator('p').innerText()).toBe('visible');
    expect((await page.locator('p').boundingBox())?.height).toBeGreaterThan(0);
  });
});
