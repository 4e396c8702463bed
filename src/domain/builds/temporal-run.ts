/**
 * The page of a workflow in Temporal's Web UI.
 * @param uiUrl of the UI itself, with or without a slash at its end.
 */
export function temporalRunUrl(uiUrl: string, namespace: string, workflowId: string): string {
  const [inNamespace, run] = [namespace, workflowId].map(encodeURIComponent);
  return `${uiUrl.replace(/\/+$/, '')}/namespaces/${inNamespace}/workflows/${run}`;
}
