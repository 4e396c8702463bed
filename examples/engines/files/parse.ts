import { z } from 'zod';
import type { OutputStream, RunEnd, RunEvent, RunParser, RunPlan, RunVerdict } from '../../ports/engine.js';
import { LineCutter } from '../output/line-cutter.js';
import { StepList, toStep } from '../output/step-list.js';

const vertexes = z.array(
  z.object({
    name: z.string(),
    started: z.coerce.date(),
    completed: z.coerce.date().optional(),
    cached: z.boolean().default(false),
    error: z.string().optional(),
  }),
);

/** One step, which ends once; what BuildKit does besides is log. */
export function createFilesParser(plan: RunPlan): RunParser {
  const cutter = new LineCutter();
  const steps = new StepList();
  let isOver = false;

  function read(line: Buffer): RunEvent[] {
    const [copy] = vertexesIn(line).filter(({ name }) => name.includes('COPY . /'));
    if (copy === undefined || isOver) return [];
    steps.open ??= steps.begin(copy.name, 'COPY . /', copy.started.getTime());
    steps.open.cached = copy.cached;
    isOver = copy.completed !== undefined;
    const end = copy.error === undefined ? null : { fault: copy.error, exitCode: null };
    const ended = copy.completed === undefined ? null : { endedMs: copy.completed.getTime(), end };
    return [{ kind: 'step', step: toStep(steps.open, ended) }];
  }

  return {
    feed: (bytes: Uint8Array, _stream: OutputStream) => cutter.feed(bytes).flatMap(read),
    finish: (end: RunEnd) => verdict(plan, end, steps.open?.number ?? null),
  };
}

function vertexesIn(line: Buffer): z.output<typeof vertexes> {
  try {
    return vertexes.safeParse((JSON.parse(line.toString()) as { vertexes?: unknown }).vertexes).data ?? [];
  } catch {
    return [];
  }
}

function verdict(plan: RunPlan, end: RunEnd, stepNumber: number | null): RunVerdict {
  const text = end.outputs[plan.outputs[0] ?? ''] ?? '';
  const digest = /"containerimage\.digest":\s*"(sha256:[0-9a-f]{64})"/.exec(text)?.[1] ?? null;
  const failure = {
    ...({ code: 'engine_failed', stage: 'build', retryable: true, lastLines: [] } as const),
    ...{ message: 'BuildKit made no image.', stepNumber, instruction: null, exitCode: end.exitCode },
  };
  const stagedDigest = end.exitCode === 0 ? digest : null;
  return { events: [], stagedDigest, failure: stagedDigest === null ? failure : null, pushDurationMs: null };
}
