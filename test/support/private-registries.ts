import { mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { createImageRegistry } from '../../src/adapters/registry/image-registry.js';
import { openTransport } from '../../src/adapters/registry/transport.js';
import { parseNetwork } from '../../src/domain/network/cidr.js';
import { busyboxLayer } from '../../src/embedded/base-image/busybox-layer.js';
import { pushImage } from '../../src/embedded/base-image/push-image.js';
import { singleLayerImage } from '../../src/embedded/base-image/single-layer-image.js';
import { ensurePrograms } from '../../src/embedded/programs.js';
import { makeCertificates } from './certificates.js';
import { startRegistry } from './real-registry.js';
import { startTokenServer } from './token-server.js';

export const PASSWORD = 'right-password-5521';
/** The user `writer` with PASSWORD. */
const HTPASSWD = 'writer:$2y$05$abcdefghijklmnopqrstuuTi2gdHlhY5kaNrGaJ5LbicDn2iccjhm\n';
const USERS = {
  writer: { password: PASSWORD, actions: ['pull', 'push', 'delete'] },
  reader: { password: PASSWORD, actions: ['pull'] },
};
const LOOPBACK = ['127.0.0.0/8'].flatMap((text) => parseNetwork(text) ?? []);

export type PrivateRegistries = Awaited<ReturnType<typeof startPrivateRegistries>>;

/**
 * Real registries on loopback that hold one base image, the same in each: open to all; behind passwords; behind a token server; and
 * behind a token server and TLS of an own authority, whose certificates lie in `authorities`.
 */
export async function startPrivateRegistries(folder: string) {
  const certificates = makeCertificates(['IP:127.0.0.1']);
  const [tokens, secureTokens] = await Promise.all([
    startTokenServer(certificates, USERS, { isTls: false }),
    startTokenServer(certificates, USERS, { isTls: true }),
  ]);
  const [open, basic, token, tls] = await Promise.all([
    startRegistry(),
    startRegistry({ auth: { htpasswd: HTPASSWD } }),
    startRegistry({ auth: { tokens } }),
    startRegistry({ auth: { tokens: secureTokens }, certificates }),
  ]);
  const authorities = path.join(folder, 'authorities');
  mkdirSync(authorities, { recursive: true });
  for (const host of [tls.host, secureTokens.host])
    writeFileSync(path.join(authorities, `${host}.pem`), certificates.authority);

  const secured = [tls.host, secureTokens.host].map((host) => [host, certificates.authority] as const);
  const registry = createImageRegistry({
    transport: openTransport({ allowedNetworks: LOOPBACK, certificates: new Map(secured) }),
    credentials: () => Promise.resolve({ username: 'writer', password: PASSWORD }),
  });
  const { busybox } = await ensurePrograms(['busybox']);
  const image = singleLayerImage(await busyboxLayer(busybox.path));
  const source = { registryUrl: `http://${open.host}`, repository: 'library/kiln-base', tag: '1' };
  await pushImage(image, source);
  const from = `${open.host}/library/kiln-base`;
  const digest = (await registry.head(from, '1'))?.digest ?? '';
  for (const { host } of [basic, token, tls]) {
    await registry.copy(from, `${host}/private/base`, digest);
    await registry.tag(`${host}/private/base`, digest, '1');
  }
  return {
    ...{ open, basic, token, tls, authorities, tokens, secureTokens, certificates },
    /** Reads as somebody who may. */
    registry,
    async stop(): Promise<void> {
      for (const one of [open, basic, token, tls]) one.stop();
      await Promise.all([tokens.close(), secureTokens.close()]);
      await rm(certificates.folder, { recursive: true, force: true });
    },
  };
}
