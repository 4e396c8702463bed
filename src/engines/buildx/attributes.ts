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
