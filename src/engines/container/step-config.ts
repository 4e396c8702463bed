import { REFUSED_SYSTEM_CALLS } from '../runc/system-calls.js';

interface Mount {
  readonly type?: string;
  readonly options?: readonly string[];
}

interface CallRule {
  readonly names: readonly string[];
  readonly action: string;
  readonly errnoRet?: number;
  readonly args?: readonly CallArgument[];
}

interface CallArgument {
  readonly index: number;
  readonly value: number;
  readonly valueTwo?: number;
  readonly op: string;
}

/** What is read of config.json of the OCI runtime specification; the rest is kept as it is. */
export interface StepConfig {
  readonly mounts: readonly Mount[];
  readonly linux: { readonly seccomp: { readonly syscalls: readonly CallRule[] } };
}

/**
 * The configuration that buildah has made for a step, less what no step may have: control groups that can be written, with which it could
 * freeze itself, and system calls that are refused to other methods' containers too. Raises where there is no filter of system calls.
 */
export function narrowed<Config extends StepConfig>(config: Config): Config {
  const { seccomp } = config.linux;
  return {
    ...config,
    mounts: config.mounts.map((mount) =>
      mount.type?.startsWith('cgroup') === true ? readOnly(mount) : mount,
    ),
    linux: { ...config.linux, seccomp: { ...seccomp, syscalls: fewerCalls(seccomp.syscalls) } },
  };
}

function readOnly(mount: Mount): Mount {
  return { ...mount, options: [...(mount.options ?? []).filter((option) => option !== 'rw'), 'ro'] };
}

/** A rule that allows a call outlives one that refuses it, so that what is refused is first taken from all others. */
function fewerCalls(rules: readonly CallRule[]): CallRule[] {
  const refused: readonly CallRule[] = REFUSED_SYSTEM_CALLS.syscalls;
  const names = new Set(refused.flatMap((rule) => rule.names));
  const left = rules
    .map((rule) => ({ ...rule, names: rule.names.filter((name) => !names.has(name)) }))
    .filter((rule) => rule.names.length > 0);
  return [...left, ...refused, ...refused.flatMap(otherwiseAllowed)];
}

/** Of a call that is refused with some flags: what allows it without them. */
function otherwiseAllowed({ names, args }: CallRule): CallRule[] {
  return args === undefined
    ? []
    : [{ names, action: 'SCMP_ACT_ALLOW', args: args.map((one) => ({ ...one, valueTwo: 0 })) }];
}
