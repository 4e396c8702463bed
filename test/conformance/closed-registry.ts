import { startRegistry, type RealRegistry } from '../support/real-registry.js';

/** nginx's way to say that nobody but `somebody` may enter; no credential for it is stored. */
const HTPASSWD = 'somebody:$2y$05$abcdefghijklmnopqrstuuTi2gdHlhY5kaNrGaJ5LbicDn2iccjhm\n';

/** A registry that lets no build in. */
export function startClosedRegistry(): Promise<RealRegistry> {
  return startRegistry({ auth: { htpasswd: HTPASSWD } });
}
