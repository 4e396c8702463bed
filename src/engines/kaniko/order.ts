import type { Way } from '../runc/ways.js';

/** What the launcher is told. Paths are of the host. */
export interface LaunchOrder {
  /** Names the container. */
  readonly id: string;
  /** The group below which the container's own is made; null where the run has none. */
  readonly controlGroup: string | null;
  readonly programs: { readonly runc: string; readonly executor: string };
  readonly contextFolder: string;
  readonly workFolder: string;
  /** Files that are copied into the throw-away root, by their place in it. */
  readonly copies: readonly { readonly from: string; readonly to: string }[];
  /** A config.json (DOCKER_CONFIG), of which the build gets what is for these registries. */
  readonly credentials: { readonly file: string; readonly registries: readonly string[] };
  /** Arguments of the executor. */
  readonly args: readonly string[];
  /** The only places that the network of the build leads to; null for the network of the host. */
  readonly ways: readonly Way[] | null;
}

/** A line of the launcher on stdout: bytes of the executor and its RUN steps, with their time: the executor's own has whole seconds. */
export interface OutputRecord {
  readonly at: number;
  /** base64 */
  readonly data: string;
}

/**
 * Where things lie in the root of the build: below the one folder that the executor keeps for itself. It passes over every other mount, so
 * that what a Dockerfile writes there would be in no layer.
 */
export const INSIDE = {
  context: '/kaniko/buildcontext',
  output: '/kaniko/output',
  digest: '/kaniko/output/digest',
  dockerfile: '/kaniko/Dockerfile',
  registryConfig: '/kaniko/.docker/config.json',
  certificates: '/kaniko/ssl/certs',
} as const;
