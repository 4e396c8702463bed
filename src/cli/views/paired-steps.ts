import type { BuildStep } from '../../contracts/builds.js';

/** A step of two builds with how long it took in each, in milliseconds; null in one that has no such step. */
export interface PairedStep {
  readonly name: string;
  readonly values: readonly [number | null, number | null];
}

type Timed = Pick<BuildStep, 'step_name' | 'duration_milliseconds'>;

/**
 * Steps of two builds of one source, by their names; of several with one name the sum. A step whose name is of one build alone, for a builder
 * writes the values of arguments and base images into it, is held to be the one at its place in the other (`[slim 2/3] RUN`), where no
 * second one is there. It has the name of the later build then.
 */
export function pairedSteps(before: readonly Timed[], after: readonly Timed[]): PairedStep[] {
  const [left, right] = [sumsByName(before), sumsByName(after)];
  const [ownLeft, ownRight] = [onePerPlace(left, right), onePerPlace(right, left)];
  const counterparts = new Map(
    [...ownRight].flatMap(([place, name]) => {
      const other = ownLeft.get(place);
      return other == null || name === null ? [] : [[name, other] as const];
    }),
  );
  const gone = new Set(counterparts.values());
  const names = [...new Set([...left.keys(), ...right.keys()])].filter((name) => !gone.has(name));
  return names.map((name) => ({
    name,
    values: [left.get(counterparts.get(name) ?? name) ?? null, right.get(name) ?? null],
  }));
}

type Sums = ReadonlyMap<string, number>;

function sumsByName(steps: readonly Timed[]): Sums {
  const sums = new Map<string, number>();
  for (const { step_name: name, duration_milliseconds: ms } of steps)
    sums.set(name, (sums.get(name) ?? 0) + (ms ?? 0));
  return sums;
}

/** The names that the other build has not, by their places; null where several have one. */
function onePerPlace(own: Sums, other: Sums): Map<string, string | null> {
  const places = new Map<string, string | null>();
  for (const name of own.keys()) {
    const place = /^\[[^\]]+\] [A-Z]+(?= )/.exec(name)?.[0];
    if (place === undefined || other.has(name)) continue;
    places.set(place, places.has(place) ? null : name);
  }
  return places;
}
