import type { WhatIfChanges } from '../contracts/what-if.js';
import { usageFailure } from './failure.js';
import type { WhatIfCommandOptions } from './run-what-if.js';

/** What the options of `kiln what-if` change. Throws a usage failure for one that is not `name=value`. */
export function changesOf(options: WhatIfCommandOptions): WhatIfChanges {
  const { base, method, cache, platform, arg, target } = options;
  return {
    ...(base !== undefined && { base: assignments('--base', base, 'alpine:3.20=alpine:3.21') }),
    ...(method !== undefined && { method: method as NonNullable<WhatIfChanges['method']> }),
    ...(cache === false && { no_cache: true as const }),
    ...(platform !== undefined && { platforms: [...platform] }),
    ...(arg !== undefined && { build_args: assignments('--arg', arg, 'VERSION=2') }),
    ...(target !== undefined && { target_stage: target }),
  };
}

/** Names hold no `=`. */
function assignments(option: string, given: readonly string[], example: string): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const at = text.indexOf('=');
      if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
      throw usageFailure(`${option} "${text}" names no value.`, `Write it as ${option} ${example}.`);
    }),
  );
}
