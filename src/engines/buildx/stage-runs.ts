import { posix } from 'node:path';
import { TEST_REPORT_NAME } from '../../domain/builds/artifact.js';
import { parseContextPath } from '../../domain/images/context-path.js';
import type { ArtifactTar, PlanInput } from '../../ports/engine.js';
import type { StageOrder, StageRun, StageRunName } from './order.js';
import type { BuildxOptions } from './schema.js';

/** Where the Dockerfile of these runs lies, inside the attempt's work folder; a folder of its own, since buildctl sends it whole. */
const FOLDER = 'stages';
export const STAGE_DOCKERFILE = 'Dockerfile';

/** What differs between the runs of buildctl for one build. */
export interface Solve {
  readonly target: string;
  /** Folder of the Dockerfile. */
  readonly dockerfileFolder: string;
  readonly writesTar: boolean;
}

/** How the stages of Kiln are called that gather what is kept. */
function gatheringStage(run: StageRunName): string {
  return `kiln-${run}`;
}

/**
 * The runs of buildctl for stages besides the image: tests before it, artifacts after it. What is kept of them is gathered in a stage from
 * `scratch` that Kiln adds to a copy of the Dockerfile, so that BuildKit itself looks the paths up, inside the stage, and sends those
 * alone. `command` gives buildctl's argv. Null where there are none.
 */
export function planStages(
  { options, contextFolder, workFolder, artifactMaxBytes }: PlanInput<BuildxOptions>,
  command: (solve: Solve) => readonly string[],
): { readonly order: StageOrder; readonly keeps: readonly ArtifactTar[] } | null {
  const { artifacts } = options;
  const { target, reports: path } = options.tests ?? {};
  if (target === undefined && artifacts.length === 0) return null;
  const folder = posix.join(workFolder, FOLDER);
  const run = (name: StageRunName, target: string, tar: string | null): StageRun => ({
    name,
    command: command({ target, dockerfileFolder: folder, writesTar: tar !== null }),
    tar,
  });
  const reports = target === undefined || path === undefined ? [] : [{ target, path }];
  const tarOf = (name: StageRunName): string => posix.join(workFolder, `${name}.tar`);
  const keeps: ArtifactTar[] = [];
  if (reports.length > 0)
    keeps.push({ path: tarOf('tests'), artifacts: [{ name: TEST_REPORT_NAME, type: 'test_report' }] });
  if (artifacts.length > 0)
    keeps.push({
      path: tarOf('artifacts'),
      artifacts: artifacts.map(({ name }) => ({ name, type: 'build_output' })),
    });
  const before =
    target === undefined
      ? []
      : [
          reports.length === 0
            ? run('tests', target, null)
            : run('tests', gatheringStage('tests'), tarOf('tests')),
        ];
  const after =
    artifacts.length === 0 ? [] : [run('artifacts', gatheringStage('artifacts'), tarOf('artifacts'))];
  const source =
    options.dockerfile_inline === undefined
      ? posix.join(
          contextFolder,
          parseContextPath(options.build_context),
          parseContextPath(options.dockerfile),
        )
      : posix.join(workFolder, STAGE_DOCKERFILE);
  return {
    order: {
      dockerfile: source,
      written: posix.join(folder, STAGE_DOCKERFILE),
      added: `${gathering('tests', reports)}${gathering('artifacts', artifacts)}`,
      before,
      after,
      maxBytes: artifactMaxBytes ?? Number.MAX_SAFE_INTEGER,
    },
    keeps,
  };
}

/** A path without a slash at the end: a file becomes the file `/0`, a folder the folder `/0`. */
function gathering(run: StageRunName, sources: readonly { target: string; path: string }[]): string {
  if (sources.length === 0) return '';
  const copies = sources.map(
    ({ target, path }, index) => `COPY --from=${target} ${JSON.stringify([path, `/${index}`])}\n`,
  );
  return `\nFROM scratch AS ${gatheringStage(run)}\n${copies.join('')}`;
}
