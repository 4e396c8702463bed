import { imageVariables } from './needed-images.js';
import { readStages, stageNamed, type Stage } from './stages.js';
import { expandWord } from './expand.js';
import type { Instruction } from './instruction.js';
import { readDockerfile } from './read.js';
import { imagesOfFlags, type RegistryOptions } from './registries.js';

/**
 * The Dockerfile with a digest behind each name of an image, for builders that take names from it alone: FROM, COPY --from and RUN
 * --mount=...,from=... say `name@digest` then, on the same lines. `digests` is by the name as `neededImages` gives it. Null where a name
 * is written in a way that cannot be replaced for sure; what ONBUILD says is of the image and stays.
 */
export function pinImages(
  text: string,
  options: RegistryOptions,
  digests: Readonly<Record<string, string>>,
): string | null {
  return writeNames(text, options, (name) => pinOf(name, digests));
}

/** The Dockerfile with other names of images, those that `write` gives; null of one leaves it. Null where that cannot be done for sure. */
export function writeNames(
  text: string,
  options: RegistryOptions,
  write: (name: string) => string | null,
): string | null {
  // What was no UTF-8 would come out as something else.
  if (text.includes('\uFFFD')) return null;
  const before = namesIn(text, options);
  const lines = text.split('\n');
  for (const { instruction, names } of before) {
    const pins = names.map((name) => (name === null ? null : write(name)));
    if (pins.every((pin) => pin === null)) continue;
    const written = isFrom(instruction)
      ? pinnedFrom(instruction, pins[0] ?? '')
      : pinnedFlags(lines.slice(instruction.line - 1, instruction.endLine).join('\n'), instruction, pins);
    if (written === null) return null;
    const own = written.split('\n');
    const rest = Array.from({ length: instruction.endLine - instruction.line + 1 - own.length }, () => '');
    lines.splice(instruction.line - 1, instruction.endLine - instruction.line + 1, ...own, ...rest);
  }
  const pinned = lines.join('\n');
  const wanted = before.map(({ names }) => names.map((name) => name && (write(name) ?? name)));
  const found = namesIn(pinned, options).map(({ names }) => names);
  return JSON.stringify(found) === JSON.stringify(wanted) ? pinned : null;
}

interface Naming {
  readonly instruction: Instruction;
  /** The images that it names, filled in; null for a stage, and where the file does not tell. */
  readonly names: readonly (string | null)[];
}

function namesIn(text: string, options: RegistryOptions): Naming[] {
  const { instructions, escape } = readDockerfile(text);
  const variables = imageVariables(instructions, escape, options);
  const stages = readStages(text, () => variables);
  let at = -1;
  return instructions.map((instruction) => {
    if (isFrom(instruction)) at += 1;
    const words = isFrom(instruction)
      ? [instruction.rest.split(/\s+/)[0] ?? '']
      : isOnbuild(instruction)
        ? []
        : imagesOfFlags(instruction);
    return {
      instruction,
      names: words.map((word) => imageNamed(expandWord(word, variables, escape), stages, at)),
    };
  });
}

function imageNamed(name: string | null, stages: readonly Stage[], at: number): string | null {
  return name === null || name === 'scratch' || stageNamed(stages, at, name) !== -1 ? null : name;
}

/** Null for a name without a digest to give it. */
function pinOf(name: string, digests: Readonly<Record<string, string>>): string | null {
  const digest = Object.hasOwn(digests, name) ? digests[name] : undefined;
  return digest === undefined || name.includes('@') ? null : `${name}@${digest}`;
}

function pinnedFrom({ keyword, flags, rest }: Instruction, pin: string): string {
  return [keyword, ...flags, pin, ...rest.split(/\s+/).slice(1)].join(' ');
}

/** Flags stand before everything else, so the first place where one is written is its own. */
function pinnedFlags(
  written: string,
  instruction: Instruction,
  pins: readonly (string | null)[],
): string | null {
  let done = '';
  let left = written;
  const waiting = [...pins];
  for (const flag of instruction.flags) {
    const [word] = imagesOfFlags({ ...instruction, flags: [flag] });
    if (word === undefined) continue;
    const pin = waiting.shift() ?? null;
    const place = left.indexOf(flag);
    if (place === -1) return null;
    const value = flag.lastIndexOf(`from=${word}`) + 'from='.length;
    const pinned = pin === null ? flag : `${flag.slice(0, value)}${pin}${flag.slice(value + word.length)}`;
    done += `${left.slice(0, place)}${pinned}`;
    left = left.slice(place + flag.length);
  }
  return done + left;
}

function isFrom({ keyword }: Instruction): boolean {
  return keyword.toUpperCase() === 'FROM';
}

function isOnbuild({ keyword }: Instruction): boolean {
  return keyword.toUpperCase() === 'ONBUILD';
}
