import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createImageRegistry } from '../../../src/adapters/registry/image-registry.js';
import { openTransport } from '../../../src/adapters/registry/transport.js';
import { parseNetwork } from '../../../src/domain/network/cidr.js';
import type { ImageRegistry } from '../../../src/ports/image-registry.js';
import { makeCertificates } from '../../support/certificates.js';
import { startFaultyProxy, type FaultyProxy } from '../../support/faulty-proxy.js';
import { startCraneRegistry, startRegistry, type RealRegistry } from '../../support/real-registry.js';
import { startTokenServer, type TokenServer } from '../../support/token-server.js';
import { pushImage } from './an-image.js';
import { expectServed, SMALL_LIMITS as limits, UPLOADED_ONCE } from './copied-image.js';

const LOOPBACK = ['127.0.0.0/8'].flatMap((text) => parseNetwork(text) ?? []);

let staging: RealRegistry;
let from: string;
beforeAll(async () => {
  staging = await startRegistry();
  from = `${staging.host}/team/app-staging`;
}, 300_000);
afterAll(() => staging.stop());

const newImage = () => pushImage(staging.host, 'team/app-staging', 'b-1', [150_000, 1000]);

describe.each(['distribution', 'go-containerregistry'])(
  'a registry of %s behind a token server and TLS of an own authority',
  (kind) => {
    const certificates = makeCertificates(['IP:127.0.0.1']);
    const strangers = makeCertificates(['IP:127.0.0.1']);
    let tokens: TokenServer;
    let real: RealRegistry;
    let proxy: FaultyProxy;
    let repositories = 0;
    const fresh = (): string => `${proxy.host}/secure/${kind}${++repositories}`;
    beforeAll(async () => {
      const users = {
        writer: { password: 'secret', actions: ['pull', 'push', 'delete'] },
        reader: { password: 'secret', actions: ['pull'] },
      };
      tokens = await startTokenServer(certificates, users, { isTls: true });
      real = kind === 'distribution' ? await startRegistry({ auth: { tokens } }) : await startCraneRegistry();
      proxy = await startFaultyProxy(real.host, certificates);
      // The registry of go-containerregistry knows no tokens: what stands before it asks for them.
      if (kind !== 'distribution') proxy.guard(tokens.challenge);
    }, 300_000);
    afterEach(() => proxy.fail(() => null));
    afterAll(async () => {
      await proxy.close();
      await tokens.close();
      real.stop();
      for (const { folder } of [certificates, strangers]) rmSync(folder, { recursive: true, force: true });
    });

    const as = (username: string, password = 'secret'): ImageRegistry =>
      createImageRegistry({
        limits: { ...limits, answerTimeoutMs: 5_000 },
        transport: openTransport({
          allowedNetworks: LOOPBACK,
          certificates: new Map([proxy.host, tokens.host].map((host) => [host, certificates.authority])),
        }),
        credentials: (host) => Promise.resolve(host === proxy.host ? { username, password } : null),
      });

    test('gets an image, its tag, and nothing for another repository of its own', async () => {
      const [to, other, image] = [fresh(), fresh(), await newImage()];
      const writer = as('writer');
      expect(await writer.copy(from, to, image.digest)).toMatchObject(UPLOADED_ONCE);
      await writer.tag(to, image.digest, 'v1');
      expect((await writer.head(to, 'v1'))?.digest).toBe(image.digest);
      expect(
        await writer.copy(from, other, image.digest, undefined, undefined, { alsoAt: [to] }),
      ).toMatchObject({
        sentBytes: 0,
      });
      await expectServed(writer, other, image);
    });

    test('lets in nobody whose token may not push, nobody with a wrong password, and nobody whose authority it cannot show', async () => {
      const [to, image] = [fresh(), await newImage()];
      for (const refused of [as('reader'), as('writer', 'wrong')])
        await expect(refused.copy(from, to, image.digest)).rejects.toMatchObject({ code: 'registry_denied' });
      const trusting = createImageRegistry({
        limits: { ...limits, attempts: 1 },
        transport: openTransport({
          allowedNetworks: LOOPBACK,
          certificates: new Map([[proxy.host, strangers.authority]]),
        }),
      });
      await expect(trusting.copy(from, to, image.digest)).rejects.toMatchObject({
        code: 'registry_unreachable',
      });
    });

    test('gets a new token when the old one is refused in the middle of an upload', async () => {
      const writer = as('writer');
      const challenge =
        kind === 'distribution'
          ? ((await fetch(`http://${real.host}/v2/`)).headers.get('www-authenticate') ?? '')
          : (tokens.challenge({ method: 'GET', url: '/v2/', authorization: '' }) ?? '');
      let pieces = 0;
      let askedBefore = 0;
      proxy.fail(({ method }) => {
        if (method !== 'PATCH' || ++pieces !== 2) return null;
        askedBefore = tokens.asked.length;
        return { kind: 'answer', status: 401, headers: { 'www-authenticate': challenge } };
      });
      const [to, image] = [fresh(), await newImage()];
      expect(await writer.copy(from, to, image.digest)).toMatchObject({ mountedBlobs: 0 });
      await expectServed(writer, to, image);
      expect(askedBefore).toBeGreaterThan(0);
      expect(tokens.asked.length).toBeGreaterThan(askedBefore);
    });
  },
);
