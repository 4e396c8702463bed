import { networkNotOffered, type StepNetwork } from '../domain/builds/run-network.js';
import type { BuildMethod } from '../domain/builds/method.js';
import type { AskedResources } from '../domain/builds/resources.js';
import type { Trust } from '../domain/builds/trust.js';
import { KilnError } from '../domain/errors.js';
import { METHODS } from '../engines/methods.js';

const REMEDY = 'Who administers Kiln can trust the project: `kiln projects set PROJECT --trust trusted`';
const FOR_TRUSTED = 'the network of the build host is for trusted code only';

/**
 * What only the code of a trusted project may do: be built by a method that does not close it in, and use the network of its host.
 * Raises `trust_required`, naming the field; the remedy is that of the error.
 */
export function refuseUntrusted(build: {
  readonly trust: Trust;
  readonly method: BuildMethod;
  readonly resources: AskedResources;
}): void {
  if (build.trust === 'trusted') return;
  if (METHODS[build.method]?.isForTrusted === true)
    throw trustRequired('method', `the method ${build.method} is for trusted code only`);
  if (build.resources.network === 'host') throw trustRequired('resources.network', FOR_TRUSTED);
}

/** Raises `network_not_offered` for a network that no host gives to steps of the method; `offered` is null where none has said anything. */
export function refuseNetwork(
  {
    method,
    resources: { network },
    trust,
  }: { readonly method: BuildMethod; readonly resources: AskedResources; readonly trust: Trust },
  offered: readonly string[] | null,
): void {
  if (network === undefined || network === 'default' || network === 'none' || offered === null) return;
  const asked: StepNetwork = network;
  if (!offered.includes(asked)) throw networkNotOffered(asked, method, trust);
}

/**
 * Why steps of a build may not have the network of the build host (`RUN --network=host`), with what helps; null where they may. `offered`
 * are the networks of the hosts, null where none has said anything.
 */
export function hostStepsTrouble(
  { trust, method, resources }: Parameters<typeof refuseUntrusted>[0],
  offered: readonly string[] | null,
): string | null {
  const { network = 'default' } = resources;
  const flag = 'RUN --network=host';
  const unoffered =
    offered === null || offered.includes('host')
      ? null
      : networkNotOffered('host', method).fields[0]?.message;
  if (trust !== 'trusted') return [`${flag}: ${FOR_TRUSTED}. ${REMEDY}.`, unoffered ?? []].flat().join(' ');
  if (network === 'none' || network === 'egress')
    return `${flag}: the build has the network "${network}"; leave resources.network out, or set it to host.`;
  if (network !== 'host' && METHODS[method]?.hasHostSteps !== true)
    return `${flag}: with the method ${method} all steps have one network; set resources.network to host, or leave the flag out.`;
  return unoffered == null ? null : `${flag}: ${unoffered}`;
}

function trustRequired(field: string, message: string): KilnError {
  return new KilnError('trust_required', {
    message: `${field}: ${message}.`,
    fields: [{ field, message }],
  });
}
