/** A stage that is built besides the image, and the setting that names it. */
export interface OtherStage {
  /** As in a request: `tests.target`, `artifacts.0.target`. */
  readonly field: string;
  readonly target: string;
}

/** The stages that tests and artifacts of a build name. */
export function otherStages({
  tests,
  artifacts = [],
}: {
  readonly tests?: { readonly target?: string | undefined } | undefined;
  readonly artifacts?: readonly { readonly target: string }[] | undefined;
}): OtherStage[] {
  const target = tests?.target;
  return [
    ...(target === undefined ? [] : [{ field: 'tests.target', target }]),
    ...artifacts.map((one, at) => ({ field: `artifacts.${at}.target`, target: one.target })),
  ];
}
