export { applyManifest } from './apply-manifest.ts';
export { type ChildProgram, startProgram } from './child-program.ts';
export { eventually, untilHolds } from './eventually.ts';
export type { CommandResult } from './execute.ts';
export { type FakeKubeletOptions, startFakeKubelet } from './fake-kubelet.ts';
export {
  type Fault,
  type FaultProxy,
  type FaultRule,
  type ProxiedRequest,
  startFaultProxy,
} from './fault-proxy.ts';
export { freePort, freePorts } from './free-port.ts';
export {
  editedDocuments,
  type GuideEdit,
  guideDocuments,
  guideEdits,
  guideExamples,
  mergePatch,
} from './guide.ts';
export { KubernetesPlatform } from './kubernetes-platform.ts';
export { LocalPlatform, type LocalPlatformOptions } from './local-platform.ts';
export { type ClusterProgram, type RealCluster, startRealCluster } from './real-cluster.ts';
export {
  type ComponentName,
  cacheFolder,
  hasComponents,
  kubernetesVersion,
  realComponent,
} from './real-component.ts';
export {
  type RealControlPlane,
  type RealControlPlaneOptions,
  startRealControlPlane,
} from './real-control-plane.ts';
export { type SignalledProgram, startSignalledProgram } from './signalled-program.ts';
export { startTestNetwork, type TestNetwork } from './test-network.ts';
export {
  type HubReview,
  type HubRoute,
  patchWith,
  respond,
  startWebhookHub,
  type WebhookHub,
} from './webhook-hub.ts';
