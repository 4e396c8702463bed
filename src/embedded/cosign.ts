import { goBundle } from './programs/install-with-go.js';
import { bundleBinary, defaultCacheFolder, installBundle } from './programs/tool-cache.js';

const VERSION = '2.6.5';

const bundle = goBundle({
  name: 'cosign',
  version: VERSION,
  packages: ['github.com/sigstore/cosign/v2/cmd/cosign'],
  linkedVersion: { 'sigs.k8s.io/release-utils/version.gitVersion': `v${VERSION}` },
});

/** The path of cosign, which Kiln itself does not need: demo and tests verify with it. Compiles it where it is not there yet. */
export async function provideCosign(onText: (text: string) => void = () => undefined): Promise<string> {
  const cacheFolder = defaultCacheFolder(process.env, process.getuid?.());
  await installBundle(cacheFolder, bundle, onText);
  return bundleBinary(cacheFolder, bundle, { binaries: ['cosign'] });
}
