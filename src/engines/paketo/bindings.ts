import { z } from 'zod';

/** A file of a binding, as Kubernetes allows for keys of a secret. */
const FILE = /^\.?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;

const keys = z
  .record(z.string(), z.string().min(1).max(200).describe('name of a stored secret'))
  .superRefine((secrets, context) => {
    for (const key of Object.keys(secrets)) {
      const message = fileTrouble(key);
      if (message !== null) context.addIssue({ code: 'custom', path: [key], message });
    }
  })
  .refine((secrets) => Object.keys(secrets).length > 0, 'A binding has at least one secret.');

function fileTrouble(key: string): string | null {
  if (key === 'type' || key === 'provider') return `Give "${key}" beside "secrets": it is a file of its own.`;
  if (key.length <= 63 && FILE.test(key)) return null;
  return 'A file is named with letters, digits, "_", "-" and single dots.';
}

const binding = z.strictObject({
  name: z
    .string()
    .max(63)
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, 'A binding is named with letters, digits, "_" and "-".')
    .describe('Folder of the binding'),
  type: z.string().min(1).max(100).describe('Kind of the service, such as npmrc or ca-certificates'),
  provider: z.string().min(1).max(100).optional(),
  secrets: keys.describe('File by file, the stored secret that it holds'),
});

/** Service bindings (servicebinding.io): folders of files whose content is secret. References only, never values. */
export const bindings = z
  .array(binding)
  .max(50)
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, {
    message: 'Two bindings have the same name.',
  })
  .refine((all) => secretsOf(all).length <= 50, 'At most 50 secrets in all bindings.');

export type Binding = z.output<typeof binding>;

/** What the bindings name, as every method names its secrets; the id says which file it becomes. */
export function secretsOf(all: readonly Binding[]): { id: string; name: string }[] {
  return all.flatMap((one) =>
    Object.entries(one.secrets).map(([key, name]) => ({ id: secretId(one.name, key), name })),
  );
}

/** The id of the secret of one file of a binding. */
export function secretId(bindingName: string, key: string): string {
  return `binding.${bindingName}.${key}`;
}
