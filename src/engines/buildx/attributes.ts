import { printReference, type ImageReference } from '../../domain/images/reference.js';
import { isInsecureRegistry } from '../../domain/images/registry-host.js';
import type { EngineHost } from '../../ports/engine.js';

/** An image as buildctl's attributes name it, with how its registry is spoken to. */
export function target(key: 'name' | 'ref', image: ImageReference, host: EngineHost): string {
  return `${key}=${printReference(image)}${isPlainHttp(image, host) ? ',registry.insecure=true' : ''}`;
}

/** Whether the registry of an image is spoken to without TLS. */
export function isPlainHttp({ domain }: ImageReference, host: EngineHost): boolean {
  const secured = Object.keys(host.registryCertificates);
  return domain !== null && isInsecureRegistry(domain, host.insecureRegistries, secured);
}
