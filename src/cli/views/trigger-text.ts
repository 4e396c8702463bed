import type { Build } from '../../contracts/builds.js';

/** What started a build, as the end of "started by": `hand`, `schedule nightly, 2026-05-05 00:30 UTC`, `webhook app, delivery ID`. */
export function triggerText({ trigger_type: type, trigger_source: source }: TriggerOfBuild): string {
  switch (type) {
    case 'manual':
      return source === null ? 'hand' : `hand, ${source.replace(/^(retry|rebuild|what-if):/, '$1 of ')}`;
    case 'webhook':
      return source === null ? 'a webhook' : `webhook ${source}`;
    case 'schedule':
      return source ?? 'a schedule';
    case 'git_event':
      return source ?? 'a change that was seen';
  }
}

type TriggerOfBuild = Pick<Build, 'trigger_type' | 'trigger_source'>;
