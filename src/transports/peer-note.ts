import { Buffer } from 'node:buffer';
import { encodeProperties } from '../runtime/base/peer-metadata.js';
import type { Metadata } from './zmtp/metadata.js';

/** What a peer cannot say of itself: the transport and the mechanism do. */
const OURS = ['peer-address', 'user-id'];

/**
 * What a pipe's reader learns of the peer that a connection leads to.
 * @param metadata as the peer has sent it, which is no more than a handshake may hold
 * @param address that the connection comes from, if it has one
 */
export function peerNote(metadata: Metadata, address: string | undefined): Buffer {
  const properties: [string, Uint8Array][] = [];
  for (const [name, value] of metadata) {
    if (!OURS.includes(name.toLowerCase())) properties.push([name, value]);
  }
  if (address !== undefined) properties.push(['Peer-Address', Buffer.from(address)]);
  return encodeProperties(properties);
}
