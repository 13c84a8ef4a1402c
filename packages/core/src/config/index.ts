export { parseGoDuration } from './go-duration.ts';
export { type FlagDefinition, type FlagValues, goFlagsHelp, parseGoFlags } from './go-flags.ts';
export { unknownKeyMessage } from './messages.ts';
export { translatePath } from './path-map.ts';
