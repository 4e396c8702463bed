import type { Violation } from '../evidence.js';
import type { Order } from '../orders.js';
import type { Fault } from '../plan.js';

/** A text of a compiled file that is replaced by another one. */
export interface Edit {
  /** Path below the folder of the Kiln. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** A mistake that is made in a copy of Kiln, or in the database of a drill, so that the checks can show that they see it. */
export interface Bug {
  readonly name: string;
  /** What is broken, in a line. */
  readonly what: string;
  readonly edits: readonly Edit[];
  /** Statements for the superuser, before the first build. */
  readonly sabotage: readonly string[];
  /** Under which it shows. */
  readonly orders: readonly Order[];
  readonly plan: readonly Fault[];
  /** How many orders are under way at once; all of them when absent. */
  readonly atOnce?: number;
  /** How long the end of a build is waited for, where the bug keeps it from coming. */
  readonly endTimeoutMs?: number;
  /** The promises of which at least one has to be found broken. */
  readonly breaks: readonly Violation['promise'][];
  /** What the evidence has to say, where a slow machine alone may break the promise too. */
  readonly shows?: RegExp;
}

const PLAIN: Omit<Order, 'number'> = {
  ...{
    isReal: false,
    project: 'amber',
    seconds: 0.3,
    lines: 12,
    exitCode: 0,
    ignoresSigterm: false,
    hasChild: false,
  },
  ...{ repeats: 0, cancelAfterMs: null, isRetried: false },
};

/** So many orders that are alike. */
export function alike(count: number, given: Partial<Order> = {}): Order[] {
  return Array.from({ length: count }, (_, index) => ({ ...PLAIN, number: index + 1, ...given }));
}

/** Faults in their order; the first is carried out as soon as a build is under way. */
export function faults(...given: (Pick<Fault, 'victim' | 'act' | 'at'> & Partial<Fault>)[]): Fault[] {
  return given.map((fault, index) => ({ host: 0, forMs: 0, atShare: 0, ...fault, number: index + 1 }));
}
