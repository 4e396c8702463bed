import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRunGroups, findTrees, groupOfState } from '../../adapters/cgroup/run-groups.js';
import type { RunGroups } from '../../ports/run-groups.js';

/** The variables that BuildKit appends to the environment of a step (executor/oci/spec.go), as they stand in its config.json. */
const TRACE_VARIABLES = [
  ...['TRACES_EXPORTER=otlp', 'EXPORTER_OTLP_TRACES_ENDPOINT=unix:///dev/otel-grpc.sock'],
  'EXPORTER_OTLP_TRACES_PROTOCOL=grpc',
]
  .map((variable) => `,"OTEL_${variable}"`)
  .concat('\\(,"\\(OTEL_\\)\\?TRACE[A-Z_]*=[^"]*"\\)*')
  .join('');

/** The control groups of the runs of a `kiln up`. */
export function groupsOfStack(stateFolder: string): RunGroups {
  return createRunGroups(parentOf(stateFolder));
}

/**
 * The program that BuildKit starts for each RUN step: as root, one that puts the step into the control group of its run and goes on as
 * runc; else, and where no groups can be made, runc itself. It is written into the folder.
 */
export async function stepRuntime(
  stateFolder: string,
  folder: string,
  runcPath: string,
): Promise<{ readonly path: string; readonly joinsGroups: boolean }> {
  if (process.getuid?.() !== 0 || groupsOfStack(stateFolder).trouble !== null)
    return { path: runcPath, joinsGroups: false };
  const path = join(folder, 'runc-in-group');
  const tree = findTrees().find(({ controllers }) => controllers.includes('pids'));
  await writeFile(path, runtimeScript(runcPath, parentOf(stateFolder), tree?.mount ?? '/sys/fs/cgroup'), {
    mode: 0o755,
  });
  return { path, joinsGroups: true };
}

function parentOf(stateFolder: string): string {
  return groupOfState(join(stateFolder, 'supervisor'));
}

/**
 * The group comes with the trace state of the client (src/engines/buildx/plan.ts), which BuildKit appends to the environment of a step and
 * leaves out of every cache key. The last mention counts: what a Dockerfile says stands before it, and a quote inside of a string has a
 * backslash. A group that is gone, with its run, is not made again. What BuildKit appends for traces is no business of a step and goes.
 */
export function runtimeScript(runcPath: string, parent: string, mount: string): string {
  return `#!/bin/sh
before=
for word; do
  if [ "$before" = --bundle ]; then
    config=$word/config.json
    group=$(sed -n 's,.*"TRACESTATE=kiln=\\(${parent}/[0-9a-z-]*/builder\\)".*,\\1,p' "$config")
    if [ -n "$group" ] && [ -d ${quoted(mount)}"\${group%/builder}" ]; then
      sed -i "s,\\"cgroupsPath\\":\\"[^\\"]*/\\([^\\"/]*\\)\\",\\"cgroupsPath\\":\\"$group/\\1\\"," "$config"
    fi
    sed -i ${quoted(`s|${TRACE_VARIABLES}||`)} "$config"
  fi
  before=$word
done
exec ${quoted(runcPath)} "$@"
`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
