import { excerpt } from '../../domain/excerpt.js';
import { told, type Explanation } from '../buildah/registry-failure.js';
import type { Place } from './records.js';

/** One error of a template, as packer prints it. */
export interface Diagnostic {
  readonly summary: string;
  readonly detail: string;
  readonly place: { readonly file: string; readonly line: number; readonly column: number | null } | null;
}

/** What `packer init` or `packer validate` (1.9) said against a template; `places` know the columns of what breaks its syntax. */
export function explainTemplate(text: string, places: readonly Place[]): Explanation {
  const [, plugin] =
    /Failed getting the "([^"]+)" plugin/.exec(text) ?? /Missing plugins[\s\S]*?\* (\S+)/.exec(text) ?? [];
  if (plugin !== undefined)
    return invalid(
      `The template requires the plugin ${plugin}. A build has no network to fetch it with: leave it out of required_plugins, where packer itself has what the template uses, or use another method.`,
    );
  const diagnostics = readDiagnostics(text);
  const [first] = diagnostics;
  if (first === undefined) return invalid(`The template is not valid: ${brief(text)}`);
  const others =
    diagnostics.length > 1 ? ` There are ${diagnostics.length} errors; the log has them all.` : '';
  return invalid(`${placeOf(first, places)}${brief(inWords(first))}${others}`);
}

/** The errors in what packer has printed, without its warnings. */
export function readDiagnostics(text: string): Diagnostic[] {
  return text
    .split(/^(?=Error: |Warning: )/m)
    .filter((part) => part.startsWith('Error: '))
    .map((part) => readOne(part.slice('Error: '.length).trim()));
}

function readOne(text: string): Diagnostic {
  const [summary = '', ...paragraphs] = text.split(/\n\n+/);
  const [, file, line] = /^\s*on (\S+) line (\d+)/.exec(paragraphs[0] ?? '') ?? [];
  const detail = oneLine((file === undefined ? paragraphs : paragraphs.slice(1)).join(' '));
  // What is wrong inside of a block is told as text, with its place.
  const inner = /^(\S+):(\d+),(\d+)-[\d,]+: ([^;]+); (.*)$/.exec(detail);
  if (inner !== null) {
    const [, innerFile = '', innerLine, column, what = '', why = ''] = inner;
    const place = { file: innerFile, line: Number(innerLine), column: Number(column) };
    return { summary: what, detail: why, place };
  }
  const place = file === undefined ? null : { file, line: Number(line), column: null };
  return { summary: oneLine(summary), detail, place };
}

function inWords({ summary, detail }: Diagnostic): string {
  const [, kind, name] = /^Unknown (\S+) type "?([^"\s]+)"?/.exec(summary) ?? [];
  if (kind === undefined) return [summary, detail].filter(Boolean).join('. ');
  return `This packer has no ${kind} ${name}, and a build cannot fetch plugins. ${detail}`;
}

function placeOf({ place }: Diagnostic, places: readonly Place[]): string {
  if (place === null) return '';
  const known = places.find(({ line, file }) => line === place.line && nameOf(file) === nameOf(place.file));
  const column = place.column ?? known?.column ?? null;
  // An inline template has a place of its own inside, which means nothing to people.
  const file = place.file.startsWith('/kiln/') ? 'packer_template' : place.file;
  return `${file}, line ${place.line}${column === null ? '' : `, column ${column}`}: `;
}

function nameOf(file: string): string {
  return file.split('/').at(-1) ?? '';
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

function brief(text: string): string {
  return excerpt(oneLine(text), 500);
}

function invalid(message: string): Explanation {
  return told('template_invalid', 'compile', message);
}

/** The variables that `packer validate` was given and did not find in the template, each once, at most twenty. */
export function undeclaredIn(printed: string): string[] {
  const warned = printed.matchAll(/The variable "([^"\s]{1,200})" was set but was not declared/g);
  return [...new Set(Array.from(warned, ([, name = '']) => name))].slice(0, 20);
}
