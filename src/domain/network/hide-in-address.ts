const PARTS = /^([a-z][a-z0-9+.-]*:\/\/|)([^/?#]*@|)(\[[^\]/]*\]|[^/?#:]*)(:\d+|)(.*)$/is;

/** An address whose texts `hide` has changed. Its scheme and server are names, which a value that is like one of them must not spoil. */
export function hideInAddress(address: string, hide: (text: string) => string): string {
  const [, scheme = '', user = '', host = '', port = '', rest = ''] = PARTS.exec(address) ?? [];
  return `${scheme}${hide(user)}${host}${port}${hide(rest)}`;
}
