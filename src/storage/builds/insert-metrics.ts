import type { RunOutcome } from '../../domain/builds/outcome.js';
import type { Tx } from '../database.js';
import type { LockedBuild } from '../dispatch/lock-build.js';
import type { BuildTimes } from './measure-times.js';

/** How many of an image's layers the tenant's builds had used before. */
export interface LayerCounts {
  readonly total: number;
  readonly reused: number;
  readonly new: number;
}

const MIB = 1024 * 1024;

function wholeSeconds(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms / 1000);
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}

/** One row per build, measured or null. */
export async function insertMetrics(
  tx: Tx,
  build: LockedBuild,
  times: BuildTimes,
  outcome: RunOutcome | null,
  saved: { readonly layers: LayerCounts; readonly unpackedSizeBytes: number | null } | null,
): Promise<void> {
  const run = outcome?.metrics ?? null;
  const layers = saved?.layers ?? null;
  const sizeBytes = saved === null ? null : (outcome?.image?.compressedSizeBytes ?? null);
  const buildMs = rounded(run?.buildDurationMs ?? null);
  const pushMs = rounded(run?.pushDurationMs ?? null);
  const memory = run?.peakMemoryBytes ?? null;
  await tx
    .insertInto('build_metrics')
    .values({
      tenant_id: build.tenant_id,
      build_id: build.id,
      total_duration_seconds: wholeSeconds(times.totalMs),
      docker_build_duration_seconds: wholeSeconds(buildMs),
      docker_push_duration_seconds: wholeSeconds(pushMs),
      total_duration_milliseconds: times.totalMs,
      docker_build_duration_milliseconds: buildMs,
      docker_push_duration_milliseconds: pushMs,
      peak_memory_usage_mb: memory === null ? null : Math.ceil(memory / MIB),
      cpu_usage_percent: run?.cpuUsagePercent ?? null,
      disk_read_bytes: rounded(run?.diskReadBytes ?? null),
      disk_write_bytes: rounded(run?.diskWriteBytes ?? null),
      total_layers: layers?.total ?? null,
      reused_layers: layers?.reused ?? null,
      new_layers: layers?.new ?? null,
      final_image_size_bytes: sizeBytes,
      compression_ratio: compressionRatio(sizeBytes, saved?.unpackedSizeBytes ?? null),
    })
    .onConflict((conflict) => conflict.column('build_id').doNothing())
    .execute();
}

/** Compressed size over unpacked size; null where the latter is not known. */
function compressionRatio(sizeBytes: number | null, unpackedSizeBytes: number | null): number | null {
  return sizeBytes === null || unpackedSizeBytes === null || unpackedSizeBytes === 0
    ? null
    : sizeBytes / unpackedSizeBytes;
}
