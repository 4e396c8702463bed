import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createImageRegistry } from '../../src/adapters/registry/image-registry.js';
import { openTransport } from '../../src/adapters/registry/transport.js';
import type { Build } from '../../src/contracts/builds.js';
import { busyboxLayer } from '../../src/embedded/base-image/busybox-layer.js';
import { pushImage } from '../../src/embedded/base-image/push-image.js';
import { singleLayerImage } from '../../src/embedded/base-image/single-layer-image.js';
import { ensurePrograms } from '../../src/embedded/programs.js';
import { Canary, CanarySearch, ProcessWatch, searchFolder } from '../support/canaries.js';
import { makeCertificates, type TestCertificates } from '../support/certificates.js';
import { startForwardProxy, type ForwardProxy } from '../support/forward-proxy.js';
import { startRegistry, type RealRegistry } from '../support/real-registry.js';
import { hasEnded, startKiln, type TestKiln } from './kiln.js';

/*
 * Both names exist for the proxy alone: nobody's DNS knows them. So a build that reads from one has gone through the proxy, and one
 * that fails to find it has gone past.
 */
const BEHIND = 'registry.kiln-test';
const PAST = 'direct.kiln-test';
const folder = mkdtempSync(path.join(tmpdir(), 'kiln-proxies-e2e-'));
let certificates: TestCertificates;
let registry: RealRegistry;
let open: RealRegistry;
let proxy: ForwardProxy;
let kiln: TestKiln | undefined;

beforeAll(async () => {
  certificates = makeCertificates([`DNS:${BEHIND}`, `DNS:${PAST}`]);
  for (const host of [BEHIND, PAST]) writeFileSync(path.join(folder, `${host}.pem`), certificates.authority);
  [registry, open] = await Promise.all([startRegistry({ certificates }), startRegistry()]);
  const port = Number(registry.host.split(':')[1]);
  proxy = await startForwardProxy({ [`${BEHIND}:443`]: port, [`${PAST}:443`]: port });
  const { busybox } = await ensurePrograms(['busybox']);
  const target = { registryUrl: `http://${open.host}`, repository: 'base', tag: '1' };
  await pushImage(singleLayerImage(await busyboxLayer(busybox.path)), target);
  const proxies = { http: null, https: proxy.url, direct: [] };
  const images = createImageRegistry({
    transport: openTransport({
      insecureHosts: [open.host],
      certificates: new Map([[BEHIND, certificates.authority]]),
      proxies,
    }),
  });
  const digest = (await images.head(`${open.host}/base`, '1'))?.digest ?? '';
  await images.copy(`${open.host}/base`, `${BEHIND}/base`, digest);
  await images.tag(`${BEHIND}/base`, digest, '1');
}, 300_000);
afterEach(() => kiln?.stop(), 60_000);
afterAll(async () => {
  for (const one of [registry, open]) one?.stop();
  await proxy?.close();
  await rm(folder, { recursive: true, force: true });
  await rm(certificates.folder, { recursive: true, force: true });
});

const settings = (url: string): Record<string, string> => ({
  HTTPS_PROXY: url,
  https_proxy: url,
  HTTP_PROXY: url,
  NO_PROXY: PAST,
  KILN_REGISTRY_CA_DIR: folder,
});

async function build(dockerfile: string): Promise<Build> {
  const { id } = await kiln!.build(dockerfile);
  return kiln!.until(id, (one) => hasEnded(one) && one.log_complete, 120_000);
}

test('base images come through a proxy with a password, which is shown nowhere; NO_PROXY holds', async () => {
  const password = new Canary('proxy-password', randomBytes(20).toString('hex'));
  const search = new CanarySearch([password]);
  kiln = await startKiln(settings(proxy.url.replace('//', `//kiln:${password.value}@`)));
  const watch = new ProcessWatch(search);
  const before = proxy.asked.length;

  const [through, past] = await Promise.all([
    build(`FROM ${BEHIND}/base:1\nRUN echo hello; env\n`),
    build(`FROM ${PAST}/base:1\nRUN echo hello\n`),
  ]);
  watch.stop();

  expect([through.status, through.error_message]).toEqual(['success', null]);
  expect(new Set(proxy.asked.slice(before))).toEqual(new Set([`${BEHIND}:443`]));
  const wanted = `Basic ${Buffer.from(`kiln:${password.value}`).toString('base64')}`;
  expect(new Set(proxy.authorizations.slice(before))).toEqual(new Set([wanted]));
  expect([past.status, past.result.failure_code]).toEqual(['failed', 'registry_unreachable']);
  expect([...watch.hits].filter((hit) => hit.endsWith('cmdline'))).toEqual([]);
  for (const { id } of [through, past])
    expect(search.findIn('the log', Buffer.from(await kiln.log(id)))).toEqual([]);
  await kiln.query('CHECKPOINT');
  expect(await searchFolder(kiln.stateFolder, search)).toEqual([]);
}, 300_000);

test('RUN steps get the proxies where they are passed on, and no image remembers them', async () => {
  kiln = await startKiln({ ...settings(proxy.url), KILN_PASS_PROXIES: 'true' });

  const built = await build(`FROM ${BEHIND}/base:1\nRUN env | sort > /dev/stderr\nRUN echo file > /file\n`);

  expect([built.status, built.error_message]).toEqual(['success', null]);
  const log = await kiln.log(built.id);
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'https_proxy', 'http_proxy'])
    expect(log).toContain(`${name}=${proxy.url}`);
  expect(log).toContain(`NO_PROXY=${PAST}`);
  const search = new CanarySearch([new Canary('proxy', proxy.url), new Canary('no-proxy', PAST)]);
  expect(await searchFolder(path.join(kiln.stateFolder, 'registry'), search)).toEqual([]);
  const [repository, digest] = (built.result.output_image_url ?? '').split('@');
  const image = await createImageRegistry().inspect(repository ?? '', digest ?? '');
  expect(JSON.stringify(image)).not.toMatch(/proxy/i);
}, 300_000);
