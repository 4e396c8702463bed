import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Build, BuildStep } from '../../src/contracts/builds.js';
import { hasEnded, startKiln, type TestKiln } from './kiln.js';
import { type CommandLine, commandLines } from '../support/command-lines.js';
import { processesOfRuns } from '../support/own-processes.js';

/** The method packer needs root; where there is none the host does not offer it, which the last test looks at. */
const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? test : test.skip;
const SECRET = 'hidden-value-of-the-token';

let kiln: TestKiln;
beforeAll(async () => {
  kiln = await startKiln();
  await kiln.call('POST', '/v1/projects', { slug: 'scenario' });
  await kiln.call('PUT', '/v1/secrets/token', { value: SECRET });
}, 900_000);
afterAll(async () => {
  await kiln.stop();
}, 60_000);

/** A template whose provisioners are these lines of shell. */
const template = (...scripts: readonly (readonly string[])[]): string =>
  [
    'variable "kiln_image" {}',
    'variable "base" { default = "" }',
    'variable "token" {\n  sensitive = true\n  default = ""\n}',
    'source "null" "app" {\n  communicator = "none"\n}',
    'build {\n  sources = ["source.null.app"]',
    ...scripts.flatMap((lines) => [
      '  provisioner "shell-local" {',
      '    environment_vars = ["IMAGE=${var.kiln_image}", "BASE=${var.base}", "TOKEN=${var.token}"]',
      `    inline = [${lines.map((line) => JSON.stringify(line).replaceAll('${', () => '$${')).join(', ')}]`,
      '  }',
    ]),
    '}',
  ].join('\n');

const start = (text: string, options: Record<string, unknown> = {}): Promise<Build> =>
  kiln.json<Build>('POST', '/v1/projects/scenario/builds', {
    method: 'packer',
    source: { kind: 'inline' },
    options: { packer_template: text, ...options },
  });
const finish = async (text: string, options: Record<string, unknown> = {}): Promise<Build> => {
  const { id } = await start(text, options);
  return kiln.until(id, (build) => hasEnded(build) && build.log_complete);
};
const stepsOf = async (build: Build): Promise<BuildStep[]> =>
  (await kiln.json<{ items: BuildStep[] }>('GET', `/v1/builds/${build.id}/steps`)).items;

const TYPES = 'application/vnd.oci.image.manifest.v1+json';
/** What the registry serves for an image: the digest, and everything in it as text. */
const served = async (reference: string): Promise<{ digest: string | null; text: string }> => {
  const [, host, repository, tag] = /^([^/]+)\/(.+):([^:/]+)$/.exec(reference)!;
  const url = `http://${host}/v2/${repository}`;
  const answer = await fetch(`${url}/manifests/${tag}`, { headers: { accept: TYPES } });
  const manifest = (await answer.json()) as { config: { digest: string }; layers: { digest: string }[] };
  const blobs = [manifest.config, ...manifest.layers].map(async ({ digest }, index) => {
    const bytes = Buffer.from(await (await fetch(`${url}/blobs/${digest}`)).arrayBuffer());
    return (index === 0 ? bytes : gunzipSync(bytes)).toString('latin1');
  });
  return { digest: answer.headers.get('docker-content-digest'), text: (await Promise.all(blobs)).join('') };
};

const launchers = (): CommandLine[] =>
  processesOfRuns(kiln.stateFolder).filter(({ args }) => args.includes('packer/launcher.js'));
/** The control groups of a build, in all trees. */
const groupsOf = ({ id }: Build): string[] => {
  const root = '/sys/fs/cgroup';
  return [root, ...readdirSync(root).map((name) => join(root, name))]
    .filter((folder) => statSync(folder).isDirectory())
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((folder) => /\/kiln-[^/]*$/.test(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((folder) => folder.includes(id));
};
const workspaces = (): string[] => {
  const runs = join(kiln.stateFolder, 'supervisor/runs');
  return readdirSync(runs).filter((run) => readdirSync(join(runs, run)).includes('workspace'));
};
/** Where the launcher has mounted the roots of a build. */
const places = ({ id }: Build): string[] => readdirSync('/run').filter((name) => name.includes(id));
/** The entries of all tenants. */
const ledger = (): string[] => {
  const folder = join(kiln.stateFolder, 'supervisor/storage/packer');
  return readdirSync(folder).flatMap((tenant) => readdirSync(join(folder, tenant, 'ledger')));
};

asRoot(
  'an image is made from a base image, served under its digest, and holds no secret; nothing is left on the host',
  async () => {
    const options = {
      build_args: { base: kiln.baseImage },
      base_images: [kiln.baseImage],
      secrets: [{ id: 'token', name: 'token' }],
    };
    const build = await finish(
      template(
        ['echo "the token has ${#TOKEN} letters: $TOKEN"'],
        [
          'c=$(buildah from "$BASE")',
          'buildah run "$c" -- sh -c "echo made by packer > /made"',
          'buildah commit --quiet "$c" "$IMAGE"',
        ],
      ),
      options,
    );
    expect([build.status, build.result.failure_reason]).toEqual(['success', null]);
    const { digest, text } = await served(build.destinations[0]!);
    expect(digest).toBe(build.result.output_image_digest);
    expect(text).toContain('made by packer');
    expect(text).not.toContain(SECRET);
    const log = await kiln.log(build.id);
    expect(log).toContain(`the token has ${SECRET.length} letters: ***`);
    expect(log).not.toContain(SECRET);
    const steps = await stepsOf(build);
    expect(steps.map(({ step_name: name, status }) => [name, status])).toEqual(
      [
        `pull ${kiln.baseImage}`,
        'packer init',
        'packer validate',
        '[null.app] Running local shell script (inline)',
        '[null.app] Running local shell script (inline)',
        'read the image',
        expect.stringMatching(/^push .*staging/),
      ].map((name) => [name, 'success']),
    );
    const [config] = await kiln.query(
      'SELECT build_method, packer_template, build_args, secrets, dockerfile FROM build_configs WHERE build_id = $1',
      [build.id],
    );
    expect(config).toMatchObject({
      ...{ build_method: 'packer', dockerfile: null, packer_template: expect.stringContaining('"null"') },
      ...{ build_args: options.build_args, secrets: options.secrets },
    });
    expect([launchers(), groupsOf(build), workspaces(), ledger()]).toEqual([[], [], [], []]);
  },
  120_000,
);

asRoot(
  'an error of the template is told at compile with its line, and so is one that wants a Docker daemon or leaves no image',
  async () => {
    const [broken, docker, empty, undeclared] = await Promise.all([
      finish('source "null" "x" {\n  communicator = \n}\n'),
      finish(
        'source "docker" "x" {\n  image = "a"\n  commit = true\n}\nbuild {\n  sources = ["docker.x"]\n}\n',
      ),
      finish(template(['true'])),
      finish(template(['true']), { build_args: { base: 'x', bsae: 'y' } }),
    ]);
    expect(undeclared?.result).toMatchObject({
      failure_code: 'template_invalid',
      failure_stage: 'compile',
      failure_reason: expect.stringContaining('The template declares no variable "bsae"'),
    });
    expect(broken?.result).toMatchObject({ failure_code: 'template_invalid', failure_stage: 'compile' });
    expect(broken?.result.failure_reason).toMatch(/^packer_template, line 2, column \d+: Invalid expression/);
    expect(docker?.result).toMatchObject({ failure_code: 'template_invalid', failure_stage: 'compile' });
    expect(docker?.result.failure_reason).toMatch(/no build has a Docker daemon/);
    expect(empty?.result.failure_code).toBe('template_invalid');
    expect(empty?.result.failure_reason).toMatch(/left no image.*buildah commit/);
  },
  90_000,
);

asRoot(
  'a template reaches neither the ports of the platform nor files of the host or of other builds, and is nobody on the host',
  async () => {
    const hostFile = join(kiln.stateFolder, 'host-file');
    writeFileSync(hostFile, 'of the host');
    const port = new URL(kiln.access.api_url).port;
    const [, registryPort] = kiln.access.registry.split(':');
    const build = await finish(
      template([
        'set -e',
        // That probes can succeed at all.
        '(nc -l -p 8099 > /dev/null &); sleep 0.3; echo | nc -w 2 127.0.0.1 8099',
        ...[
          `echo | nc -w 2 127.0.0.1 ${port}`,
          `echo | nc -w 2 127.0.0.1 ${registryPort}`,
          'echo | nc -w 2 169.254.169.254 80',
          `cat ${hostFile}`,
          `ls ${kiln.stateFolder}`,
          'test -e /var/run/docker.sock',
          'test -e /kiln/access/config.json',
          'test "$(ls /proc | grep -c "^[0-9]")" -gt 20',
          'echo x > /proc/sys/kernel/core_pattern',
          'mknod /var/tmp/disk b 8 0',
          'unshare -U true',
          'grep -q "^ *0 *0 " /proc/self/uid_map',
        ].map((probe) => `if ${probe}; then echo 'possible: ${probe}'; exit 9; fi`),
        'c=$(buildah from scratch); buildah copy "$c" /bin/busybox /bin/busybox; buildah commit "$c" "$IMAGE"',
      ]),
    );
    expect([build.status, build.result.failure_last_lines]).toEqual(['success', []]);
  },
  60_000,
);

asRoot(
  'after SIGKILL of the supervisor and of everything of a run, the next supervisor clears what the ledger names',
  async () => {
    const secrets = [{ id: 'token', name: 'token' }];
    const build = await start(template(['echo asleep; sleep 300']), { secrets });
    await kiln.until(build.id, async () => (await kiln.log(build.id)).includes('asleep\n'));
    expect(commandLines().filter(({ args }) => args.includes(SECRET))).toEqual([]);
    expect(groupsOf(build).length).toBeGreaterThan(0);
    expect(ledger()).toHaveLength(1);
    kiln.kill('supervisor');
    for (const { pid } of launchers()) process.kill(pid, 'SIGKILL');
    await kiln.json('POST', `/v1/builds/${build.id}/cancel`);
    await kiln.until(build.id, hasEnded);
    expect([launchers(), groupsOf(build), ledger(), places(build)]).toEqual([[], [], [], []]);
    expect(workspaces()).toEqual([]);
  },
  90_000,
);

(isRoot ? test.skip : test)('without root the method is refused with what to do', async () => {
  await expect(start(template(['true']))).rejects.toThrow(/method_not_offered.*kiln doctor/s);
});
