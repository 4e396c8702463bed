import type { PresetValues } from '../triggers/preset.js';
import type { GitEvent, PullRequestEvent, PushEvent, ReleaseEvent } from './git-event.js';
import { patternsTake } from './patterns.js';
import type { Refused } from './provider.js';
import { isSameRepository } from './same-repository.js';
import { skipWords } from './skip-words.js';

/** What a webhook can start builds for. A pushed tag is a `tag`, not a `push`. */
export const WEBHOOK_EVENT_TYPES = ['push', 'tag', 'pull_request', 'release'] as const;
export type WebhookEventType = (typeof WEBHOOK_EVENT_TYPES)[number];

/** What a webhook_config says of the events that come in. An empty list of patterns takes all. */
export interface WebhookRules {
  /** Address of the repository that the webhook is for. */
  readonly repositoryUrl: string;
  readonly autoBuildEnabled: boolean;
  readonly eventTypes: readonly WebhookEventType[];
  /** For pushes the branch, for pull requests the one that they go to. */
  readonly branchPatterns: readonly string[];
  /** For tags and releases. */
  readonly tagPatterns: readonly string[];
  /** For pushes to branches: one changed file has to be taken in. */
  readonly pathPatterns: readonly string[];
}

/** What an event asks to be built. */
export interface TriggeredBuild {
  readonly event: WebhookEventType;
  /** Full ref in the repository of the webhook. */
  readonly ref: string;
  /** The commit, which is to be built even when the ref has moved on; null where only the ref is known. */
  readonly sha: string | null;
  /** Null for a pull request: it counts among the builds of no branch, also not of the one that it goes to. */
  readonly branch: string | null;
  readonly tag: string | null;
  readonly author: string | null;
  readonly message: string | null;
  /** False for code from another repository, whose author nobody has let in. */
  readonly mayUseSecrets: boolean;
  readonly values: PresetValues;
}

/** `approval`: the build waits until somebody lets it go on. `ignored` and `refused` say why in words for the record. */
export type Verdict =
  | { readonly build: TriggeredBuild }
  | { readonly approval: TriggeredBuild; readonly reason: string }
  | { readonly ignored: string }
  | Refused;

/** Changed paths beyond this many characters count as unknown, so that the filter has bounded time. */
const MOST_PATH_CHARACTERS = 20_000;

/** Says what a webhook does about an event. Refused is what names another repository than the rules. */
export function decide(event: GitEvent, rules: WebhookRules): Verdict {
  if (event.kind === 'other') return { ignored: event.reason };
  const isSilentPing = event.kind === 'ping' && event.repositoryUrls.length === 0;
  if (!isSilentPing && !isSameRepository(rules.repositoryUrl, event.repositoryUrls)) {
    const named = event.repositoryUrls[0] ?? 'no repository';
    return {
      refused: `The body names ${named}, but this webhook is for ${rules.repositoryUrl}: add it in the settings of that repository.`,
    };
  }
  if (event.kind === 'ping') return { ignored: 'A ping tests the address and starts no build.' };
  if (!rules.autoBuildEnabled) return { ignored: 'auto_build_enabled is off for this webhook.' };
  switch (event.kind) {
    case 'push':
      return event.tag === null ? decideBranch(event, rules) : decideTag(event, event.tag, rules);
    case 'pull_request':
      return decidePullRequest(event, rules);
    case 'release':
      return decideRelease(event, rules);
  }
}

function decideBranch(event: PushEvent, rules: WebhookRules): Verdict {
  const { branch, ref, sha, changedPaths } = event;
  if (branch === null) return { ignored: `${ref} is neither a branch nor a tag.` };
  if (event.deleted) return { ignored: `The branch ${branch} was deleted.` };
  const unwanted =
    notAsked('push', rules) ??
    notTaken('branch_patterns', rules.branchPatterns, branch) ??
    skipped(event.message) ??
    untouched(rules.pathPatterns, changedPaths);
  if (unwanted !== null) return { ignored: unwanted };
  return built({ ...said(event), event: 'push', ref, sha, branch }, { branch });
}

/** A tag is put on purpose, also on a commit whose message keeps its branch from being built: the words to skip do not hold for it. */
function decideTag(event: PushEvent, tag: string, rules: WebhookRules): Verdict {
  const { ref, sha } = event;
  if (event.deleted) return { ignored: `The tag ${tag} was deleted.` };
  const unwanted = notAsked('tag', rules) ?? notTaken('tag_patterns', rules.tagPatterns, tag);
  if (unwanted !== null) return { ignored: unwanted };
  return built({ ...said(event), event: 'tag', ref, sha, tag }, { tag });
}

function decideRelease(event: ReleaseEvent, rules: WebhookRules): Verdict {
  const { tag, sha, action } = event;
  const unwanted =
    notAsked('release', rules) ??
    (event.isPublished
      ? null
      : `The release ${tag} was ${JSON.stringify(action)}: only its publication starts a build.`) ??
    notTaken('tag_patterns', rules.tagPatterns, tag);
  if (unwanted !== null) return { ignored: unwanted };
  return built(
    { author: event.author, message: event.title, event: 'release', ref: `refs/tags/${tag}`, sha, tag },
    { tag },
  );
}

/** No value for `branch`: whoever opens a pull request chooses the name of its branch, and could take that of another one's tag. */
function decidePullRequest(event: PullRequestEvent, rules: WebhookRules): Verdict {
  const { number, headSha: sha, headRef: ref, baseBranch, action } = event;
  const unwanted =
    notAsked('pull_request', rules) ??
    (event.hasNewCode ? null : `Pull request ${number}: ${JSON.stringify(action)} brings no new code.`) ??
    notTaken('branch_patterns', rules.branchPatterns, baseBranch) ??
    skipped(event.message) ??
    skipped(event.title);
  if (unwanted !== null) return { ignored: unwanted };
  const message = event.message ?? event.title;
  const known = { author: event.author, message, event: 'pull_request' as const, ref, sha };
  const { build } = built(known, { number: String(number) });
  if (!event.fork) return { build };
  return {
    approval: { ...build, mayUseSecrets: false },
    reason: `Pull request ${number} comes from another repository: it is built without secrets, when somebody has approved it.`,
  };
}

function notAsked(type: WebhookEventType, { eventTypes }: WebhookRules): string | null {
  if (eventTypes.includes(type)) return null;
  return `event_types does not list ${type}; it lists ${eventTypes.join(', ') || 'nothing'}.`;
}

function notTaken(field: string, patterns: readonly string[], name: string): string | null {
  return patternsTake(patterns, name) ? null : `${field} does not take ${name} in.`;
}

function skipped(message: string | null): string | null {
  const words = skipWords(message ?? '');
  return words === null ? null : `The message says ${words}.`;
}

/** Unknown paths are built: a build too many does less harm than one too few. */
function untouched(patterns: readonly string[], paths: readonly string[] | null): string | null {
  if (patterns.length === 0 || paths === null) return null;
  const length = paths.reduce((sum, path) => sum + path.length, 0);
  if (length > MOST_PATH_CHARACTERS || paths.some((path) => patternsTake(patterns, path))) return null;
  return `path_patterns takes none of the ${paths.length} changed files in.`;
}

function said({ author, message }: PushEvent): Pick<TriggeredBuild, 'author' | 'message'> {
  return { author, message };
}

type Known = Pick<TriggeredBuild, 'event' | 'ref' | 'sha' | 'author' | 'message'> &
  Partial<Pick<TriggeredBuild, 'branch' | 'tag'>>;

function built(known: Known, names: Partial<PresetValues>): { readonly build: TriggeredBuild } {
  const { ref, sha } = known;
  const values = { ref, sha, branch: null, tag: null, number: null, ...names };
  return { build: { branch: null, tag: null, ...known, mayUseSecrets: true, values } };
}
