import { readJsonForm, type Instruction } from './instruction.js';
import { wordsOf } from './words.js';

type Rule = (instruction: Instruction, escape: string) => string | null;

const STAGE_NAME = /^[a-z][a-z0-9-_.]*$/;
const NOTHING: Rule = () => null;

/** What every instruction wants of its arguments (moby/buildkit frontend/dockerfile/instructions/parse.go). */
export const ARGUMENT_RULES: Readonly<Record<string, Rule>> = {
  ADD: sourcesAndDestination('ADD'),
  ARG: names('ARG'),
  CMD: NOTHING,
  COPY: sourcesAndDestination('COPY'),
  ENTRYPOINT: NOTHING,
  ENV: pairs('ENV'),
  EXPOSE: something('EXPOSE'),
  FROM: imageAndName,
  HEALTHCHECK: healthCommand,
  LABEL: pairs('LABEL'),
  MAINTAINER: something('MAINTAINER'),
  ONBUILD: trigger,
  RUN: NOTHING,
  SHELL: jsonForm,
  STOPSIGNAL: something('STOPSIGNAL'),
  USER: something('USER'),
  VOLUME: folders,
  WORKDIR: something('WORKDIR'),
};

function something(keyword: string): Rule {
  return ({ rest }) => (rest === '' ? `${keyword} needs an argument.` : null);
}

function sourcesAndDestination(keyword: string): Rule {
  return ({ rest }) => {
    const words = readJsonForm(rest) ?? bySpace(rest);
    return words.length < 2 ? `${keyword} needs a source and a destination.` : null;
  };
}

function imageAndName({ rest }: Instruction): string | null {
  const [image, as, name, ...more] = bySpace(rest);
  if (image === undefined) return 'FROM needs an image.';
  if (as === undefined) return null;
  if (as.toLowerCase() !== 'as' || name === undefined || more.length > 0) {
    return 'FROM takes an image, or an image, AS and a name.';
  }
  return STAGE_NAME.test(name.toLowerCase())
    ? null
    : `${JSON.stringify(name)} cannot name a stage: begin with a letter, then letters, digits, "-", "_" and ".".`;
}

function pairs(keyword: string): Rule {
  return ({ rest }, escape) => {
    const words = wordsOf(rest, escape);
    const [first] = words;
    if (first === undefined) return `${keyword} needs a name and a value.`;
    if (!first.includes('=')) return /\s/.test(rest.trim()) ? null : `${keyword} needs a name and a value.`;
    const odd = words.find((word) => !word.includes('='));
    if (odd !== undefined)
      return `There is no "=" in ${JSON.stringify(odd)}; write name=value, in quotes where it has spaces.`;
    return words.some((word) => word.startsWith('=')) ? `A name of ${keyword} is missing before "=".` : null;
  };
}

function names(keyword: string): Rule {
  return ({ rest }, escape) => {
    const words = wordsOf(rest, escape);
    if (words.length === 0) return `${keyword} needs a name.`;
    return words.some((word) => word.startsWith('=')) ? `A name of ${keyword} is missing before "=".` : null;
  };
}

function jsonForm({ rest }: Instruction): string | null {
  const words = readJsonForm(rest);
  if (words === null) return 'SHELL takes the JSON form: ["/bin/sh", "-c"].';
  return words.length === 0 ? 'SHELL needs a program.' : null;
}

function healthCommand({ rest }: Instruction): string | null {
  const [, type = '', command = ''] = /^(\S*)\s*(.*)$/s.exec(rest) ?? [];
  if (type === '') return 'HEALTHCHECK needs CMD or NONE.';
  if (type.toUpperCase() === 'NONE') return command === '' ? null : 'HEALTHCHECK NONE takes nothing more.';
  if (type.toUpperCase() !== 'CMD') return `HEALTHCHECK takes CMD or NONE, not ${JSON.stringify(type)}.`;
  return command === '' ? 'HEALTHCHECK CMD needs a command.' : null;
}

function trigger({ rest }: Instruction): string | null {
  const keyword = bySpace(rest)[0]?.toUpperCase();
  if (keyword === undefined) return 'ONBUILD needs an instruction.';
  return ['ONBUILD', 'FROM', 'MAINTAINER'].includes(keyword) ? `ONBUILD does not take ${keyword}.` : null;
}

function folders({ rest }: Instruction): string | null {
  const words = readJsonForm(rest) ?? bySpace(rest);
  return words.length === 0 || words.some((word) => word.trim() === '') ? 'VOLUME needs a folder.' : null;
}

function bySpace(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
