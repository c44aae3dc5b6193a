/** All that version 5 exports. */
export { version } from '../../runtime/base/version.js';
export * from './constants.js';
export { Context } from './context.js';
export { createSocket, createSocket as socket, type SocketOptions } from './create-socket.js';
export { curveKeypair } from './curve.js';
export { events, type MonitorEvents, type SocketEvents } from './events.js';
export type { OptionProperties } from './option-properties.js';
export { options, type OptionInput, type OptionName, type OptionValue } from './options.js';
export { proxy } from './proxy.js';
export type { Callback, Part } from './sender.js';
export { Socket } from './socket.js';
export { types, type Home, type SocketType } from './types.js';
