/**
 * The configuration of the CNI plugins for RUN steps (JSON): a bridge with a gateway and address translation, whose members do
 * not reach each other, and a firewall against other bridges.
 */
export function bridgeConfig(bridge: {
  readonly name: string;
  readonly subnet: string;
  /** Where the plugin keeps which addresses are taken. */
  readonly leasesFolder: string;
}): string {
  const addresses = {
    type: 'host-local',
    dataDir: bridge.leasesFolder,
    ranges: [[{ subnet: bridge.subnet }]],
  };
  const plugins = [
    {
      type: 'bridge',
      bridge: bridge.name,
      isDefaultGateway: true,
      ipMasq: true,
      portIsolation: true,
      ipam: addresses,
    },
    { type: 'firewall', ingressPolicy: 'same-bridge' },
  ];
  return `${JSON.stringify({ cniVersion: '1.0.0', name: bridge.name, plugins }, null, 2)}\n`;
}
