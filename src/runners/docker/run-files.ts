import { randomUUID } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';

/** plan.json: what of the plan is needed after the start. Its environment may hold what is nobody's business. */
export interface PlanFile {
  readonly outputs: readonly string[];
}

/** container.json: the container was started. */
export interface StartedFile {
  readonly container: string;
  readonly pid: number;
  readonly startedAt: string;
}

/** exit.json: how it ended. Written before the container is removed. */
export interface ExitFile {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly isOutOfMemory: boolean;
  /** It was ended with its engine, which says nothing of the run itself. */
  readonly isLost?: boolean;
  readonly durationMs: number | null;
}

/** Where the parts of a run lie inside its folder. */
export function runFiles(folder: string) {
  const at = (name: string): string => path.join(folder, name);
  return {
    plan: at('plan.json'),
    started: at('container.json'),
    exit: at('exit.json'),
    stdout: at('stdout'),
    stderr: at('stderr'),
  };
}

/** Null where it is absent. The files appear whole, so what is there can be parsed. */
export async function readJson<T>(file: string): Promise<T | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  return text === null ? null : (JSON.parse(text) as T);
}

/** Whoever reads it finds it whole, also after the machine has lost its power. */
export async function writeJson(file: string, content: object): Promise<void> {
  const temporary = `${file}.${randomUUID()}.tmp`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(JSON.stringify(content));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}
