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

/** Publications on their way through a proxy, each of which stops once. */
export interface StoppedPublications {
  /** Resolves when all of them stand. */
  readonly reached: Promise<unknown>;
  /** Lets the publication to one path go on, or all. */
  release(path?: string): void;
}

/** Stops the publication to each path at its point. */
export function stopAt(proxy: FaultyProxy, stops: ReadonlyMap<string, Stop>): StoppedPublications {
  const standing = new Map(
    [...stops].map(([path, stop]) => [path, { stop, arrival: gate(), exit: gate() }] as const),
  );
  const waiting = new Map(standing);
  proxy.fail(({ method, url }): RegistryFault | null => {
    const [path, found] = [...waiting].find(([one]) => url.startsWith(`/v2/${one}/`)) ?? [];
    if (path === undefined || found === undefined) return null;
    const [request, kind] = STOPS[found.stop];
    if (!request.test(`${method} ${url}`)) return null;
    waiting.delete(path);
    found.arrival.open();
    return { kind, until: found.exit.opened };
  });
  return {
    reached: Promise.all([...standing.values()].map(({ arrival }) => arrival.opened)),
    release(path) {
      for (const [one, { exit }] of standing) if (path === undefined || path === one) exit.open();
    },
  };
}

function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}
