import { KilnError } from '../errors.js';
import type { BuildMethod } from './method.js';
import type { RunNetwork } from './resources.js';
import type { Trust } from './trust.js';

/** What steps of a build can have, the least first: nothing, the outside but neither this host nor the platform, all that their host has. */
export const STEP_NETWORKS = ['none', 'egress', 'host'] as const;
export type StepNetwork = (typeof STEP_NETWORKS)[number];

/** What a build host gives. */
export interface HostNetworks {
  /** To builds that name no network: a bridge of their own, or that of the host, which the trusted alone get. */
  readonly runNetwork: 'none' | 'bridge' | 'host';
  /** Whether its operator lets trusted builds use its own network. */
  readonly allowsHostNetwork: boolean;
}

/** The networks that a host can give, for those that name one. */
export function networksOf({ runNetwork, allowsHostNetwork }: HostNetworks): StepNetwork[] {
  return STEP_NETWORKS.filter(
    (network) =>
      network === 'none' ||
      (network === 'egress' ? runNetwork === 'bridge' : allowsHostNetwork || runNetwork === 'host'),
  );
}

/**
 * What the steps of a build get on a host, in the words of `EngineHost.runNetwork`. Raises `network_not_offered` for one that the host
 * does not give, `trust_required` for its own where the build is not trusted.
 */
export function givenNetwork(
  host: HostNetworks,
  build: { readonly asked: RunNetwork; readonly trust: Trust },
): 'none' | 'bridge' | 'host' {
  const { asked, trust } = build;
  if (asked === 'default')
    return host.runNetwork === 'host' && trust !== 'trusted' ? 'none' : host.runNetwork;
  if (asked === 'host' && trust !== 'trusted') throw new KilnError('trust_required');
  if (!networksOf(host).includes(asked)) throw networkNotOffered(asked, null);
  return asked === 'egress' ? 'bridge' : asked;
}

/** Whether single steps of a build may have the network of their host (`RUN --network=host`). */
export function permitsHostSteps(
  host: HostNetworks,
  { asked, trust }: { readonly asked: RunNetwork; readonly trust: Trust },
): boolean {
  return (
    trust === 'trusted' && (asked === 'host' || asked === 'default') && networksOf(host).includes('host')
  );
}

const REMEDIES: Readonly<Record<StepNetwork, string>> = {
  none: 'Choose another host.',
  egress:
    'The operator of one can give them a bridge (`kiln up` as root with iptables makes one: `kiln doctor`).',
  host: 'The operator of one can allow it with KILN_HOST_NETWORK=true.',
};

const AND_TRUST =
  'The project has to be trusted as well, by who administers Kiln: `kiln projects set PROJECT --trust trusted`.';

/**
 * The refusal of a network that no host gives; of the method's hosts, or of this host alone when `method` is null. Of a project that is
 * not trusted it names that condition too, so that nobody meets one after the other.
 */
export function networkNotOffered(
  network: StepNetwork,
  method: BuildMethod | null,
  trust: Trust = 'trusted',
): KilnError {
  const who = method === null ? 'This build host does not give' : `No build host for ${method} gives`;
  const more = network === 'host' && trust !== 'trusted' ? ` ${AND_TRUST}` : '';
  const message = `${who} RUN steps the network "${network}". ${REMEDIES[network]}${more}`;
  return new KilnError('network_not_offered', {
    message: `resources.network: ${message}`,
    fields: [{ field: 'resources.network', message }],
  });
}
