import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';

/** Fields that may hold a token or a secret, wherever a logged object has them. */
const REDACTED = ['authorization', 'token', 'lease_token', 'leaseToken', 'password', 'cookie'];

export type Logger = PinoLogger;

/** The structured log of a process: one JSON object a line on stdout. */
export function createLogger(
  options: { readonly process: string; readonly level: string },
  destination?: DestinationStream,
): Logger {
  const settings = {
    level: options.level,
    base: { process: options.process, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: {
      paths: REDACTED.flatMap((name) => [name, `*.${name}`, `*.headers.${name}`, `*["x-${name}"]`]),
      censor: '[redacted]',
    },
    serializers: { error: pino.stdSerializers.err },
  };
  return destination === undefined ? pino(settings) : pino(settings, destination);
}
