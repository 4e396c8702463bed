import { z } from 'zod';
import { dockerfileFields, imageReference, refuseUnknown } from '../dockerfile/fields.js';

const unknown = refuseUnknown({
  dockerfile: 'files builds without a Dockerfile: every file of the source goes into the image.',
});

const fields = {
  base: imageReference.describe('Image that the files are put into'),
  build_context: dockerfileFields.build_context.describe('Folder of the source whose files are taken'),
};

/** Options of the method files as somebody sets them. Unknown keys are refused. */
export const filesSettings = z.strictObject(fields, unknown).partial();

/** All options of the method files. */
export const filesOptions = z.strictObject(
  { base: fields.base, build_context: fields.build_context.default('.') },
  unknown,
);

export type FilesOptions = z.output<typeof filesOptions>;
