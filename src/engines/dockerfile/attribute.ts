import { KilnError } from '../../domain/errors.js';

/** Guards a path of the host that goes into a comma-separated attribute. */
export function attribute(path: string): string {
  if (!/[,"\n\r]/.test(path)) return path;
  throw new KilnError('config_invalid', {
    message: `The folder of the run may hold no comma, quote or line break: ${JSON.stringify(path)}.`,
  });
}
