import type { Build, BuildStep } from '../contracts/builds.js';

/** The one JSON line that `kiln build`, `kiln cancel` and `kiln logs -f` end with. */
export interface BuildSummary {
  readonly build_id: string;
  readonly project: string;
  readonly build_number: number;
  readonly status: Build['status'];
  readonly result: Build['result']['status'];
  readonly image: string | null;
  readonly digest: string | null;
  readonly destinations: readonly string[];
  readonly seconds: number | null;
  readonly steps: number;
  readonly cached_steps: number;
  readonly warnings: number;
  readonly failure: {
    readonly code: string | null;
    readonly reason: string | null;
    readonly stage: string | null;
    readonly step: number | null;
    readonly instruction: string | null;
    readonly exit_code: number | null;
    readonly last_lines: readonly string[];
    readonly fix: string | null;
    readonly retryable: boolean | null;
  } | null;
}

export function summarise(build: Build, steps: readonly BuildStep[]): BuildSummary {
  const { result } = build;
  return {
    build_id: build.id,
    project: build.project,
    build_number: build.build_number,
    status: build.status,
    result: result.status,
    image: result.output_image_url,
    digest: result.output_image_digest,
    destinations: build.destinations,
    seconds: result.total_duration_milliseconds === null ? null : result.total_duration_milliseconds / 1000,
    steps: steps.length,
    cached_steps: steps.filter((step) => step.cached).length,
    warnings: result.warning_count,
    failure:
      build.status !== 'failed'
        ? null
        : {
            code: result.failure_code,
            reason: result.failure_reason ?? build.error_message,
            stage: result.failure_stage,
            step: result.failure_step,
            instruction: result.failure_instruction,
            exit_code: result.exit_code,
            last_lines: result.failure_last_lines,
            fix: result.failure_fix,
            retryable: result.retryable,
          },
  };
}
