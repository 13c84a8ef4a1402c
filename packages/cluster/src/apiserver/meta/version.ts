import { type ApiResponse, jsonResponse } from '../request.ts';

/** The Kubernetes whose behaviour this server follows; clients choose by it what they may send. */
const followed = { major: '1', minor: '34', patch: '2' };

const goArchitectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

export function versionResponse(): ApiResponse {
  const { major, minor, patch } = followed;
  return jsonResponse(200, {
    major,
    minor,
    gitVersion: `v${major}.${minor}.${patch}+weir`,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: `node ${process.versions.node}`,
    platform: `${process.platform}/${goArchitectures[process.arch] ?? process.arch}`,
  });
}
