import { provideTestBuilder, uploadFiles } from '../scenarios/paketo-builds.js';
import type { MethodCase } from './method-case.js';

/** The method paketo: a buildpack runs what the source holds in `build.sh`. */
export const paketoCase: MethodCase = {
  method: 'paketo',
  refusesSecrets: null,
  prepare: async (kiln) => {
    const builder = await provideTestBuilder(kiln.access.registry);
    return async ({ script, secret, missingFile }) => {
      const reads = secret === undefined ? '' : 'SECRET_FILE="$CNB_PLATFORM_DIR/bindings/it/it"; ';
      const upload_id = await uploadFiles(kiln, { 'build.sh': `${reads}${script}\n` });
      return {
        method: 'paketo',
        source: { kind: 'upload', upload_id },
        options: {
          builder,
          ...(secret !== undefined && { bindings: [{ name: 'it', type: 'test', secrets: { it: secret } }] }),
          ...(missingFile !== undefined && { build_context: missingFile }),
        },
      };
    };
  },
};
