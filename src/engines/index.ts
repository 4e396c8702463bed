import type { BuildMethod } from '../domain/builds/method.js';
import type { Engine } from '../ports/engine.js';
import { buildxEngine } from './buildx/engine.js';
import { containerEngine } from './container/engine.js';
import { kanikoEngine } from './kaniko/engine.js';

/** The engines, one line each. A method without one is refused when a build is created. */
export const ENGINES: Partial<Readonly<Record<BuildMethod, Engine>>> = {
  buildx: buildxEngine,
  container: containerEngine,
  kaniko: kanikoEngine,
};
