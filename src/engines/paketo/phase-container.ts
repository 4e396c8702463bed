import path from 'node:path';
import { readOnly, special, writable, type Container } from '../runc/container-config.js';
import type { Builder } from './builder-image.js';
import { SYSTEM_PATH } from '../runc/launch.js';
import { EGRESS, type LaunchOrder, type PHASES } from './order.js';

/** Version of the platform specification between Kiln and the lifecycle. */
const PLATFORM_API = '0.13';

/** Where things lie in the containers, beside the places of the platform specification. */
const INSIDE = {
  lifecycle: '/cnb/lifecycle',
  /** What the registry has told: no buildpack may change it, since the export goes by it. */
  analyzed: '/kiln/analyzed',
  /** The group of buildpacks that detected, and their plan. */
  plan: '/kiln/plan',
  report: '/kiln/report',
  certificates: '/kiln/certificates',
  cache: '/cache',
} as const;

type Phase = (typeof PHASES)[number];

/** What is known once the builder is there. */
export interface PhaseInput {
  readonly order: LaunchOrder;
  readonly builder: Builder;
  readonly runImage: string;
  readonly hasOwnOrder: boolean;
  readonly hasCache: boolean;
  readonly previousImage: string | null;
  /** CNB_REGISTRY_AUTH: credentials of the run's registries. */
  readonly credentials: string;
  /** The namespace of the phase build, which a way to the proxy leads out of; null where there is none. */
  readonly networkPath: string | null;
}

/** The folders of the run on the host, by their names in the work folder. */
export const FOLDERS = ['workspace', 'layers', 'platform', 'analyzed', 'plan', 'report'] as const;

/**
 * The container of one phase, with its root in `root`. Phases that run buildpacks have no credentials, and no network but the way to
 * the proxy; those that speak to registries run nothing but the lifecycle, which Kiln brings itself.
 */
export function phaseContainer(phase: Phase, input: PhaseInput, root: string): Container {
  const { order, builder } = input;
  const at = (name: string): string => path.join(order.workFolder, name);
  const runsBuildpacks = phase === 'detect' || phase === 'build';
  const isClosed = runsBuildpacks && order.network !== 'host';
  const hasEgress = phase === 'build' && order.network === 'bridge';
  const mount = (name: (typeof FOLDERS)[number], inside: string, writers: readonly Phase[]) =>
    (writers.includes(phase) ? writable : readOnly)(at(name), inside);
  return {
    root,
    hostname: 'paketo',
    user: {
      uid: builder.userId,
      gid: builder.groupId,
      ...(order.egressGroupId !== null && { additionalGids: [order.egressGroupId] }),
    },
    cwd: '/workspace',
    args: [`${INSIDE.lifecycle}/${PROGRAMS[phase]}`, ...argumentsOf(phase, input)],
    env: runsBuildpacks ? buildEnvironment(builder, proxiesOf(phase, order)) : registryEnvironment(input),
    capabilities: [],
    mounts: [
      special(INSIDE.lifecycle, 'tmpfs', 'nodev', 'mode=755', 'size=64k'),
      readOnly(order.programs.lifecycle, `${INSIDE.lifecycle}/${PROGRAMS[phase]}`),
      readOnly(order.programs.launcher, `${INSIDE.lifecycle}/launcher`),
      mount('workspace', '/workspace', ['detect', 'build']),
      mount('layers', '/layers', ['analyze', 'restore', 'build', 'export']),
      mount('platform', '/platform', []),
      mount('analyzed', INSIDE.analyzed, ['analyze', 'restore', 'export']),
      mount('plan', INSIDE.plan, ['detect']),
      mount('report', INSIDE.report, ['export']),
      ...(input.hasCache && !runsBuildpacks ? [writable(at('cache'), INSIDE.cache)] : []),
      ...(runsBuildpacks ? [] : [readOnly(at('certificates'), INSIDE.certificates)]),
      readOnly(isClosed ? at('hosts') : '/etc/hosts', '/etc/hosts'),
      readOnly(isClosed ? at('resolv.conf') : '/etc/resolv.conf', '/etc/resolv.conf'),
    ],
    hasOwnNetwork: isClosed,
    networkPath: hasEgress ? input.networkPath : null,
    controlGroup: order.controlGroup === null ? null : `${order.controlGroup}/${phase}`,
  };
}

const PROGRAMS = {
  analyze: 'analyzer',
  detect: 'detector',
  restore: 'restorer',
  build: 'builder',
  export: 'exporter',
} as const satisfies Record<Phase, string>;

function argumentsOf(phase: Phase, input: PhaseInput): string[] {
  const { order, builder, hasCache } = input;
  const flag = (name: string, ...values: string[]): string[] =>
    values.flatMap((value) => [`-${name}`, value]);
  const analyzed = flag('analyzed', `${INSIDE.analyzed}/analyzed.toml`);
  const group = flag('group', `${INSIDE.plan}/group.toml`);
  const plan = flag('plan', `${INSIDE.plan}/plan.toml`);
  const user = [...flag('uid', String(builder.userId)), ...flag('gid', String(builder.groupId))];
  const insecure = flag('insecure-registry', ...order.insecureRegistries);
  const cache = hasCache ? flag('cache-dir', INSIDE.cache) : [];
  switch (phase) {
    case 'analyze':
      return [
        ...[...insecure, ...analyzed, ...user, ...flag('run-image', input.runImage)],
        ...(input.previousImage === null ? [] : flag('previous-image', input.previousImage)),
        order.target,
      ];
    case 'detect':
      return [
        // What each buildpack says is told at this level only.
        ...flag('log-level', 'debug'),
        ...[...analyzed, ...group, ...plan],
        ...(input.hasOwnOrder ? flag('order', `${INSIDE.plan}/order.toml`) : []),
      ];
    case 'restore':
      return [...insecure, ...analyzed, ...group, ...user, ...cache];
    case 'build':
      // Which buildpack runs is told at this level only.
      return [...flag('log-level', 'debug'), ...analyzed, ...group, ...plan];
    case 'export':
      return [
        ...[...insecure, ...analyzed, ...group, ...user, ...cache],
        ...flag('report', `${INSIDE.report}/report.toml`),
        order.target,
      ];
  }
}

/** The lifecycle hands these on to buildpacks. */
function proxiesOf(phase: Phase, order: LaunchOrder): Readonly<Record<string, string>> {
  if (order.network === 'host') return order.passesProxies ? order.proxyVariables : {};
  if (phase !== 'build' || order.network === 'none') return {};
  const proxy = `http://${EGRESS.address}:${EGRESS.port}`;
  const direct = 'localhost,127.0.0.1';
  return {
    ...{ HTTP_PROXY: proxy, HTTPS_PROXY: proxy, NO_PROXY: direct },
    ...{ http_proxy: proxy, https_proxy: proxy, no_proxy: direct },
  };
}

/** What the builder sets, which is what its buildpacks expect. */
function buildEnvironment(builder: Builder, proxies: Readonly<Record<string, string>>): string[] {
  // Each name once: programs differ in which of two they take.
  const named = [
    ...[`HOME=/home/cnb`, `PATH=${SYSTEM_PATH}`],
    ...builder.env,
    ...Object.entries(proxies).map(([name, value]) => `${name}=${value}`),
    ...[`CNB_PLATFORM_API=${PLATFORM_API}`, 'CNB_NO_COLOR=true', 'CNB_EXPERIMENTAL_MODE=error'],
  ];
  return [...new Map(named.map((one) => [one.replace(/=.*$/s, ''), one])).values()];
}

function registryEnvironment({ order, builder, credentials }: PhaseInput): string[] {
  return [
    ...Object.entries(order.proxyVariables).map(([name, value]) => `${name}=${value}`),
    ...builder.env.filter((one) => /^CNB_(?:STACK_ID|USER_ID|GROUP_ID)=/.test(one)),
    ...[`CNB_PLATFORM_API=${PLATFORM_API}`, 'CNB_NO_COLOR=true', 'HOME=/nonexistent'],
    `CNB_REGISTRY_AUTH=${credentials}`,
    `SSL_CERT_DIR=${INSIDE.certificates}`,
  ];
}
