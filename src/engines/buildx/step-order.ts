import { readStepName } from './step-name.js';

/** A vertex that has no number yet. */
export interface Unnumbered {
  readonly digest: string;
  readonly name: string;
  readonly inputs: readonly string[];
}

/**
 * The order in which a person reads steps: BuildKit's own work first, as it appeared; then stage by stage, a stage
 * after the stages it copies from, and within a stage as the Dockerfile has it.
 */
export function inReadingOrder<V extends Unnumbered>(vertexes: readonly V[]): V[] {
  const named = vertexes.map((vertex) => ({ vertex, name: readStepName(vertex.name) }));
  const ownWork = named.filter(({ name }) => name.stage === null);
  const stages = new Map<string, typeof named>();
  for (const entry of named) {
    if (entry.name.stage === null) continue;
    stages.set(entry.name.stage, [...(stages.get(entry.name.stage) ?? []), entry]);
  }
  const stageOf = new Map(named.map(({ vertex, name }) => [vertex.digest, name.stage]));
  const ordered = afterTheirInputs([...stages.keys()], (stage) =>
    (stages.get(stage) ?? []).flatMap(({ vertex }) =>
      vertex.inputs.map((input) => stageOf.get(input) ?? null).filter((name) => name !== null),
    ),
  );
  const staged = ordered.flatMap((stage) =>
    [...(stages.get(stage) ?? [])].sort((a, b) => a.name.position - b.name.position),
  );
  return [...ownWork, ...staged].map(({ vertex }) => vertex);
}

function afterTheirInputs(stages: readonly string[], inputsOf: (stage: string) => string[]): string[] {
  const done = new Set<string>();
  const visit = (stage: string, path: ReadonlySet<string>): void => {
    if (done.has(stage) || path.has(stage)) return;
    const inputs = new Set(inputsOf(stage));
    for (const other of stages) if (inputs.has(other)) visit(other, new Set([...path, stage]));
    done.add(stage);
  };
  for (const stage of stages) visit(stage, new Set());
  return [...done];
}
