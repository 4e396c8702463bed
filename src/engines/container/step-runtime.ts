import { fileURLToPath } from 'node:url';

const NARROW_STEP = fileURLToPath(new URL('./narrow-step.js', import.meta.url));

/**
 * The program that buildah starts as its runtime, with the arguments of runc. Whoever makes a container names the folder of its
 * configuration: a step whose configuration cannot be narrowed does not start.
 */
export function runtimeScript(runcPath: string): string {
  return `#!/bin/sh
before=
for word; do
  if [ "$before" = --bundle ]; then
    ${quoted(process.execPath)} ${quoted(NARROW_STEP)} "$word/config.json" || exit 1
  fi
  before=$word
done
exec ${quoted(runcPath)} "$@"
`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
