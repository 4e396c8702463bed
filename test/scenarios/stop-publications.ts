import type { FaultyProxy, RegistryFault } from '../support/faulty-proxy.js';

/** Where a publication is stopped: the request that is, and whether it is carried out all the same. */
const STOPS = {
  'before the first blob': [/^HEAD .*\/blobs\//, 'hold'],
  'in the middle of a blob': [/^PUT .*\/blobs\/uploads\//, 'hold'],
  'after the blobs, before the manifest': [/^PUT .*\/manifests\/sha256/, 'hold'],
  'after the manifest, before its answer': [/^PUT .*\/manifests\/sha256/, 'mute'],
  'before the tag': [/^PUT .*\/manifests\/v1/, 'hold'],
  'after the tag, before it is noted': [/^PUT .*\/manifests\/v1/, 'mute'],
} as const;
export type Stop = keyof typeof STOPS;
export const STOP_NAMES = Object.keys(STOPS) as Stop[];

/** Publications on their way through a proxy, each of which stops at its point until it is let go. */
export interface StoppedPublications {
  /** Resolves when the publication to a path stands. */
  reached(path: string): Promise<void>;
  /** Lets the publication to a path go on. */
  release(path: string): void;
}

/** Stops the publication to each path, however often it comes to its point. */
export function stopAt(proxy: FaultyProxy, stops: ReadonlyMap<string, Stop>): StoppedPublications {
  const standing = new Map([...stops].map(([path, stop]) => [path, { stop, arrival: gate(), exit: gate() }]));
  proxy.fail(({ method, url }): RegistryFault | null => {
    const [, found] = [...standing].find(([path]) => url.startsWith(`/v2/${path}/`)) ?? [];
    if (found === undefined || found.exit.isOpen) return null;
    const [request, kind] = STOPS[found.stop];
    if (!request.test(`${method} ${url}`)) return null;
    found.arrival.open();
    return { kind, until: found.exit.opened };
  });
  return {
    reached: (path) => standing.get(path)!.arrival.opened,
    release: (path) => standing.get(path)!.exit.open(),
  };
}

interface Gate {
  readonly isOpen: boolean;
  readonly opened: Promise<void>;
  open(): void;
}

function gate(): Gate {
  let resolveOpened = (): void => undefined;
  let isOpen = false;
  return {
    opened: new Promise<void>((resolve) => (resolveOpened = resolve)),
    get isOpen() {
      return isOpen;
    },
    open() {
      isOpen = true;
      resolveOpened();
    },
  };
}
