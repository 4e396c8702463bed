import { isGitNewEnough, readGitVersion } from '../../domain/builds/git-version.js';
import type { DoctorRow } from '../doctor.js';
import { runCommand } from '../programs/run-command.js';
import { egressTrouble } from '../services/egress-firewall.js';

interface Paths {
  readonly git: string;
  readonly ssh: string;
}

/** Checks what Kiln takes from the machine and never installs: git and ssh for sources, the firewall that holds BuildKit back. */
export async function checkSourceTools(paths: Paths): Promise<DoctorRow[]> {
  return Promise.all([checkGit(paths.git), checkSsh(paths.ssh), checkFirewall()]);
}

async function checkGit(path: string): Promise<DoctorRow> {
  const printed = await runCommand(path, ['version'], { timeoutMs: 10_000 });
  const version = printed.code === 0 ? readGitVersion(printed.output) : null;
  const remedy = 'Install git 2.37 or newer (apt-get install git), or name one with KILN_GIT_PATH.';
  if (version === null) return row('git', '', path, `No build from a git repository works. ${remedy}`);
  if (isGitNewEnough(version)) return row('git', version, path, '');
  return row('git', version, path, `Too old: builds from git repositories are refused. ${remedy}`);
}

async function checkSsh(path: string): Promise<DoctorRow> {
  const { code, output } = await runCommand(path, ['-V'], { timeoutMs: 10_000 });
  const version = code === 0 ? /^OpenSSH_([\w.]+)/m.exec(output)?.[1] : undefined;
  const remedy =
    'Git repositories over ssh cannot be read. Install it (apt-get install openssh-client), or name one with KILN_SSH_PATH.';
  return row('ssh', version ?? '', path, version === undefined ? remedy : '');
}

async function checkFirewall(): Promise<DoctorRow> {
  const trouble = await egressTrouble();
  const remedy = `BuildKit of \`kiln up\` can be led to ports of this machine and of its private networks by redirects and by names that change: ${trouble}. Run Kiln as root with iptables and setpriv (util-linux), or build only what you trust.`;
  return row('firewall', trouble === null ? 'iptables' : '', '', trouble === null ? '' : remedy);
}

/** Nothing here keeps Kiln from starting. */
function row(name: string, version: string, path: string, remedy: string): DoctorRow {
  return { name, status: remedy === '' ? 'ok' : 'warn', version, origin: 'machine', path, remedy };
}
