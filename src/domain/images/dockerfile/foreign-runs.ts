import { isSamePlatform, parsePlatform } from '../platform.js';
import { globalArguments } from './base-image.js';
import { builderArguments } from './builder-arguments.js';
import type { DockerfileProblem } from '../invalid-dockerfile.js';
import { neededStages, readStages, stageNamed, type Stage } from './stages.js';

/** A RUN instruction whose programs are of a platform that the build host does not run. */
export interface ForeignRun extends Omit<DockerfileProblem, 'message'> {
  readonly platform: string;
}

/**
 * Finds the first RUN instruction for each platform (`linux/arm64`) that is not among those the builder can run; the first of these is
 * its own. Stages that the target does not need are passed by, and so are those whose platform the file does not tell. No platforms means
 * the builder's own.
 */
export function foreignRuns(
  text: string,
  options: {
    readonly target: string | null;
    readonly platforms: readonly string[];
    readonly buildArgs: Readonly<Record<string, string>>;
    readonly runnable: readonly [string, ...string[]];
  },
): ForeignRun[] {
  const { target, runnable } = options;
  const [own] = runnable;
  const found = new Map<string, ForeignRun>();
  for (const platform of options.platforms.length === 0 ? [own] : options.platforms) {
    const ofBuilder = builderArguments({ platform, target }).find((one) =>
      isSamePlatform(one.get('BUILDPLATFORM') ?? '', own),
    );
    const stages = readStages(text, (instructions, escape) =>
      globalArguments(instructions, options.buildArgs, escape, ofBuilder),
    );
    for (const at of neededStages(stages, target)) {
      const runsOn = platformOf(stages, at, platform);
      if (runsOn === null || runnable.some((one) => runs(one, runsOn))) continue;
      const run = stages[at]?.instructions.find(({ keyword }) => keyword.toUpperCase() === 'RUN');
      const known = found.get(runsOn);
      if (run === undefined || (known !== undefined && known.line <= run.line)) continue;
      found.set(runsOn, { line: run.line, column: run.column, platform: runsOn });
    }
  }
  return [...found.values()].sort((a, b) => a.line - b.line);
}

/** A stage upon another has the platform of that one; `scratch` is of the platform that is built for. */
function platformOf(stages: readonly Stage[], at: number, wanted: string): string | null {
  const stage = stages[at];
  if (stage === undefined || stage.image === null) return null;
  const below = stageNamed(stages, at, stage.image);
  if (below !== -1) return platformOf(stages, below, wanted);
  if (stage.platform === undefined || stage.image === 'scratch') return wanted;
  return stage.platform === null ? null : parsePlatform(stage.platform);
}

/** What runs programs of arm runs those of its earlier variants. */
function runs(runnable: string, platform: string): boolean {
  return isSamePlatform(runnable, platform) || (runnable === 'linux/arm' && /^linux\/arm\//.test(platform));
}
