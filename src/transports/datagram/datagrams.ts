/** What an I/O worker loads when an endpoint of it is first one for datagrams. */
export { DatagramConnecter } from './datagram-connecter.js';
export { datagramListener } from './datagram-listener.js';
