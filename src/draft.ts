/**
 * loomwire's side door: libzmq's draft socket types, which may change in a way that breaks programs, as they
 * may there.
 */
import { SocketType } from './index.js';
import { Channel } from './patterns/draft/channel.js';
import { Client } from './patterns/draft/client.js';
import { Datagram } from './patterns/draft/datagram.js';
import { Dish } from './patterns/draft/dish.js';
import { Gather } from './patterns/draft/gather.js';
import { Peer } from './patterns/draft/peer.js';
import { Radio } from './patterns/draft/radio.js';
import { Scatter } from './patterns/draft/scatter.js';
import { Server } from './patterns/draft/server.js';
import { registerPatterns } from './patterns/own-class.js';

registerPatterns({
  [SocketType.Server]: Server,
  [SocketType.Client]: Client,
  [SocketType.Radio]: Radio,
  [SocketType.Dish]: Dish,
  [SocketType.Gather]: Gather,
  [SocketType.Scatter]: Scatter,
  [SocketType.Datagram]: Datagram,
  [SocketType.Peer]: Peer,
  [SocketType.Channel]: Channel,
});

export type { ReceivedPart, ReceivedWith, SentPart } from './patterns/coded.js';
export type { Addressed } from './patterns/draft/addressed.js';
export { Channel } from './patterns/draft/channel.js';
export { Client } from './patterns/draft/client.js';
export {
  Datagram,
  type DatagramMessage,
  type ReceivedDatagram,
  type SentDatagram,
} from './patterns/draft/datagram.js';
export { Dish } from './patterns/draft/dish.js';
export { Gather } from './patterns/draft/gather.js';
export type { DishGroupOptions, RadioGroupOptions } from './patterns/draft/group.js';
export { Peer } from './patterns/draft/peer.js';
export { Radio } from './patterns/draft/radio.js';
export type { ServerRoutingOptions } from './patterns/draft/routing-id.js';
export { Scatter } from './patterns/draft/scatter.js';
export { Server } from './patterns/draft/server.js';
