import type { NamedStage } from '../images/invalid-dockerfile.js';

/** The stages that tests and artifacts of a build name. */
export function otherStages({
  tests,
  artifacts = [],
}: {
  readonly tests?: { readonly target?: string | undefined } | undefined;
  readonly artifacts?: readonly { readonly target: string }[] | undefined;
}): NamedStage[] {
  const target = tests?.target;
  return [
    ...(target === undefined ? [] : [{ field: 'tests.target', target }]),
    ...artifacts.map((one, at) => ({ field: `artifacts.${at}.target`, target: one.target })),
  ];
}

/** The same and the stage of the image, where one is named. */
export function namedStages(
  options: Parameters<typeof otherStages>[0] & { readonly target_stage?: string | undefined },
): NamedStage[] {
  const { target_stage: target } = options;
  return [...(target === undefined ? [] : [{ field: 'target_stage', target }]), ...otherStages(options)];
}
