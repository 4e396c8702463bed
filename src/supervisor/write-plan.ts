import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { KilnError } from '../domain/errors.js';
import type { Engine, PlanInput, RunPlan } from '../ports/engine.js';
import type { RunGroup } from '../ports/run-groups.js';
import type { RunDeps } from './deps.js';
import type { Journal } from './journal.js';
import { groupLimits } from './run-group.js';

/** Asks the engine for its plan, writes the files of the plan, and says how far a process that is shut in reaches. */
export async function writePlan(
  deps: RunDeps,
  journal: Journal,
  run: { readonly engine: Engine; readonly input: PlanInput; readonly group: RunGroup | null },
): Promise<RunPlan> {
  const { engine, input, group } = run;
  const plan = engine.plan(input);
  const reach = engine.reachOf?.(input);
  for (const [file, content] of Object.entries(plan.files)) {
    if (path.relative(journal.workspace.work, file).startsWith('..')) {
      throw new KilnError('internal', { detail: `the plan writes outside its work folder: ${file}` });
    }
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, content, { mode: 0o600 });
  }
  return {
    ...plan,
    joins: group?.joins ?? [],
    ...(reach !== undefined && {
      confinement: {
        ...{ reach, limits: groupLimits(journal, deps.machine) },
        ...(engine.startsContainers === true && { startsContainers: true }),
        ...(group !== null && { controlGroup: group.builderPath }),
      },
    }),
  };
}
