import { basename, dirname, relative, sep } from 'node:path';
import { secretPath } from '../embedded/state.js';

/**
 * The command that builds a folder DIR on a Kiln that has just started, as a person may type it in the working directory `cwd`: the CLI finds
 * a state folder `.kiln` from there up by itself; another one it is told of, by the name of the token's file.
 */
export function firstBuildCommand(cwd: string, stateFolder: string, apiUrl: string): string {
  const build = 'npx kiln build DIR';
  const [first] = relative(dirname(stateFolder), cwd).split(sep);
  if (basename(stateFolder) === '.kiln' && first !== '..') return build;
  return `KILN_API_URL=${apiUrl} KILN_TOKEN_FILE=${quoted(secretPath(stateFolder, 'api-token'))} ${build}`;
}

/** For a shell, where it needs that. */
function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
