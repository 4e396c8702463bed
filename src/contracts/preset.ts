import { z } from 'zod';
import {
  fillInDestinations,
  fillInOptions,
  type Json,
  type PresetValues,
  PRESET_WORDS,
  templateTrouble,
} from '../domain/triggers/preset.js';
import type { Refused } from '../domain/webhooks/provider.js';
import { GitSource } from './builds.js';
import { KnownMethod } from './known-method.js';
import { Needs } from './needs.js';
import { NewBuild, type NewBuildInput } from './new-build.js';
import { Resources } from './resources.js';
import { timeoutSeconds } from './timeout.js';

const WORDS = PRESET_WORDS.map((word) => `\${${word}}`).join(', ');
const MOST_LEVELS = 10;
const MOST_CHARACTERS = 64 * 1024;

const template = z.string().superRefine((text, context) => {
  const message = templateTrouble(text);
  if (message !== null) context.addIssue({ code: 'custom', message });
});

/** The parts of a git source that do not depend on what has happened. */
const source = z
  .strictObject({
    folder: GitSource.shape.folder,
    submodules: GitSource.shape.submodules,
    lfs: GitSource.shape.lfs,
    depth: GitSource.shape.depth,
  })
  .partial();

const fields = {
  method: KnownMethod.optional().describe('what kiln.yaml of the source or the project says unless set'),
  options: z
    .record(z.string().max(200), z.unknown())
    .default({})
    .describe(`options of the method; their texts may hold ${WORDS}`),
  destinations: z
    .array(template.max(500))
    .max(20)
    .default([])
    .describe(
      `repository:tag to move on success, with ${WORDS}; one that names what an event does not have is left out. Where there are none, as for a build without destinations`,
    ),
  priority: z.int().min(-100).max(100).default(0),
  timeout_seconds: timeoutSeconds.optional(),
  resources: Resources.optional(),
  needs: Needs.optional(),
  source: source.optional().describe('what of the repository is fetched'),
};

/** A template for the builds that a webhook or a schedule starts: what a request for a build says, without the source. */
export const BuildPreset = z.strictObject(fields).superRefine((preset, context) => {
  const trouble = optionTrouble(preset.options);
  for (const { path, message } of trouble) context.addIssue({ code: 'custom', path, message });
  if (trouble.length > 0) return;
  for (const { path, message } of neverBuilds(preset)) context.addIssue({ code: 'custom', path, message });
});
export type BuildPreset = z.output<typeof BuildPreset>;
export type BuildPresetInput = z.input<typeof BuildPreset>;

const SAMPLE_SOURCE = { url: 'https://git.example.com/team/app.git', ref: 'refs/heads/main' };
const SAMPLE_VALUES: PresetValues = {
  ref: 'refs/heads/main',
  branch: 'main',
  tag: 'v1.0.0',
  sha: '5f1c0a3e9b7d2468ace013579bdf02468ace1357',
  number: null,
};

/** What becomes no build, neither of a branch nor of a pull request, is refused when it is written and not when it is needed. */
function neverBuilds(preset: z.output<z.ZodObject<typeof fields>>): Trouble[] {
  const tried = [null, '1'].map((number) => newBuildOf(preset, SAMPLE_SOURCE, { ...SAMPLE_VALUES, number }));
  const builds = tried.flatMap((one) => ('build' in one ? [one.build] : []));
  if (builds.length === 0) {
    return tried.slice(0, 1).flatMap((one) => ('refused' in one ? [{ path: [], message: one.refused }] : []));
  }
  const trouble = builds.flatMap((build) =>
    (NewBuild.safeParse(build).error?.issues ?? []).map(({ path, message }) => {
      const [field, index] = path;
      if (field !== 'destinations' || typeof index !== 'number') return { path, message };
      return { path: [field], message: `${build.destinations?.[index]}: ${message}` };
    }),
  );
  return [...new Map(trouble.map((one) => [JSON.stringify(one), one])).values()];
}

/**
 * The request for a build that a preset makes of a repository and the values of its words, not judged yet. Refused, in words for the
 * record, where a value is missing that the preset needs.
 */
export function newBuildOf(
  { destinations, options, source: parts, ...rest }: z.output<z.ZodObject<typeof fields>>,
  { url, ref }: { readonly url: string; readonly ref: string },
  values: PresetValues,
): { readonly build: NewBuildInput } | Refused {
  const filledOptions = fillInOptions(options as Record<string, Json>, values);
  if ('refused' in filledOptions) return filledOptions;
  const filledDestinations = fillInDestinations(destinations, values);
  if ('refused' in filledDestinations) return filledDestinations;
  const build = {
    ...rest,
    ...filledOptions,
    ...filledDestinations,
    source: { ...parts, kind: 'git', url, ref },
  };
  return { build: build as NewBuildInput };
}

interface Trouble {
  readonly path: PropertyKey[];
  readonly message: string;
}

function optionTrouble(options: Readonly<Record<string, unknown>>): Trouble[] {
  let characters = 0;
  const trouble: Trouble[] = [];
  look(options, ['options']);
  if (characters > MOST_CHARACTERS) {
    trouble.push({
      path: ['options'],
      message: `The texts of a preset have ${MOST_CHARACTERS} characters at most.`,
    });
  }
  return trouble;

  function look(value: unknown, path: string[]): void {
    if (typeof value === 'string') {
      characters += value.length;
      const message = templateTrouble(value);
      if (message !== null) trouble.push({ path, message });
    } else if (typeof value === 'object' && value !== null) {
      if (path.length > MOST_LEVELS) {
        trouble.push({
          path: path.slice(0, 2),
          message: `Options are nested ${MOST_LEVELS} levels deep at most.`,
        });
      } else for (const [name, one] of Object.entries(value)) look(one, [...path, name]);
    }
  }
}
