import { KilnError } from '../../domain/errors.js';
import { printReference, type ImageReference } from '../../domain/images/reference.js';
import { isInsecureRegistry } from '../../domain/images/registry-host.js';
import type { EngineHost } from '../../ports/engine.js';

/** An image as buildctl's attributes name it, with how its registry is spoken to. */
export function target(key: 'name' | 'ref', image: ImageReference, host: EngineHost): string {
  const secured = Object.keys(host.registryCertificates);
  const isInsecure =
    image.domain !== null && isInsecureRegistry(image.domain, host.insecureRegistries, secured);
  return `${key}=${printReference(image)}${isInsecure ? ',registry.insecure=true' : ''}`;
}

/** Guards a path of the host that goes into a comma-separated attribute. */
export function attribute(path: string): string {
  if (!/[,"\n\r]/.test(path)) return path;
  throw new KilnError('config_invalid', {
    message: `The folder of the run may hold no comma, quote or line break: ${JSON.stringify(path)}.`,
  });
}
