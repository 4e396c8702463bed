import type { CacheMiss } from './cache-miss-kinds.js';
import { changedArguments } from './changed-arguments.js';
import type { ComparedStep } from './compared-build.js';
import { copySources, isTaken } from './copied-files.js';
import { heredocNames, namesSetBy } from './heredoc-names.js';
import { changedLine, changedSetting, heredocLines, movedSetting, settingsAbove } from './settings-above.js';

const SHOWN_PATHS = 5;

/** What a step reads besides the image so far, and what has another value there than it had: all of it, the first one first. */
export function differingInputs(compared: ComparedStep): CacheMiss | null {
  const files = filesChanged(compared);
  const exact = [
    otherHeredoc(compared),
    files,
    settingChanged(compared),
    argumentsChanged(compared),
    networkChanged(compared),
  ].filter((one) => one !== null);
  const [first, ...others] = exact;
  if (first === undefined) return readsFiles(compared) ? commitChanged(compared) : null;
  return others.length === 0 ? first : { ...first, also: others };
}

/** What another commit changes in a Dockerfile that Kiln does not read, no step may show. */
export function unreadCommit(compared: ComparedStep): CacheMiss | null {
  const { now, before } = compared;
  return now.dockerfile === null || before.dockerfile === null ? commitChanged(compared) : null;
}

export function otherHost({ now, before }: ComparedStep): CacheMiss | null {
  if (now.host === null || before.host === null || now.host === before.host) return null;
  return { kind: 'other_host', before: before.host, after: now.host };
}

export function settingMoved(compared: ComparedStep): CacheMiss | null {
  const settings = settingsOf(compared);
  const setting = settings === null ? null : movedSetting(settings.was, settings.is);
  return setting === null ? null : { kind: 'setting_moved', setting };
}

/** Whether it reads files that are not known on both sides. */
function readsFiles({ step, now, before }: ComparedStep): boolean {
  return copySources(step.text).patterns !== null && (now.files === null || before.files === null);
}

function filesChanged({ step, now, before }: ComparedStep): CacheMiss | null {
  const { patterns } = copySources(step.text);
  if (patterns === null || now.files === null || before.files === null) return null;
  const { files } = now;
  const old = before.files;
  const changed = [...new Set([...files.keys(), ...old.keys()])]
    .filter((path) => files.get(path) !== old.get(path))
    .filter((path) => patterns.some((pattern) => isTaken(path, pattern)))
    .sort();
  if (changed.length === 0) return null;
  return { kind: 'files_changed', paths: changed.slice(0, SHOWN_PATHS), count: changed.length };
}

function commitChanged({ now, before }: ComparedStep): CacheMiss | null {
  if (now.commit === null || before.commit === null || now.commit === before.commit) return null;
  return { kind: 'commit_changed', before: before.commit, after: now.commit };
}

/** A builder shows the first line of a here-document; the others are in the Dockerfile alone. */
function otherHeredoc({ step, steps, same, old, now, before }: ComparedStep): CacheMiss | null {
  const was = same === null ? null : heredocLines(before, same, old);
  const is = was === null ? null : heredocLines(now, step, steps);
  const changed = was === null || is === null ? null : changedLine(was, is);
  return changed === null ? null : { kind: 'heredoc_changed', ...changed };
}

function settingChanged(compared: ComparedStep): CacheMiss | null {
  const settings = settingsOf(compared);
  const changed = settings === null ? null : changedSetting(settings.was, settings.is);
  return changed === null ? null : { kind: 'setting_changed', ...changed };
}

/**
 * The settings above a step that it is known by, then and now; null where they are not known. Where a cache knows RUN steps by them alone, a step
 * that copies depends on those that it fills in, and WORKDIR on the user whose folder it makes.
 */
function settingsOf(compared: ComparedStep): { was: readonly string[]; is: readonly string[] } | null {
  const { step, steps, same, old, now, before, rules } = compared;
  const was = same === null ? null : settingsAbove(before, same, old);
  const is = was === null ? null : settingsAbove(now, step, steps);
  if (was === null || is === null) return null;
  const { runSettings } = rules;
  if (runSettings === null) return { was, is };
  const filled = step.type === 'RUN' ? null : filledIn(compared);
  const counts = (one: string): boolean => {
    const setting = one.split(' ', 1)[0] ?? '';
    if (filled === null) return runSettings.includes(setting);
    if (setting === 'USER') return step.type === 'WORKDIR';
    return namesSetBy(one).some((name) => filled.has(name));
  };
  return { was: was.filter(counts), is: is.filter(counts) };
}

function filledIn({ step, steps, same, old, now, before }: ComparedStep): ReadonlySet<string> {
  const names = same === null ? [] : heredocNames(before, same, old);
  return new Set([...names, ...heredocNames(now, step, steps)]);
}

/** RUN gets the arguments that its stage declares, which those are the Dockerfile says where it is known; COPY and ADD those that they fill in. */
function argumentsChanged(compared: ComparedStep): CacheMiss | null {
  const { step, steps, now, before } = compared;
  const filled = step.type === 'RUN' ? null : filledIn(compared);
  const declared = settingsAbove(now, step, steps)?.flatMap((one) =>
    one.startsWith('ARG ') ? namesSetBy(one) : [],
  );
  const names = changedArguments(now, before).filter(
    (name) => (filled?.has(name) ?? true) && (declared?.includes(name) ?? true),
  );
  return names.length === 0 ? null : { kind: 'build_arguments_changed', names };
}

/** BuildKit knows a RUN step by its network too. */
function networkChanged({ step, now, before, rules }: ComparedStep): CacheMiss | null {
  const isKnownBy = rules.runSettings !== null && step.type === 'RUN';
  if (!isKnownBy || now.network === before.network) return null;
  return { kind: 'network_changed', before: before.network, after: now.network };
}
