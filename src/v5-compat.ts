/** loomwire/v5-compat: sockets that call back, for programs written for version 5 of zeromq.js. */
import { composeServices } from './composition.js';
import * as zmq from './patterns/v5/index.js';
import { setComposition } from './runtime/context/services.js';

setComposition(composeServices);

export * from './patterns/v5/index.js';
export default zmq;
