import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { browserOf } from '../../src/main/browser.js';
import { aBuild } from '../support/api-records.js';
import { type FakeApi, json, startFakeApi } from './support/fake-api.js';
import { runKiln } from './support/run-kiln.js';

const build = aBuild();
const run = `http://ui.example/namespaces/kiln/workflows/build%2F${build.id}`;
let api: FakeApi;
let opened: string[];
const browser = (url: string): Promise<void> => {
  opened.push(url);
  return Promise.resolve();
};

const installationWith = (temporal_ui_url: string | null): void =>
  api.on('GET /v1/installation', (_request, response) =>
    json(response, 200, { version: '1', temporal_ui_url, temporal_namespace: 'kiln' }),
  );

beforeEach(async () => {
  opened = [];
  api = await startFakeApi();
  api.on(`GET /v1/builds/${build.id}`, (_request, response) => json(response, 200, build));
  installationWith('http://ui.example/');
});
afterEach(() => api.close());

describe('kiln open', () => {
  it('opens the API reference, and says which address that is', async () => {
    const ran = await runKiln(['open'], { apiUrl: api.url, browser });
    expect(opened).toEqual([`${api.url}/docs`]);
    expect(ran).toMatchObject({ exitCode: 0, stdout: `${api.url}/docs\n` });
  });

  it('opens the run of a build in the Temporal Web UI', async () => {
    await runKiln(['open', build.id], { apiUrl: api.url, browser });
    expect(opened).toEqual([run]);
  });

  it('opens the Temporal Web UI itself', async () => {
    await runKiln(['open', '--temporal'], { apiUrl: api.url, browser });
    expect(opened).toEqual(['http://ui.example/']);
  });

  it('prints the address where no window can open', async () => {
    const ran = await runKiln(['open', build.id], { apiUrl: api.url });
    expect(ran).toMatchObject({ exitCode: 0, stdout: `${run}\n` });
  });

  it.each([['--print'], ['--json']])('opens nothing with %s', async (flag) => {
    const ran = await runKiln(['open', build.id, flag], { apiUrl: api.url, browser });
    expect(opened).toEqual([]);
    expect(ran.stdout).toBe(
      flag === '--print' ? `${run}\n` : `${JSON.stringify({ url: run, opened: false })}\n`,
    );
  });

  it('says which setting is missing when Kiln does not know its Temporal Web UI', async () => {
    installationWith(null);
    const ran = await runKiln(['open', build.id], { apiUrl: api.url, browser });
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain('Set KILN_TEMPORAL_UI_URL for its api.');
  });

  it.each(['file:///etc/passwd', '--version', 'javascript:alert(1)'])(
    'hands %s to no program, whatever a server says',
    async (url) => {
      installationWith(url);
      const ran = await runKiln(['open', '--temporal'], { apiUrl: api.url, browser });
      expect([opened, ran.stdout]).toEqual([[], '']);
      expect(ran.stderr).toContain('is no web address');
    },
  );

  it('refuses --docs together with a build', async () => {
    const ran = await runKiln(['open', build.id, '--docs'], { apiUrl: api.url, browser });
    expect([ran.exitCode, opened]).toEqual([2, []]);
  });
});

it.each([
  ['linux', {}, false],
  ['linux', { DISPLAY: ':0' }, true],
  ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, true],
  ['linux', { WSL_DISTRO_NAME: 'Debian' }, true],
  ['darwin', {}, true],
  ['darwin', { SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' }, false],
] as const)('on %s with %j a window can open: %s', (platform, env, expected) => {
  expect(browserOf(env, platform) !== null).toBe(expected);
});
