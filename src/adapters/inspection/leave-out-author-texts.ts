import { z } from 'zod';

const properties = z.array(z.looseObject({ name: z.string() }));
const described = z.looseObject({ properties: properties.optional() });
const cyclonedx = z.looseObject({
  metadata: described.extend({ component: described.optional() }).optional(),
});

/** How syft names the labels of an image. */
const LABEL = 'syft:image:labels:';

/**
 * A bill of materials without the labels of its image: they are its author's texts, in which a value may stand that nobody may read. The
 * bytes as they are where there are none.
 */
export function leaveOutLabels(document: Buffer): Buffer {
  if (!document.includes(LABEL)) return document;
  const { metadata, ...rest } = cyclonedx.parse(JSON.parse(document.toString('utf8')));
  if (metadata === undefined) return document;
  const { component } = metadata;
  return Buffer.from(
    JSON.stringify({
      ...rest,
      metadata: {
        ...withoutLabels(metadata),
        ...(component !== undefined && { component: withoutLabels(component) }),
      },
    }),
  );
}

function withoutLabels<T extends z.output<typeof described>>(one: T): T {
  if (one.properties === undefined) return one;
  return { ...one, properties: one.properties.filter(({ name }) => !name.startsWith(LABEL)) };
}

/** The report of a scanner without what stands at these paths, such as the config of the image, which holds labels and environment. */
export function leaveOut(report: Buffer, paths: readonly (readonly string[])[]): Buffer {
  const document: unknown = JSON.parse(report.toString('utf8'));
  for (const path of paths) {
    const owner = path.slice(0, -1).reduce<unknown>((one, key) => valueOf(one, key), document);
    const [last = ''] = path.slice(-1);
    if (typeof owner === 'object' && owner !== null) delete (owner as Record<string, unknown>)[last];
  }
  return Buffer.from(JSON.stringify(document));
}

function valueOf(one: unknown, key: string): unknown {
  return typeof one === 'object' && one !== null ? (one as Record<string, unknown>)[key] : undefined;
}
