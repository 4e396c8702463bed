import type { Registry } from 'prom-client';
import { countSystemErrors } from './cicd-metrics.js';
import { createLogger, type Logger } from './logger.js';
import { createRegistry } from './metrics.js';

/** The log of a process and the registry of its metrics, in which errors that it logs are counted. Begins with the warnings of its settings. */
export function openLog(
  process: string,
  { logLevel, warnings }: { readonly logLevel: string; readonly warnings: readonly string[] },
): { log: Logger; metrics: Registry } {
  const metrics = createRegistry();
  const log = createLogger({ process, level: logLevel, onError: countSystemErrors(metrics, process) });
  for (const warning of warnings) log.warn(warning);
  return { log, metrics };
}
