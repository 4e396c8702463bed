import { z } from 'zod';
import { ERRORS, type ErrorCode } from '../../domain/errors.js';
import { readRecordOf } from '../output/read-record.js';
import { PHASES, type LaunchRecord } from './order.js';

/** Milliseconds since 1970 that a Date can hold. */
const at = z.number().min(0).max(8.64e15);
const phase = z.enum(['builder', ...PHASES]);

const record: z.ZodType<LaunchRecord> = z.union([
  z.object({ at, begin: phase, subject: z.string() }),
  z.object({ at, out: z.string() }),
  z.object({ at, err: z.string() }),
  z.object({
    at,
    fault: z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]),
    message: z.string(),
    said: z.string().exactOptional(),
  }),
  z.object({
    at,
    end: phase,
    exitCode: z.number(),
    cached: z.boolean().exactOptional(),
    digest: z.string().exactOptional(),
    images: z
      .array(
        z.object({
          reference: z.string(),
          digest: z.string().nullable(),
          isBase: z.boolean().exactOptional(),
        }),
      )
      .exactOptional(),
  }),
]);

/** Reads a line of the launcher; null when it is none of its records (a crash prints plain text). Never throws. */
export function readRecord(line: Buffer): LaunchRecord | null {
  return readRecordOf(record, line);
}

/** What the lifecycle says of its work (0.20, recorded in test/engines/paketo/fixtures). */
export type Said =
  | { readonly kind: 'begin' | 'end'; readonly buildpack: string }
  | { readonly kind: 'layer'; readonly name: string; readonly cached: boolean; readonly isForCache: boolean }
  | { readonly kind: 'save'; readonly image: string }
  | { readonly kind: 'tried'; readonly buildpack: string; readonly result: string }
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'noise' };

/**
 * Reads a line of the lifecycle. `before` is what stood in front of it: the end of a buildpack's output without a newline. Null for what a
 * buildpack has printed.
 */
export function readSaid(line: string): { readonly before: string; readonly said: Said } | null {
  const whole = saidIn(line);
  if (whole !== null) return { before: '', said: whole };
  const [behind] = /(?:Processing layers|Timer: Builder ran for \S+ and ended at \S+)$/.exec(line) ?? [];
  if (behind === undefined) return null;
  return { before: line.slice(0, -behind.length), said: { kind: 'noise' } };
}

const NOISE = new Set([
  ...['Starting builder...', 'Starting detector...', 'Parsing inputs...', 'Ensuring privileges...'],
  ...['Executing command...', 'Looking up buildpack', 'Finding plan', 'Creating plan directory'],
  ...['Preparing paths', 'Running build command', 'Processing layers', 'Updating environment'],
  ...['Reading output files', 'Updating buildpack processes', 'Updating process list'],
  ...['Copying SBOM files', 'Creating SBOM files for legacy BOM', 'Listing processes'],
]);

function saidIn(line: string): Said | null {
  if (NOISE.has(line) || /^(?:Timer: |Checking for match against descriptor: )/.test(line))
    return { kind: 'noise' };
  const [, running, begun] = /^(Running|Finished running) build for buildpack (\S+@\S+)$/.exec(line) ?? [];
  if (begun !== undefined) return { kind: running === 'Running' ? 'begin' : 'end', buildpack: begun };
  const [, how, cache, layer] = /^(Adding|Reusing) (cache )?layer '(.+)'$/.exec(line) ?? [];
  if (layer !== undefined)
    return { kind: 'layer', name: layer, cached: how === 'Reusing', isForCache: cache !== undefined };
  const [, verb, done, all] = /^(Added|Reused) (\d+)\/(\d+) app layer\(s\)$/.exec(line) ?? [];
  if (verb !== undefined)
    return {
      kind: 'layer',
      name: 'application',
      cached: verb === 'Reused' && done === all,
      isForCache: false,
    };
  const [, image] = /^Saving (\S+)\.\.\.$/.exec(line) ?? [];
  if (image !== undefined) return { kind: 'save', image };
  const [, result, buildpack] = /^(pass|fail|skip|err): +(\S+@\S+)/.exec(line) ?? [];
  if (result !== undefined && buildpack !== undefined) return { kind: 'tried', buildpack, result };
  const [, message] = /^ERROR: (.*)$/.exec(line) ?? [];
  return message === undefined ? null : { kind: 'error', message };
}
