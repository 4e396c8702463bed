import type { MaterialImage } from '../../domain/images/materials.js';
import type { ErrorCode } from '../../domain/errors.js';
import type { RegistryMirror } from '../../domain/network/mirrors.js';

/** What the launcher is told. Paths are of the host. Secrets go by file; the address of a proxy may hold a password, so the order is its owner's alone. */
export interface LaunchOrder {
  /** Names the containers. */
  readonly id: string;
  /** The group below which those of the containers are made; null where the run has none. */
  readonly controlGroup: string | null;
  readonly programs: Readonly<Record<'runc' | 'crane' | 'lifecycle' | 'launcher', string>>;
  readonly builder: string;
  /** Null for the one that the builder names. */
  readonly runImage: string | null;
  /** The image in staging, by tag. */
  readonly target: string;
  /** Registries (host[:port]) that images may come from; no credential goes to another. */
  readonly registries: readonly string[];
  readonly insecureRegistries: readonly string[];
  readonly mirrors: readonly RegistryMirror[];
  /** A folder with a config.json (DOCKER_CONFIG). */
  readonly registryConfigFolder: string;
  /** Certificates of authorities, by file. */
  readonly certificates: readonly string[];
  /** The source, and the folder in it to build (relative). */
  readonly contextFolder: string;
  readonly buildContext: string;
  readonly workFolder: string;
  /** Outlives the run; shared with other runs of the tenant. */
  readonly storageFolder: string;
  /** The folder of the project's layers inside the storage; null when nothing is cached. */
  readonly cacheName: string | null;
  /** ID or ID@VERSION; empty for the builder's own order. */
  readonly buildpacks: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly bindings: readonly BindingFiles[];
  /** What the image gets beside the labels of the lifecycle and its buildpacks. */
  readonly labels: Readonly<Record<string, string>>;
  /**
   * Of buildpacks. `bridge` gives the phase build a way to public addresses, by a proxy; beside it their network leads nowhere, unless it
   * is that of the host.
   */
  readonly network: 'none' | 'bridge' | 'host';
  /** The group that the firewall of the host knows builders by; null where there is none. */
  readonly egressGroupId: number | null;
  readonly proxyVariables: Readonly<Record<string, string>>;
  /** Whether buildpacks on the network of the host get them too. */
  readonly passesProxies: boolean;
}

/** Where the proxy listens in the network of the phase build. */
export const EGRESS = { address: '127.0.0.1', port: 3128 } as const;

/** A service binding: a folder of files. */
export interface BindingFiles {
  readonly name: string;
  /** Content of the files `type` and `provider`. */
  readonly texts: Readonly<Record<string, string>>;
  /** Files of the host with what is secret, by the name they get. */
  readonly secretFiles: Readonly<Record<string, string>>;
}

/** The phases of the platform specification in their order, after the builder was fetched. */
export const PHASES = ['analyze', 'detect', 'restore', 'build', 'export'] as const;
export type PhaseName = 'builder' | (typeof PHASES)[number];

/** A line of the launcher's output. `at` is in milliseconds since 1970; bytes are base64. */
export type LaunchRecord =
  | { readonly at: number; readonly begin: PhaseName; readonly subject: string }
  | { readonly at: number; readonly out: string }
  | { readonly at: number; readonly err: string }
  /** `said`: the part of the message that a program has printed, whole. */
  | { readonly at: number; readonly fault: ErrorCode; readonly message: string; readonly said?: string }
  | {
      readonly at: number;
      readonly end: PhaseName;
      readonly exitCode: number;
      readonly cached?: boolean;
      /** Of the builder, for this platform. */
      readonly digest?: string;
      /** The builder and the run image, as they are taken. */
      readonly images?: readonly MaterialImage[];
    };
