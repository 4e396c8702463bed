import type { BuildSummary } from '../cli/build-summary.js';
import type { Cli } from '../cli/cli.js';
import { print, styleOf } from '../cli/output.js';
import { formatDuration } from '../cli/terminal/units.js';
import type { BuildStep } from '../contracts/builds.js';
import { buildWorkflowId } from '../../workflows/contract.js';
import { temporalRunUrl } from '../domain/builds/temporal-run.js';
import { createImageRegistry } from '../adapters/registry/image-registry.js';
import type { CliAccess } from '../embedded/state.js';
import { firstBuildCommand } from './first-build.js';

/** The JSON line of the demo. `digest` is what the registry serves, not what the build says. */
export interface DemoReport {
  readonly image: string | null;
  readonly digest: string | null;
  readonly build_id: string;
  readonly status: string;
  readonly seconds: number;
  readonly steps: number;
  readonly cached_steps: number;
  readonly api_url: string;
  readonly temporal_ui_url: string;
}

/** Reads the image back from the registry; a digest that is not the recorded one is a failure of the demo. */
export async function demoReport(
  built: BuildSummary,
  access: CliAccess,
  elapsedMs: number,
): Promise<DemoReport> {
  const served = await servedDigest(built);
  const isTrue = built.status !== 'success' || (served !== null && served === built.digest);
  return {
    image: built.destinations[0] ?? null,
    digest: served,
    build_id: built.build_id,
    status: isTrue ? built.status : 'digest_mismatch',
    seconds: Math.round(elapsedMs / 100) / 10,
    steps: built.steps,
    cached_steps: built.cached_steps,
    api_url: access.api_url,
    temporal_ui_url: temporalRunUrl(access.temporal_ui_url, 'kiln', buildWorkflowId(built.build_id)),
  };
}

async function servedDigest(built: BuildSummary): Promise<string | null> {
  const reference = built.destinations[0];
  if (built.status !== 'success' || reference === undefined) return null;
  const at = reference.lastIndexOf(':');
  const registry = createImageRegistry();
  const head = await registry.head(reference.slice(0, at), reference.slice(at + 1));
  return head?.digest ?? null;
}

/** The steps of the demo's build, as the API shows them. */
export async function demoSteps(buildId: string, access: CliAccess): Promise<BuildStep[]> {
  const answer = await fetch(`${access.api_url}/v1/builds/${buildId}/steps`, {
    headers: { authorization: `Bearer ${access.token}` },
  });
  return ((await answer.json()) as { items: BuildStep[] }).items;
}

/** The same for people, with a line for each step. */
export function printDemo(cli: Cli, report: DemoReport, steps: readonly BuildStep[]): void {
  const style = styleOf(cli, cli.stdout);
  const row = (label: string, value: string | null): string =>
    `  ${style.dim(label.padEnd(12))} ${value ?? '-'}`;
  const stepRow = (step: BuildStep): string => {
    const mark = step.cached ? style.tone.active('CACHED') : formatDuration(step.duration_milliseconds ?? 0);
    return `  ${style.dim(String(step.step_number).padStart(3))}  ${mark.padEnd(8)} ${step.step_name}`;
  };
  const isGood = report.status === 'success';
  print(cli, [
    '',
    ...steps.map(stepRow),
    '',
    row('image', report.image),
    row(
      'digest',
      report.digest === null ? null : `${report.digest}  ${style.dim('(as the registry serves it)')}`,
    ),
    row('build', report.build_id),
    row('API', report.api_url),
    row('Temporal UI', report.temporal_ui_url),
    '',
    isGood
      ? `${style.tone.good('✓')} A real image, built and pushed in ${formatDuration(report.seconds * 1000)}.`
      : `${style.tone.bad('✗')} The demo ended as ${report.status}.`,
  ]);
}

/** What becomes of Kiln when all is built. `keptIn` is the state folder of one that serves on, null when it is stopped. */
export function printEnd(cli: Cli, keptIn: string | null, apiUrl: string): void {
  const style = styleOf(cli, cli.stdout);
  print(cli, [
    keptIn === null
      ? style.dim(
          '  Everything the demo started is stopped again; `npm run demo -- --keep` leaves it serving.',
        )
      : style.dim(
          `  Kiln serves on. Build something: ${firstBuildCommand(cli.cwd, keptIn, apiUrl)}   Stop it: npx kiln down --state ${keptIn}`,
        ),
  ]);
}
