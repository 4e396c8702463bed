/*
 * Makes the pictures of ../temporal-web-ui.md: `KILN_CHROMIUM=/usr/bin/chromium node docs/images/temporal-web-ui.mjs`. It starts a Kiln
 * whose builds build nothing, has some succeed, fail, run and wait, and looks at them in the Temporal Web UI.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { ensureBuilt } from '../../bin/bootstrap.mjs';

const FOLDER = path.dirname(fileURLToPath(import.meta.url));
const SETTLE_MS = 4_000;

await ensureBuilt();
const { startStack } = await import('../../dist/src/embedded/stack.js');
const { removeFolder } = await import('../../dist/src/embedded/remove-folder.js');
const stateFolder = mkdtempSync(path.join(tmpdir(), 'kiln-pictures-'));
const stack = await startStack({
  stateFolder,
  slots: 1,
  methods: ['buildx'],
  settings: { KILN_STUB_ENGINE: 'true', KILN_SYFT_PATH: '/no/syft' },
  report: () => undefined,
});
const { api_url: apiUrl, token, temporal_ui_url: uiUrl } = stack.access;
const call = async (method, place, body) => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return (await fetch(`${apiUrl}${place}`, { method, headers, body: JSON.stringify(body) })).json();
};
const build = (project, args = {}) =>
  call('POST', `/v1/projects/${project}/builds`, {
    source: { kind: 'inline' },
    options: { dockerfile_inline: 'FROM scratch', build_args: { steps: '1', ...args } },
  });
const until = async ({ id }, statuses) => {
  while (!statuses.includes((await call('GET', `/v1/builds/${id}`)).status)) await sleep(200);
};

const browser = await chromium.launch({
  ...(process.env.KILN_CHROMIUM && { executablePath: process.env.KILN_CHROMIUM }),
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
try {
  for (const project of ['shop', 'blog']) await call('POST', '/v1/projects', { slug: project });
  for (const [project, exitCode] of [
    ['shop', '0'],
    ['blog', '1'],
    ['shop', '1'],
    ['shop', '0'],
    ['shop', '2'],
  ]) {
    await until(await build(project, { exit_code: exitCode }), ['success', 'failed']);
  }
  const running = await build('shop', { seconds: '60', lines: '60' });
  await until(running, ['in_progress']);
  await build('shop');
  const page = await browser.newPage({ viewport: { width: 1200, height: 620 } });
  const keep = (name) => page.screenshot({ path: path.join(FOLDER, `${name}.png`) });
  const query = encodeURIComponent('KilnProject="shop" AND KilnStatus="failed"');
  await page.goto(`${uiUrl}/namespaces/kiln/workflows?query=${query}`);
  await sleep(SETTLE_MS);
  await keep('failed-builds');
  const { workflow_id: workflowId } = await call('GET', `/v1/builds/${running.id}`);
  await page.goto(`${uiUrl}/namespaces/kiln/workflows/${encodeURIComponent(workflowId)}`);
  await page.getByText('User Metadata').first().click();
  await sleep(SETTLE_MS);
  await page.mouse.wheel(0, 2_000);
  await sleep(SETTLE_MS / 4);
  await keep('running-build');
} finally {
  await browser.close();
  await stack.stop();
  await removeFolder(stateFolder);
}
