import { KilnError } from '../../domain/errors.js';
import { EMPTY_IMAGE } from './container-config.js';
import { dockerCall, refused, type DockerCall } from './engine-api.js';

/** An archive without a file. */
const EMPTY_ARCHIVE = Buffer.alloc(1024);

/** A Docker engine that can run plans. */
export interface DockerHost {
  readonly call: DockerCall;
  /** A static busybox of this host. */
  readonly busybox: string;
  /** Whether it makes control groups at the path that it is told; with systemd's it does not. */
  readonly takesGroupPath: boolean;
  readonly cpus: number;
}

export interface DockerHostOptions {
  /** `unix:///run/docker.sock`: it must run on this host, since containers get folders of it. */
  readonly address: string;
  readonly busybox: string | undefined;
}

interface EngineInfo {
  readonly CgroupDriver: string;
  readonly NCPU: number;
  readonly SecurityOptions?: readonly string[] | null;
}

/** Reaches the engine and gives it the image that all runs use. Raises `runner_unavailable`, `program_missing`, or `config_invalid` for an unfit one. */
export async function openDockerHost({ address, busybox }: DockerHostOptions): Promise<DockerHost> {
  if (busybox === undefined)
    throw new KilnError('program_missing', {
      message:
        'The runner docker needs a static busybox: install busybox-static, or set KILN_BUSYBOX_PATH of the supervisor to one.',
    });
  const call = dockerCall(address.replace(/^unix:\/\//, ''));
  const info = await call('GET', '/info');
  if (info.status !== 200) throw refused('say what it is', info);
  const { CgroupDriver: driver, NCPU: cpus, SecurityOptions: security } = info.body as EngineInfo;
  if (security?.some((one) => /^name=(?:rootless|userns)/.test(one)) === true)
    throw new KilnError('config_invalid', {
      message:
        'KILN_DOCKER_HOST: this Docker engine is rootless or maps users, and what it runs could not read the files of builds. Name one that does neither, or set KILN_RUNNER=local.',
    });
  await provideImage(call);
  return { call, busybox, takesGroupPath: driver === 'cgroupfs', cpus };
}

/** Gives the engine the image that all runs use; again is no harm. */
export async function provideImage(call: DockerCall): Promise<void> {
  const [repository, tag] = EMPTY_IMAGE.split(':');
  const path = `/images/create?fromSrc=-&repo=${repository}&tag=${tag}`;
  const made = await call('POST', path, { body: EMPTY_ARCHIVE });
  if (made.status !== 200) throw refused('take the image of runs', made);
}
