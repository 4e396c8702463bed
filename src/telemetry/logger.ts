import { type DestinationStream, type LogFn, type Logger as PinoLogger, pino } from 'pino';

/** Fields that may hold a token or a secret, wherever a logged object has them. */
const REDACTED = ['authorization', 'token', 'lease_token', 'leaseToken', 'password', 'cookie'];

export type Logger = PinoLogger;

const ERROR_LEVEL = pino.levels.values['error'] ?? 50;

/** The structured log of a process: one JSON object a line on stdout. `onError` is given the object of every line that is an error or worse. */
export function createLogger(
  options: {
    readonly process: string;
    readonly level: string;
    readonly onError?: (logged: unknown) => void;
  },
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
    hooks: {
      logMethod(this: Logger, args: Parameters<LogFn>, method: LogFn, level: number): void {
        if (level >= ERROR_LEVEL) options.onError?.(args[0]);
        method.apply(this, args);
      },
    },
  };
  return destination === undefined ? pino(settings) : pino(settings, destination);
}
