/** What to do about a connection that failed with a system, resolver or TLS code. */
export function remedyFor(code: string, host: string): string {
  if (/WRONG_VERSION_NUMBER|EPROTO/.test(code))
    return `It seems to speak plain HTTP: list it in KILN_INSECURE_REGISTRIES, and keep no ${host}.pem in KILN_REGISTRY_CA_DIR.`;
  if (/SELF_SIGNED|UNABLE_TO_(?:GET_ISSUER|VERIFY)|CERT_UNTRUSTED/.test(code))
    return `Its certificate is signed by an authority unknown here: put that authority's certificate into the folder KILN_REGISTRY_CA_DIR as ${host}.pem.`;
  if (/ALTNAME/.test(code)) return 'Its certificate is for another name: use the name that it was made for.';
  if (/CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/.test(code))
    return 'Its certificate is not valid today: renew it, and check the clocks.';
  if (/SSL|TLS|CERT/.test(code)) return 'Its TLS cannot be used: check its certificate.';
  if (/ENOTFOUND|EAI_/.test(code)) return 'Its name is not known here: check the spelling and the DNS.';
  if (/UND_ERR_ABORTED/.test(code)) return 'The proxy does not let it through: check NO_PROXY and the proxy.';
  return 'Check its address and that it runs, then retry.';
}

/** What to do about a registry that speaks TLS where Kiln does not: it is listed as plain, or on the loopback interface. */
export function remedyForTls(host: string): string {
  return `Put the certificate of its authority into the folder KILN_REGISTRY_CA_DIR as ${host}.pem, and take it out of KILN_INSECURE_REGISTRIES.`;
}
