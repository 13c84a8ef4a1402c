export type { ListenAddresses } from './control/listen-addresses.ts';
export type { CreatePicker, CreatePickerOptions } from './control/pool-directory.ts';
export { type Gateway, type GatewayOptions, startGateway } from './gateway.ts';
export type { GatewayLimits } from './http/limits.ts';
