type Environment = Readonly<Record<string, string | undefined>>;

const PASSED_ON = [
  /^(?:PATH|HOME|TMPDIR|LANG|TZ|USER|LOGNAME)$/,
  /^(?:LC|XDG)_[A-Z_]+$/,
  /^(?:(?:HTTP|HTTPS|ALL|NO)_PROXY|(?:http|https|all|no)_proxy)$/,
  /^(?:SSL_CERT_FILE|SSL_CERT_DIR|NODE_EXTRA_CA_CERTS)$/,
  /^KILN_(?:ALLOWED_NETWORKS|INSECURE_GIT_HOSTS|GIT_PATH|GIT_CA_FILE|SSH_PATH)$/,
];

/**
 * What a service gets of this process's environment: where things are, language, proxies, certificates, and which hosts builds may
 * reach. Everything else stays here, among it credentials and every other KILN_* variable, which a service takes from its own
 * settings only.
 */
export function serviceEnvironment(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value !== undefined && PASSED_ON.some((pattern) => pattern.test(name)) ? [[name, value]] : [],
    ),
  );
}

/** What the AWS SDK finds credentials by: for api and controller alone, and only where contents lie in a bucket. */
export function bucketEnvironment(
  process: string,
  settings: Readonly<Record<string, string>>,
  environment: Environment,
): Record<string, string> {
  const opens = process === 'api' || process === 'controller';
  if (!opens || settings['KILN_BLOBS_URL'] === undefined) return {};
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value !== undefined && name.startsWith('AWS_') ? [[name, value]] : [],
    ),
  );
}

/** OpenTelemetry's variables, credentials of who receives traces among them: for the controller alone, which sends them. */
export function traceEnvironment(process: string, environment: Environment): Record<string, string> {
  if (process !== 'controller') return {};
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value !== undefined && name.startsWith('OTEL_') ? [[name, value]] : [],
    ),
  );
}
