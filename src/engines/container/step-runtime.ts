import type { NarrowPipes } from './narrow-steps.js';

/**
 * The program that buildah starts as its runtime, with the arguments of runc. Whoever makes a container names the folder of its
 * configuration: a step whose configuration is not said to be narrowed does not start.
 */
export function runtimeScript(runcPath: string, { asked, answered }: NarrowPipes): string {
  return `#!/bin/sh
before=
for word; do
  if [ "$before" = --bundle ]; then
    echo "$word/config.json" > ${quoted(asked)} || exit 1
    read -r answer < ${quoted(answered)} || exit 1
    if [ "$answer" != "narrowed $word/config.json" ]; then
      echo "the configuration of the step could not be narrowed" >&2
      exit 1
    fi
  fi
  before=$word
done
exec ${quoted(runcPath)} "$@"
`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
