import type { RunOutcome } from '../domain/builds/outcome.js';
import { mergeWarnings, type BuildWarning } from '../domain/builds/warning.js';
import { secretArgumentWarnings } from '../domain/secrets/secret-arguments.js';
import { toKilnError } from '../domain/errors.js';
import type { RunDeps } from './deps.js';
import type { Journal } from './journal.js';
import { maskText } from './masking.js';
import type { Masks } from './masks.js';

/** Lints the Dockerfile beside the build, which does not wait for it before its end and never fails by it. */
export class RunLint {
  #found: Promise<readonly BuildWarning[]> | null = null;

  constructor(
    private readonly deps: Pick<RunDeps, 'lintDockerfile' | 'log'>,
    private readonly journal: Journal,
    private readonly masks: Masks,
  ) {}

  /** `dockerfile` is its text; null for a method without one. */
  start(dockerfile: string | null, signal: AbortSignal): void {
    const { lintDockerfile } = this.deps;
    if (dockerfile === null || lintDockerfile === undefined) return;
    this.#found = this.#look(
      () => lintDockerfile(this.journal.workspace.context, dockerfile, signal),
      signal,
    );
  }

  /** The outcome with what the lint has found, beside what the builder has, and what is odd about the options. */
  async addTo(outcome: RunOutcome): Promise<RunOutcome> {
    const found = (await this.#found) ?? this.journal.state.lintWarnings;
    const odd = secretArgumentWarnings(this.journal.grant.run.options);
    const warnings = mergeWarnings(odd, found, outcome.warnings ?? []).map((warning) => ({
      ...warning,
      message: maskText(warning.message, this.masks),
    }));
    return warnings.length === 0 ? outcome : { ...outcome, warnings };
  }

  async #look(
    lint: () => Promise<readonly BuildWarning[]>,
    signal: AbortSignal,
  ): Promise<readonly BuildWarning[]> {
    try {
      const lintWarnings = mergeWarnings(await lint());
      if (lintWarnings.length > 0) await this.journal.save({ lintWarnings });
      return lintWarnings;
    } catch (thrown) {
      const { code, message, detail } = toKilnError(thrown);
      if (!signal.aborted)
        this.deps.log.warn(
          { ...this.journal.lease, code, detail },
          `the Dockerfile was not linted: ${message}`,
        );
      return [];
    }
  }
}
