import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareBuildah } from './bare/buildah.mjs';
import { openBuildkit, prepareBuildctl } from './bare/buildx.mjs';
import { prepareKaniko } from './bare/kaniko.mjs';
import { prepareTemplate } from './bare/packer.mjs';
import { preparePhases, provideBuilder } from './bare/paketo.mjs';

const folder = (name) => fileURLToPath(new URL(name, import.meta.url));
const baseOption = ({ base }) => ['--build-arg', `BASE=${base}`];
const cacheOption = (isCold) => (isCold ? ['--no-cache'] : []);

const PACKER = {
  method: 'packer',
  example: folder('../examples/packer'),
  kilnOptions: ({ base }) => ['--build-arg', `base=${base}`, '--base-image', base],
};

/**
 * A row for each method: what the bare tool is, in words and as commands that build and push `image`. `provide` runs once and adds to
 * the site, `prepare` before each round, both before the clock starts; `kilnOptions` are those that `kiln build` needs to do the same,
 * `example` the folder that is built. `method` and `trust` are those of the project, where they are not the name and what the method is for. To add
 * a method is to add a row.
 */
export const METHODS = {
  buildx: {
    bare: 'buildctl build --output push=true, on the BuildKit that Kiln uses',
    example: folder('../examples/hello'),
    provide: openBuildkit,
    prepare: prepareBuildctl,
    kilnOptions: (site, isCold) => [...baseOption(site), ...cacheOption(isCold)],
  },
  container: {
    bare: 'buildah pull, build (runc, without a network, with users of its own) and push, each in a process and mount namespace of its own, on a storage of its own',
    example: folder('../examples/hello'),
    prepare: prepareBuildah,
    kilnOptions: (site, isCold) => [...baseOption(site), ...cacheOption(isCold)],
  },
  'container-trusted': {
    bare: 'the same, with the users of the host, as Kiln has it for trusted projects',
    method: 'container',
    trust: 'trusted',
    example: folder('../examples/hello'),
    prepare: (site, isCold) => prepareBuildah({ ...site, isTrusted: true }, isCold),
    kilnOptions: (site, isCold) => [...baseOption(site), ...cacheOption(isCold)],
  },
  kaniko: {
    bare: 'the executor by runc in a root that was made before, under the same configuration but for the network, which is that of the host',
    // A stage from a cached one lacks the files of that one (kaniko 1.25).
    example: folder('one-stage'),
    prepare: prepareKaniko,
    kilnOptions: (site, isCold) => {
      const file = path.join(site.scratch, 'kaniko.yaml');
      writeFileSync(file, `version: 1\ncache:\n  repo: ${site.registry}/bench-kaniko\n`);
      return ['--build-file', file, ...baseOption(site), ...cacheOption(isCold)];
    },
  },
  paketo: {
    bare: 'the five phases of the lifecycle by runc, each under the same configuration but for the network, which is that of the host, on a builder that was unpacked before',
    example: folder('../examples/paketo/app'),
    provide: provideBuilder,
    prepare: preparePhases,
    kilnOptions: ({ builderImage }, isCold) => ['--builder', builderImage, ...cacheOption(isCold)],
  },
  packer: {
    bare: 'buildah pull, packer init, packer validate, packer build and buildah push by runc, in one root that was made before, under the same configuration but for the network, which is that of the host; cold and warm are alike, since packer keeps no cache',
    ...PACKER,
    prepare: (site) => prepareTemplate({ ...site, isChecked: true }),
  },
  'packer-unchecked': {
    bare: 'the same without packer init and packer validate, which Kiln does all the same',
    ...PACKER,
    prepare: prepareTemplate,
  },
};
