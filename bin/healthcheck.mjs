// Exit code 0 when the process of Kiln on this host answers at the port (argument): the health check of a container.
const port = Number(process.argv[2] ?? 8080);
try {
  const { ok } = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(4_000) });
  process.exitCode = ok ? 0 : 1;
} catch {
  process.exitCode = 1;
}
