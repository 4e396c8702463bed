import type { BuildMethod } from '../domain/builds/method.js';
import { withoutCaches } from '../domain/builds/rebuild.js';
import type { BuiltBy, Changed, WhatIf } from '../domain/builds/what-if.js';
import { KilnError } from '../domain/errors.js';
import { materialImage, type UsedImage } from '../domain/images/used-images.js';
import { METHODS } from '../engines/methods.js';
import { buildsFromDockerfile } from './effective-build.js';
import { optionWords } from './option-words.js';
import type { WhatIfChanges } from './what-if.js';

/** A cache belongs to a method and is written by builds that count. */
const CACHES = ['cache_from', 'cache_to', 'cache_repo', 'registry_repo'];

/**
 * What a recorded build is made by once the changes are applied. Raises `invalid_request`, naming the change and what helps, for one that
 * does not fit the build or its method.
 */
export function changeBuild(before: BuiltBy, changes: WhatIfChanges): Changed {
  const method = changes.method ?? before.method;
  const { pinned_images: _pinned, replaced_images: _replaced, cache_to: _to, ...kept } = before.options;
  const carried = method === before.method ? kept : carryTo(before.method, method, kept);
  const replaced = replacedImages(method, before.used, changes.base ?? {});
  const changed = {
    ...carried,
    ...(changes.platforms !== undefined && { platforms: changes.platforms }),
    ...(changes.target_stage !== undefined && { target_stage: changes.target_stage }),
    ...(changes.build_args !== undefined && {
      build_args: { ...(carried['build_args'] as object | undefined), ...changes.build_args },
    }),
    ...(Object.keys(replaced).length > 0 && { replaced_images: replaced }),
  };
  if (changes.no_cache === true) refuseWithoutCaches(method);
  const cached = changes.no_cache === true ? withoutCaches(changed, true) : changed;
  const left = before.used.filter(({ reference }) => !Object.hasOwn(replaced, reference));
  const { options, images } = METHODS[method]?.pin?.(cached, left) ?? { options: cached, images: [] };
  return {
    method,
    options: fitting(before.method, method, options),
    pinned: images,
    whatIf: toWhatIf(changes, replaced),
  };
}

function toWhatIf(changes: WhatIfChanges, replaced: Readonly<Record<string, string>>): WhatIf {
  const { base: _base, build_args: args, ...others } = changes;
  return {
    ...others,
    ...(Object.keys(replaced).length > 0 && { base: replaced }),
    ...(args !== undefined && { build_args: Object.keys(args) }),
  } as WhatIf;
}

/** What methods that build from a Dockerfile have alike, and what somebody has set beside that, which the other one may refuse. */
function carryTo(
  from: BuildMethod,
  to: BuildMethod,
  options: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const foreign = [from, to].find((method) => !buildsFromDockerfile(method));
  if (foreign !== undefined) {
    const others = Object.keys(METHODS).filter((method) => buildsFromDockerfile(method));
    throw refused(
      'method',
      `${foreign} builds without a Dockerfile, so that a build by ${from} cannot be made by ${to}: between ${others.join(', ')} it can.`,
    );
  }
  const isSet = (value: unknown): boolean =>
    typeof value !== 'object' || value === null || Object.keys(value).length > 0;
  return Object.fromEntries(
    Object.entries(options).filter(([name, value]) => !CACHES.includes(name) && isSet(value)),
  );
}

function refuseWithoutCaches(method: BuildMethod): void {
  if (METHODS[method]?.hasCaches !== false) return;
  throw refused('no_cache', `${method} keeps no cache, so that every step runs anyway: leave it out.`);
}

function replacedImages(
  method: BuildMethod,
  used: readonly UsedImage[],
  base: Readonly<Record<string, string>>,
): Record<string, string> {
  const wanted = Object.entries(base);
  if (wanted.length > 0 && !buildsFromDockerfile(method))
    throw refused(
      'base',
      `${method} builds without a Dockerfile, and finds its base images otherwise: name them in its options and build anew.`,
    );
  return Object.fromEntries(
    wanted.map(([from, to]) => {
      const reference = materialImage(from, null)?.reference ?? from;
      if (!used.some((one) => one.reference === reference)) throw notUsed(from, used);
      const image = materialImage(to, null);
      const digest = image?.digest ?? null;
      return [reference, image === null ? to : `${image.reference}${digest === null ? '' : `@${digest}`}`];
    }),
  );
}

function notUsed(from: string, used: readonly UsedImage[]): KilnError {
  const known = used.map(({ reference }) => reference).join(', ');
  return refused(
    'base',
    `the build was not made from ${from}: ${known === '' ? 'no image is recorded of it' : `name one of ${known}`}.`,
  );
}

/** The options by the schema of the method. What it does not take of the recorded build is the fault of the change of the method. */
function fitting(from: BuildMethod, method: BuildMethod, options: object): Readonly<Record<string, unknown>> {
  const parsed = METHODS[method]?.options.safeParse(options, { error: optionWords(method) });
  if (parsed === undefined) throw refused('method', `there is no method ${method}.`);
  if (parsed.success) return parsed.data as Record<string, unknown>;
  const [issue] = parsed.error.issues;
  const [key] = issue?.code === 'unrecognized_keys' ? issue.keys : [String(issue?.path[0] ?? '')];
  const own = ['platforms', 'build_args', 'target_stage'].find((name) => name === key);
  const field = own ?? (method === from ? 'base' : 'method');
  throw refused(field, issue?.message ?? `The method ${method} cannot be told so.`);
}

function refused(field: string, message: string): KilnError {
  return new KilnError('invalid_request', {
    message: `${field}: ${message}`,
    fields: [{ field: `changes.${field}`, message }],
  });
}
