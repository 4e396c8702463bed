import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import type { Ahead, AheadLine, RunPlan } from '../../ports/engine.js';
import { moveIntoGroups } from './join-groups.js';
import { readProcess } from './processes.js';
import { RUN_MARK, type runFiles } from './run-files.js';

/** What a shim starts before it has a run. */
export interface AheadStart extends Pick<Ahead, 'argv' | 'env'> {
  /** For its output, on the disk of the runs: there the files are moved to where they belong. */
  readonly folder: string;
}

/** A process that waits for its run. */
export interface Waiting {
  /** In the environment of its processes. */
  readonly mark: string;
  /**
   * Makes it the process of the plan; null where the plan wants another one, it is gone, or its output cannot be moved to where that of the
   * run belongs. Raises where it cannot join the control groups.
   */
  tell(plan: RunPlan, files: Pick<ReturnType<typeof runFiles>, 'stdout' | 'stderr'>): ChildProcess | null;
  end(): void;
}

/** Starts what is described (an AheadStart as JSON). */
export function startAhead(description = '{}'): Waiting {
  const { argv, env, folder } = JSON.parse(description) as AheadStart;
  const [program, ...args] = argv;
  const mark = randomUUID();
  const outputs = [`${mark}.stdout`, `${mark}.stderr`].map((name) => path.join(folder, name));
  const [stdout = '', stderr = ''] = outputs;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const open = outputs.map((file) => openSync(file, 'a', 0o600));
  const child = spawn(program, args, {
    env: { ...env, [RUN_MARK]: mark },
    stdio: ['pipe', open[0], open[1]],
    detached: true,
  }) as ChildProcess & { readonly stdin: Writable };
  open.forEach((fd) => closeSync(fd));
  child.once('error', () => {});
  child.stdin.on('error', () => {});
  const end = (): void => {
    child.stdin.destroy();
    outputs.forEach((file) => rmSync(file, { force: true }));
  };
  /** False where they lie on another disk, or are gone: then nothing is where the output of the run belongs. */
  const moveOutputs = (to: Pick<ReturnType<typeof runFiles>, 'stdout' | 'stderr'>): boolean => {
    try {
      renameSync(stdout, to.stdout);
      renameSync(stderr, to.stderr);
      return true;
    } catch {
      rmSync(to.stdout, { force: true });
      return false;
    }
  };
  return {
    mark,
    end,
    tell(plan, files) {
      const { ahead, cwd } = plan;
      const wants =
        ahead !== undefined && isDeepStrictEqual({ argv, env }, { argv: ahead.argv, env: ahead.env });
      const { pid } = child;
      if (!wants || pid === undefined || readProcess(pid)?.ended !== false || !moveOutputs(files)) {
        end();
        return null;
      }
      try {
        moveIntoGroups(plan.joins ?? [], pid);
      } catch (error) {
        end();
        throw error;
      }
      const line: AheadLine = { order: ahead.order, cwd, env: plan.env };
      child.stdin.end(`${JSON.stringify(line)}\n`);
      return child;
    },
  };
}
