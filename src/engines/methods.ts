import type { z } from 'zod';
import type { BuildMethod } from '../domain/builds/method.js';
import type { PinImages } from '../domain/builds/rebuild.js';
import type { StepNetwork } from '../domain/builds/run-network.js';
import type { Engine } from '../ports/engine.js';
import * as list from './index.js';

/** What a build method says of itself. */
export interface Method {
  /** Its options as somebody sets them, all of them optional and without defaults. Unknown ones are refused. */
  readonly settings: z.ZodType<object>;
  /** All of its options: what was set, and the built-in values of the rest. */
  readonly options: z.ZodType<object>;
  /** False where it finds in the source itself what to do; then no Dockerfile is looked for. */
  readonly hasDockerfile?: boolean;
  /** Whether the options say all there is to build, so that no source is needed; they never do unless set. */
  readonly isWhole?: (options: object) => boolean;
  /** The networks that its steps can have where a host gives them; beside these there is `none`. */
  readonly networks?: readonly StepNetwork[];
  /** Whether single steps can have another network than the build (`RUN --network=host`). */
  readonly hasHostSteps?: boolean;
  /** Whether it does not close in what it runs: then it builds trusted projects only. */
  readonly isForTrusted?: boolean;
  /** False where it keeps none, so that it cannot be told to leave them out. */
  readonly hasCaches?: boolean;
  /** Instructions that it runs each time, or does not tell of when it has them in its cache. */
  readonly uncached?: readonly string[];
  /** Instructions without a step by which its cache knows the RUN steps below them; absent where it knows every step by all above it. */
  readonly runSettings?: readonly string[];
  /** Options without a default that a build needs; those of a git source may still come with its build file. */
  readonly required?: readonly string[];
  /** Programs that build by it, whose versions its provenance tells. */
  readonly programs?: readonly string[];
  /** Makes options by which it takes images by their digests; absent where it can be told of none. */
  readonly pin?: PinImages;
  /** Loads its engine, which only a build host needs. */
  readonly engine: () => Promise<Engine>;
}

/** The build methods by name. A name that is not here is refused when a build is created. */
export const METHODS: Readonly<Record<BuildMethod, Method>> = list;

/** Their names, in the order of the alphabet. */
export const METHOD_NAMES = Object.keys(METHODS).sort() as [BuildMethod, ...BuildMethod[]];

/** `this, that and another`, for messages. */
export const METHODS_IN_WORDS = `${METHOD_NAMES.slice(0, -1).join(', ')} and ${METHOD_NAMES.at(-1)}`;

/** The method of a build where nothing says which. */
export const DEFAULT_METHOD = 'buildx';
