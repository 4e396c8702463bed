import type { PlanInput } from '../../ports/engine.js';

interface Rule {
  readonly action: 'ALLOW' | 'DENY';
  readonly selector: { readonly identifier: string; readonly match_type: 'REGEX' };
}

/**
 * BuildKit's source policy (JSON, moby/buildkit sourcepolicy/pb): the builder itself refuses what is neither the context nor on a host
 * that was judged, such as what ONBUILD of a base image names. The last rule that fits a source decides. BuildKit asks by
 * `docker-image://host/...`, by the URL of a file, and by `git://host/...` for git over any protocol. It does not ask about redirects.
 */
export function sourcePolicy(
  { registries, sourceHosts }: PlanInput['judged'],
  pinned: readonly string[] = [],
  replaced: Readonly<Record<string, string>> = {},
): string {
  const images = new Set(registries.map((registry) => registry.replace(/^index\.docker\.io$/, 'docker.io')));
  const rules = [
    rule('DENY', ''),
    rule('ALLOW', '^local://'),
    ...(images.size === 0 ? [] : [rule('ALLOW', `^docker-image://${oneOf([...images])}/`)]),
    ...(sourceHosts.length === 0
      ? []
      : [rule('ALLOW', `^(?i:https?|git)://(?i:${oneOf(sourceHosts.map(bracketed))})(?::\\d+)?(?:[/?#]|$)`)]),
  ];
  return JSON.stringify({
    version: 1,
    rules: [...rules, ...pinned.map(pin), ...onceReplaced(replaced).flatMap(replace)],
  });
}

/**
 * The Dockerfile has the other names in it already; what is left is what ONBUILD of a base image names. BuildKit converts what comes of a
 * conversion again, so that a name that takes the place of another one is left as it is.
 */
function onceReplaced(replaced: Readonly<Record<string, string>>): (readonly [string, string])[] {
  const all = Object.entries(replaced);
  const isGiven = (name: string): boolean =>
    all.some(([from, to]) => from !== name && to.replace(/@.*$/, '') === name);
  return all.filter(([from]) => !isGiven(from));
}

/**
 * The name stands for this digest, whatever its registry says now; the source that comes of it is judged as any other. BuildKit converts
 * nothing of what is to match exactly; a reference holds no character that stands for others.
 */
function pin(image: string): object {
  const source = (reference: string): string => `docker-image://${reference}`;
  return {
    action: 'CONVERT',
    selector: { identifier: source(image.replace(/@.*$/, '')), match_type: 'WILDCARD' },
    updates: { identifier: source(image) },
  };
}

/** Another image for a name, with a digest of its own or without. */
function replace([from, to]: readonly [string, string]): object[] {
  return [from, `${from}@*`].map((name) => ({
    action: 'CONVERT',
    selector: { identifier: `docker-image://${name}`, match_type: 'WILDCARD' },
    updates: { identifier: `docker-image://${to}` },
  }));
}

function rule(action: Rule['action'], identifier: string): Rule {
  return { action, selector: { identifier, match_type: 'REGEX' } };
}

function oneOf(texts: readonly string[]): string {
  return `(?:${texts.map((text) => text.replace(/[^A-Za-z0-9_-]/g, '\\$&')).join('|')})`;
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
