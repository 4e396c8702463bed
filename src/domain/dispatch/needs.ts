import type { StepNetwork } from '../builds/run-network.js';
import type { AskedResources } from '../builds/resources.js';

/** What a build needs of its host beside the method (`builds.needs`). Absent is where any host will do. */
export interface BuildNeeds {
  readonly network?: Exclude<StepNetwork, 'none'>;
  /** Labels with their values; the zone is one of them. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Platforms whose programs the machine runs itself. */
  readonly platforms?: readonly string[];
  /** Platforms whose programs it runs, be it by emulation. */
  readonly emulated?: readonly string[];
}

/** The label of a build host with the networks that it gives to steps, by comma. */
export const NETWORKS_LABEL = 'networks';
const ZONE_LABEL = 'zone';
const PLATFORMS_LABEL = 'platforms';
const EMULATED_LABEL = 'emulated_platforms';
/** The need of a platform that the machine runs itself. */
const PLATFORM_NEED = 'platform';

/** Labels that Kiln gives to a host by what is known of it. */
export const OWN_LABELS: readonly string[] = [
  NETWORKS_LABEL,
  ZONE_LABEL,
  PLATFORMS_LABEL,
  PLATFORM_NEED,
  EMULATED_LABEL,
];

interface HostFacts {
  readonly labels: Readonly<Record<string, string>>;
  readonly zone: string | null;
  readonly platforms?: readonly string[] | undefined;
  readonly emulated_platforms?: readonly string[] | undefined;
}

/** All that builds can need of a host, as labels. */
export function labelsOf({
  labels,
  zone,
  platforms = [],
  emulated_platforms: emulated = [],
}: HostFacts): Record<string, string> {
  return {
    ...labels,
    ...(zone === null ? {} : { [ZONE_LABEL]: zone }),
    ...(platforms.length === 0 ? {} : { [PLATFORMS_LABEL]: platforms.join(',') }),
    ...(emulated.length === 0 ? {} : { [EMULATED_LABEL]: emulated.join(',') }),
  };
}

/** Labels without those that stand for other facts of the host. */
export function ownLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  const { [ZONE_LABEL]: _zone, [PLATFORMS_LABEL]: _platforms, [EMULATED_LABEL]: _emulated, ...own } = labels;
  return own;
}

export function needsOf({ network, needs }: AskedResources): BuildNeeds {
  const { [PLATFORM_NEED]: platform, ...labels } = needs ?? {};
  return {
    ...(network === 'egress' || network === 'host' ? { network } : {}),
    ...(platform === undefined ? {} : { platforms: [platform] }),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
  };
}

/** Whether a host with these labels has what a build needs. */
export function hasNeeds(
  { network, labels: wanted = {}, platforms = [], emulated = [] }: BuildNeeds,
  labels: Readonly<Record<string, string>>,
): boolean {
  const own = listOf(labels[PLATFORMS_LABEL]);
  const run = [...own, ...listOf(labels[EMULATED_LABEL])];
  return (
    (network === undefined || listOf(labels[NETWORKS_LABEL]).includes(network)) &&
    Object.entries(wanted).every(([name, value]) => labels[name] === value) &&
    platforms.every((platform) => own.includes(platform)) &&
    emulated.every((platform) => run.includes(platform))
  );
}

/**
 * What the platforms of an image ask of its host: one that runs them itself where there is one, else one that emulates them. Where there is
 * neither any host will do: its Dockerfile may run nothing of a platform that is not the host's.
 */
export function platformNeeds(
  platforms: readonly string[],
  hosts: readonly Readonly<Record<string, string>>[],
): BuildNeeds {
  if (platforms.length === 0) return {};
  const choices: readonly BuildNeeds[] = [{ platforms }, { emulated: platforms }];
  return choices.find((needs) => hosts.some((labels) => hasNeeds(needs, labels))) ?? {};
}

/** ` with gpu=true, linux/arm64`; empty where nothing is needed. */
export function needsInWords({ network, labels = {}, platforms = [], emulated = [] }: BuildNeeds): string {
  const parts = [
    ...(network === undefined ? [] : [`network=${network}`]),
    ...Object.entries(labels).map(([name, value]) => `${name}=${value}`),
    ...platforms,
    ...emulated,
  ];
  return parts.length === 0 ? '' : ` with ${parts.join(', ')}`;
}

function listOf(label: string | undefined): string[] {
  return label === undefined || label === '' ? [] : label.split(',');
}
