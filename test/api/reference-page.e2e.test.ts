import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { startChromium } from '../support/chromium.js';
import { type ApiUnderTest, startApi } from './support/running-api.js';

let api: ApiUnderTest;
let browser: Browser;
let axe: string;
let page: Page;
let troubles: string[];

beforeAll(async () => {
  api = await startApi();
  browser = await startChromium(['--host-resolver-rules=MAP kiln.example 127.0.0.1']);
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core'), 'utf8');
}, 300_000);
afterEach(() => page.close());
afterAll(async () => {
  await browser.close();
  await api.close();
});

async function open(width: number, colorScheme: 'light' | 'dark', origin = api.url): Promise<void> {
  page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
  troubles = [];
  page.on('console', (message) => troubles.push(message.text()));
  page.on('pageerror', (error) => troubles.push(String(error)));
  page.on('request', (request) => {
    if (!/^(?:data:|http:\/\/(?:127\.0\.0\.1|kiln\.example):)/.test(request.url()))
      troubles.push(request.url());
  });
  await page.goto(`${origin}/docs`);
}

/** Calls an operation from its form and gives what the page shows of the answer. */
async function tryIt(id: string): Promise<{ status: string; answer: string }> {
  await page.locator(`#${id} .try summary`).click();
  await page.locator(`#${id} .try button[type=submit]`).click();
  const status = page.locator(`#${id} .try .status`).filter({ hasText: /^\d{3}/ });
  await status.waitFor();
  await page.locator(`#${id} .try .stop`).waitFor({ state: 'hidden' });
  return {
    status: await status.innerText(),
    answer: await page.locator(`#${id} .try .answer pre`).innerText(),
  };
}

describe('the API reference in a browser', () => {
  it.each([
    [1280, 'light'],
    [1280, 'dark'],
    [380, 'light'],
    [380, 'dark'],
  ] as const)('%s pixels wide, %s: fits and loads nothing from elsewhere', async (width, scheme) => {
    await open(width, scheme);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    expect(troubles).toEqual([]);
  });

  it.each([
    [1280, 'light', 'document'],
    [380, 'dark', '{ include: [["header"], ["nav"], ["#createBuild"], ["#object-Build"]] }'],
  ] as const)(
    '%s pixels wide, %s: has nothing that axe objects to',
    async (width, scheme, context) => {
      await open(width, scheme);
      const found = await page.evaluate<AxeResults>(
        `${axe}; axe.run(${context}, { resultTypes: ["violations"] })`,
      );
      expect(
        found.violations.map(({ id, nodes }) => [id, nodes.slice(0, 3).map(({ html }) => html)]),
      ).toEqual([]);
    },
    180_000,
  );

  it('is usable by keyboard: past the list to the content, and to an operation', async () => {
    await open(1280, 'light');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('content');
    await page.locator('nav a[href="#getBuild"]').focus();
    await page.keyboard.press('Enter');
    expect(
      await page.evaluate('document.querySelector("#getBuild").getBoundingClientRect().top'),
    ).toBeLessThan(200);
  });

  it('opens its list on demand in a narrow window, and closes it after a choice', async () => {
    await open(380, 'light');
    const link = page.locator('nav a[href="#whoami"]');
    expect(await link.isVisible()).toBe(false);
    await page.locator('nav summary').click();
    await link.click();
    expect(await link.isVisible()).toBe(false);
    expect(page.url()).toMatch(/#whoami$/);
  });

  it("calls the api with the reader's token, which it neither sends elsewhere nor keeps", async () => {
    await open(1280, 'light');
    await page.locator('#token').fill('good-token');
    const { status, answer } = await tryIt('whoami');
    expect(status).toBe('200 OK');
    expect(JSON.parse(answer)).toHaveProperty('tenant');
    expect(await page.evaluate('localStorage.length + sessionStorage.length + document.cookie.length')).toBe(
      0,
    );
    await page.reload();
    expect(await page.locator('#token').inputValue()).toBe('');
    expect(troubles).toEqual([]);
  });

  it('shows what the api says to a call without a token', async () => {
    await open(1280, 'light');
    const { status, answer } = await tryIt('listProjects');
    expect(status).toBe('401 Unauthorized');
    expect(JSON.parse(answer)).toMatchObject({ code: 'unauthenticated' });
  });

  it('works in plain http under a name that is not localhost', async () => {
    const origin = api.url.replace('127.0.0.1', 'kiln.example');
    await open(1280, 'light', origin);
    expect(await page.locator('#content').innerText()).toContain(`export KILN_API_URL=${origin}\n`);
    const shown = 'getComputedStyle(document.querySelector(".columns")).display';
    expect(await page.evaluate(shown)).toBe('grid');
    await page.locator('#whoami .copy').first().click();
    await page.locator('#whoami .copy', { hasText: 'Copied' }).waitFor();
  });
});
