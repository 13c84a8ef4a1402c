/** What the install manifests and the process that they start have to call the same. */
export const webhookServiceName = 'llmisvc-webhook-server-service';
export const webhookSecretName = 'llmisvc-webhook-server-cert';
export const metricsServiceName = 'llmisvc-controller-manager-service';
export const metricsSecretName = 'llmisvc-controller-manager-metrics-cert';
export const leaseName = 'llminferenceservice-kserve-controller-manager';

/** Names and labels of KServe's controller, so that what knows it finds ours. */
export const accountName = 'llmisvc-controller-manager';
export const controllerLabels: Readonly<Record<string, string>> = {
  'app.kubernetes.io/name': accountName,
  'app.kubernetes.io/component': 'controller',
  'app.kubernetes.io/part-of': 'weir',
  'control-plane': accountName,
};
