import { candidateRefs, isCommitId, parseGitRef } from '../../domain/builds/git-ref.js';
import { KilnError } from '../../domain/errors.js';
import type { GitServer, ServerCall } from './server.js';

/** The commit that a ref is now. `refName` is its full name (`refs/heads/main`), null where the commit itself was named. */
export interface ResolvedRef {
  readonly commit: string;
  readonly refName: string | null;
}

/** Asks the server what a ref is; null asks for its default branch. Raises git_ref_not_found. */
export async function resolveRef(
  server: GitServer,
  ref: string | null,
  call: ServerCall,
): Promise<ResolvedRef> {
  const parsed = ref === null ? null : parseGitRef(ref);
  if (parsed !== null && isCommitId(parsed)) return { commit: parsed, refName: null };
  const names = parsed === null ? ['HEAD'] : candidateRefs(parsed);
  const patterns = names.flatMap((name) => [name, `${name}^{}`]);
  const { stdout } = await server.git(
    ['ls-remote', '--quiet', '--symref', '--end-of-options', server.remote.url, ...patterns],
    call,
  );
  const found = readRefs(stdout.toString('utf8'));
  for (const name of names) {
    // What an annotated tag points at comes under the name of the tag with ^{}.
    const commit = found.commits.get(`${name}^{}`) ?? found.commits.get(name);
    if (commit !== undefined) return { commit, refName: found.links.get(name) ?? name };
  }
  throw new KilnError('git_ref_not_found', {
    message:
      parsed === null
        ? `${server.remote.url} has no commits yet, or no default branch.`
        : `${server.remote.url} has no branch or tag ${JSON.stringify(parsed)}. A commit is named with its full id.`,
  });
}

function readRefs(text: string): { commits: Map<string, string>; links: Map<string, string> } {
  const commits = new Map<string, string>();
  const links = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [value = '', name = ''] = line.split('\t');
    if (value.startsWith('ref: ')) links.set(name, value.slice('ref: '.length));
    else if (isCommitId(value)) commits.set(name, value);
  }
  return { commits, links };
}
