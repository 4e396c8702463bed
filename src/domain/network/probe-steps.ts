/** The parts of the way to a registry, in order. */
export const PROBE_STEPS = ['name', 'connection', 'tls', 'api', 'credentials', 'pull', 'push'] as const;
export type ProbeStepName = (typeof PROBE_STEPS)[number];
