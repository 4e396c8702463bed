export const A_HOST_ID = '00000000-0000-4000-8000-00000000a001';

/** A heartbeat as a host with one slot sends it. */
export const A_HEARTBEAT = {
  slots: 1,
  methods: ['buildx'],
  zone: null,
  labels: {},
  disk: null,
  host_id: A_HOST_ID,
  worker_type: 'local',
  platforms: ['linux/amd64'],
  emulated_platforms: [],
  tool_versions: {},
  accepted_holes: [],
  builder_trouble: null,
  is_draining: false,
};
