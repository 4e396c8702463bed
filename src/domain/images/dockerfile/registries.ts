import { registryOf } from '../registry-host.js';
import { globalArguments } from './base-image.js';
import { expandWord } from './expand.js';
import type { Instruction } from './instruction.js';
import { readDockerfile } from './read.js';

/**
 * The registries (`host[:port]`) that a Dockerfile names by FROM, COPY --from and RUN --mount=...,from=..., as far as the file
 * tells. Stages of the file are no images.
 */
export function registriesOf(text: string, buildArgs: Readonly<Record<string, string>>): string[] {
  const { instructions, escape } = readDockerfile(text);
  const variables = globalArguments(instructions, buildArgs, escape);
  const stages = new Set<string>();
  const found = new Set<string>();
  const note = (word: string): void => {
    const image = expandWord(word, variables, escape);
    if (image === null || image === 'scratch' || stages.has(image.toLowerCase()) || /^\d+$/.test(image))
      return;
    const registry = registryOf(image);
    if (registry !== null) found.add(registry);
  };
  for (const instruction of instructions) {
    if (instruction.keyword.toUpperCase() === 'FROM') {
      const [image = '', , name] = instruction.rest.split(/\s+/);
      note(image);
      if (name !== undefined) stages.add(name.toLowerCase());
    } else for (const image of imagesOfFlags(instruction)) note(image);
  }
  return [...found];
}

function imagesOfFlags({ flags }: Instruction): string[] {
  return flags.flatMap((flag) => {
    const [, from] = /^--from=(.+)$/i.exec(flag) ?? /^--mount=(?:.*,)?from=([^,]+)/i.exec(flag) ?? [];
    return from === undefined ? [] : [from];
  });
}
