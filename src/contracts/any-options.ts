import { z } from 'zod';
import type { MethodSettings } from '../domain/builds/settings.js';
import { buildxFields } from '../engines/buildx/schema.js';
import { kanikoFields } from '../engines/kaniko/schema.js';
import { refuseUnknown } from '../engines/dockerfile/fields.js';
import { packerFields } from '../engines/packer/schema.js';
import { paketoFields } from '../engines/paketo/schema.js';
import { secretsOf } from '../engines/paketo/bindings.js';

const { packer_template, base_images } = packerFields;
const { cache_repo, registry_repo } = kanikoFields;

/** The options of all methods, for a request that names none: which of them fit is judged when the method is known. */
export const anyOptions: z.ZodType<MethodSettings, MethodSettings> = z
  .strictObject(
    { ...buildxFields, cache_repo, registry_repo, ...paketoFields, packer_template, base_images },
    refuseUnknown({}),
  )
  .partial()
  .transform(({ bindings, secrets, ...set }) => {
    if (bindings === undefined) return secrets === undefined ? set : { ...set, secrets };
    return { ...set, bindings, secrets: [...(secrets ?? []), ...secretsOf(bindings)] };
  }) as unknown as z.ZodType<MethodSettings, MethodSettings>;
