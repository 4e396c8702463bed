import type { TestKiln } from '../scenarios/kiln.js';

/** A script that succeeds in a step which reaches nothing of its host; it tries to change the file `of-the-host` in the state folder. */
export function isolationProbes({ access, stateFolder }: TestKiln, sockets: readonly string[] = []): string {
  return [
    `! nc -w 2 127.0.0.1 ${new URL(access.api_url).port} < /dev/null`,
    '! nc -w 2 169.254.169.254 80 < /dev/null',
    `! cat ${stateFolder}/of-the-host`,
    `! ls ${stateFolder}`,
    `mkdir -p ${stateFolder} && echo changed > ${stateFolder}/of-the-host`,
    '(echo changed > /etc/kiln-was-here; rm -rf /usr/bin; true)',
    ...['/var/run/docker.sock', ...sockets].map((socket) => `! test -e ${socket}`),
    'grep -q "^Seccomp:[^0-9]*2" /proc/self/status',
    'test "$(ls /proc | grep -c "^[0-9]")" -lt 25',
  ].join(' && ');
}
