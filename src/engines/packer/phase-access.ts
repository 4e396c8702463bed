import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { openWays, pass } from '../runc/serve-ways.js';
import { hostsFile } from '../runc/ways.js';
import type { PhaseNetwork } from './container.js';
import { giveTo } from './make-root.js';
import { INSIDE, type LaunchOrder, type Phase } from './order.js';

const SYSTEM_CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
/** What Docker Hub is called in a file of credentials. */
const DOCKER_HUB = 'https://index.docker.io/v1/';

/** What each phase gets of network, credentials, certificates and values. */
export class PhaseAccess {
  private count = 0;

  constructor(private readonly order: LaunchOrder) {}

  /** Variables and secrets of the template, in its root. */
  writeValues(root: string): void {
    const { workFolder, secretFiles } = this.order;
    const inside = (place: string): string => path.join(root, place);
    copyFileSync(path.join(workFolder, 'variables.json'), inside(INSIDE.variables));
    const template = path.join(workFolder, 'template.pkr.hcl');
    if (existsSync(template)) copyFileSync(template, inside(INSIDE.template));
    const secrets = Object.entries(secretFiles).map(
      ([id, file]) => [id, readFileSync(file, 'utf8')] as const,
    );
    if (secrets.length > 0)
      writeFileSync(inside(INSIDE.secrets), JSON.stringify(Object.fromEntries(secrets)), { mode: 0o600 });
  }

  /** Opens the network of a phase. */
  async open(phase: Phase): Promise<PhaseNetwork> {
    const name = `${phase.name}-${++this.count}`;
    const at = (suffix: string): string => path.join(this.order.workFolder, `${name}${suffix}`);
    if (phase.access === null) {
      const isOwn = !phase.hasHostNetwork;
      writeFileSync(at('.hosts'), hostsFile([]), { mode: 0o644 });
      return { isOwn, path: null, hostsFile: isOwn ? at('.hosts') : '/etc/hosts', accessFolder: null };
    }
    const accessFolder = this.makeAccess(at('.access'), phase.access.registries);
    const { ways } = phase.access;
    if (ways === null) return { isOwn: false, path: null, hostsFile: '/etc/hosts', accessFolder };
    writeFileSync(at('.hosts'), hostsFile(ways), { mode: 0o644 });
    return {
      isOwn: true,
      path: await openWays(ways, at('.sock'), ({ host, port }, socket) => pass(socket, connect(port, host))),
      hostsFile: at('.hosts'),
      accessFolder,
    };
  }

  private makeAccess(folder: string, registries: readonly string[]): string {
    const { workFolder, certificates, users } = this.order;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    copyFileSync(path.join(workFolder, 'access/policy.json'), path.join(folder, 'policy.json'));
    writeFileSync(path.join(folder, 'config.json'), this.credentials(registries), { mode: 0o600 });
    for (const { from, to } of [
      ...certificates,
      { from: SYSTEM_CERTIFICATES, to: `${INSIDE.access}/ca-certificates.crt` },
    ]) {
      if (!existsSync(from)) continue;
      const place = path.join(folder, path.relative(INSIDE.access, to));
      mkdirSync(path.dirname(place), { recursive: true, mode: 0o700 });
      copyFileSync(from, place);
    }
    giveTo(users.firstId, folder);
    return folder;
  }

  private credentials(registries: readonly string[]): string {
    const all = JSON.parse(readFileSync(this.order.credentialFile, 'utf8')) as {
      auths: Record<string, unknown>;
    };
    const kept = Object.entries(all.auths).filter(([name]) =>
      registries.includes(name === DOCKER_HUB ? 'docker.io' : name),
    );
    return JSON.stringify({ auths: Object.fromEntries(kept) });
  }
}
