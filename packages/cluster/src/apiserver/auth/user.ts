/** Who makes a request, as the authenticator found out. */
export interface UserInfo {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export const mastersGroup = 'system:masters';

/** Anybody may read these, so that probes need no credentials. */
export const publicPaths: readonly string[] = ['/healthz', '/livez', '/readyz', '/version'];

/** The program itself: parts in the same process act with full rights, as loopback clients of a real server do. */
export const inProcessAdmin: UserInfo = {
  username: 'system:apiserver',
  groups: [mastersGroup, 'system:authenticated'],
};

export const anonymous: UserInfo = { username: 'system:anonymous', groups: ['system:unauthenticated'] };
