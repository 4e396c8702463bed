import { text } from './values.js';

/** Of the processes that keep and read contents. */
export const BLOB_VARIABLES = {
  KILN_DATA_DIR: text.describe(
    'Folder of uploaded contexts and of artifacts, the same one for api and controller.',
  ),
};
