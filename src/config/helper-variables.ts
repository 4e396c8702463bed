import { helperList } from './values.js';

/** Of processes that push, or move tags. */
export const HELPER_VARIABLES = {
  KILN_CREDENTIAL_HELPERS: helperList.describe(
    "Docker's credential helpers by registry, `registry=name` by comma: `docker-credential-<name>` on this host is asked where Kiln holds no credential for the registry. For the builds of every tenant.",
  ),
};
