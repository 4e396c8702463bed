import { type RemoteSource, remoteSourcesOf } from './remote-sources.js';

const HIDDEN = '***';

/**
 * Gives the address of a source as anybody may read it: behind the server it has no value of a build argument, for people put passwords
 * there. Where the argument also decides on the server, nothing behind it is told.
 */
export function toldAddresses(
  text: string,
  buildArgs: Readonly<Record<string, string>>,
): (source: RemoteSource) => string {
  const hidden = Object.entries(buildArgs).map(
    ([name, value]) => [name, value === '' ? '' : HIDDEN] as const,
  );
  const { sources } = remoteSourcesOf(text, Object.fromEntries(hidden));
  const told = new Map(sources.map((source) => [keyOf(source), source.address]));
  return (source) => told.get(keyOf(source)) ?? `${serverOf(source)}/${HIDDEN}`;
}

function keyOf({ line, column, stage, text, scheme, host, port }: RemoteSource): string {
  return JSON.stringify([line, column, stage, text, scheme, host, port]);
}

function serverOf({ scheme, host, port }: RemoteSource): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
