import { expect, test } from 'vitest';
import { loadSupervisorConfig } from '../../src/config.js';
import { engineHost } from '../../src/main/engine-host.js';

const configOf = (environment: Record<string, string>) =>
  loadSupervisorConfig({
    KILN_API_URL: 'http://127.0.0.1:8080',
    KILN_WORKER_TOKEN: 'token',
    KILN_STATE_DIR: '/var/lib/kiln',
    ...environment,
  });

test('proxies reach programs in capitals and small letters, and RUN steps only when they are passed on', () => {
  const proxies = { HTTPS_PROXY: 'http://proxy.lan:3128', NO_PROXY: 'a.lan,b.lan' };
  const host = engineHost(configOf(proxies), [], {});
  expect(host.proxyVariables).toEqual({
    HTTPS_PROXY: 'http://proxy.lan:3128',
    https_proxy: 'http://proxy.lan:3128',
    NO_PROXY: 'a.lan,b.lan',
    no_proxy: 'a.lan,b.lan',
  });
  expect(host.passesProxies).toBe(false);
  expect(engineHost(configOf({ ...proxies, KILN_PASS_PROXIES: 'true' }), [], {}).passesProxies).toBe(true);
});

test.each(['http://kiln:secret-3771@proxy.lan:3128', 'http://secret-3771@proxy.lan:3128'])(
  'the proxy %s is not passed to RUN steps: the supervisor does not start, and does not say the secret',
  (url) => {
    const config = configOf({ HTTP_PROXY: url, KILN_PASS_PROXIES: 'true' });
    const refused = expect.objectContaining({
      code: 'config_invalid',
      message: expect.not.stringContaining('secret-3771'),
    });
    expect(() => engineHost(config, [], {})).toThrow(refused);
  },
);

test('the certificates of registries are named by file', () => {
  const config = configOf({ KILN_REGISTRY_CA_DIR: '/etc/kiln/ca' });
  expect(engineHost(config, ['a.lan:5000'], {}).registryCertificates).toEqual({
    'a.lan:5000': '/etc/kiln/ca/a.lan:5000.pem',
  });
});
