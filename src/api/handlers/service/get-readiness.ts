import type { getReadiness as operation } from '../../../contracts/service.js';
import { KilnError } from '../../../domain/errors.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

const PROBE_TIMEOUT_MS = 2_000;

export function getReadiness(deps: Pick<ApiDeps, 'probes'>): Handler<typeof operation> {
  return async () => {
    const names = Object.keys(deps.probes);
    const answers = await Promise.all(Object.values(deps.probes).map(answersInTime));
    const silent = names.filter((_name, index) => !answers[index]);
    if (silent.length === 0) return { status: 200, body: { status: 'ready', checks: names } };
    throw new KilnError('unavailable', {
      message: `Not ready: ${silent.join(' and ')} ${silent.length === 1 ? 'does' : 'do'} not answer.`,
      fields: silent.map((field) => ({ field, message: 'does not answer' })),
    });
  };
}

async function answersInTime(probe: () => Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), PROBE_TIMEOUT_MS);
  });
  const answer = probe().then(
    () => true,
    () => false,
  );
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
