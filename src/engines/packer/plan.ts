import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseContextPath } from '../../domain/images/context-path.js';
import { isTemplateText } from '../../domain/images/packer-template.js';
import type { Reach, RunPlan } from '../../ports/engine.js';
import { secretFile } from '../dockerfile/secret-file.js';
import { launchPlan, program, SYSTEM_PATH } from '../runc/launch.js';
import { firstUserId, USER_COUNT } from '../runc/users.js';
import { certificatesFor, imagePolicy, registriesConfig } from '../buildah/registries.js';
import { launcherReach } from '../runc/reach.js';
import { INSIDE, locatorBeside, type LaunchOrder } from './order.js';
import { phasesOf, type Input } from './phases.js';

/** Where the launcher lies once it is compiled. */
export const LAUNCHER = fileURLToPath(new URL('./launcher.js', import.meta.url));

/**
 * One process tree per build, in a process and mount namespace of its own: whatever ends its first process ends every other and takes
 * its mounts away. The launcher makes a throw-away root, runs packer in it by runc, and pushes what it left from another root.
 */
export function planBuild(input: Input, launcher: string = LAUNCHER): RunPlan {
  const { host, workFolder, options } = input;
  const at = (name: string): string => posix.join(workFolder, name);
  return {
    ...launchPlan(host, launcher, at('order.json')),
    env: { PATH: SYSTEM_PATH, HOME: workFolder },
    cwd: workFolder,
    files: {
      [at('order.json')]: JSON.stringify(orderOf(input)),
      [at('variables.json')]: JSON.stringify(options.build_args),
      [at('access/policy.json')]: imagePolicy(input.judged.registries),
      [at('registries.conf')]: registriesConfig(input.judged.registries, host),
      ...(isTemplateText(options.packer_template) && { [at('template.pkr.hcl')]: options.packer_template }),
    },
    outputs: [at('pushed/digest')],
  };
}

/** What the launcher needs of the host: the source is the template's to change, and its root is made under `/run`. */
export function reachOf(input: Input, launcher: string = LAUNCHER): Reach {
  const [packer, buildah, busybox] = ['packer', 'buildah', 'busybox'].map((name) =>
    program(input.host.programs, name),
  ) as [string, string, string];
  return launcherReach(input, {
    launcher,
    programs: [packer, locatorBeside(packer), buildah, busybox, 'ldd', '/bin/bash'],
    write: [input.contextFolder, input.storageFolder],
    temporary: ['/run'],
  });
}

function orderOf(input: Input): LaunchOrder {
  const { host, workFolder, options, judged } = input;
  const isText = isTemplateText(options.packer_template);
  const id = `kiln-packer-${input.buildId}-${input.attempt}`;
  return {
    id,
    controlGroup: input.controlGroup === undefined ? `/${id}` : `${input.controlGroup}/packer`,
    programs: {
      runc: program(host.programs, 'runc'),
      packer: program(host.programs, 'packer'),
      buildah: program(host.programs, 'buildah'),
      busybox: program(host.programs, 'busybox'),
    },
    contextFolder: input.contextFolder,
    workFolder,
    ledgerFile: posix.join(input.storageFolder, 'ledger', `${input.buildId}-${input.attempt}.json`),
    users: { firstId: firstUserId(`${input.buildId}-${input.attempt}`), count: USER_COUNT },
    certificates: judged.registries.flatMap(
      (registry) => certificatesFor(registry, { host, workFolder: INSIDE.access })?.copies ?? [],
    ),
    credentialFile: posix.join(input.registryConfigFolder, 'config.json'),
    secretFiles: secretFiles(input),
    templatePath: isText
      ? posix.join(workFolder, 'template.pkr.hcl')
      : posix.join(
          input.contextFolder,
          parseContextPath(options.build_context),
          parseContextPath(options.packer_template),
        ),
    phases: phasesOf(input),
  };
}

function secretFiles({ options, secretFiles: files }: Input): Record<string, string> {
  return Object.fromEntries(options.secrets.map((one) => [one.id, secretFile(files, one)]));
}
