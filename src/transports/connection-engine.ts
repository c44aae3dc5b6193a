import type { SessionEngine } from './session-engine.js';
import type { Link, LinkReader } from './stream/link.js';

/** What a session has a connection served by, whatever is spoken over it. */
export interface ConnectionEngine extends LinkReader, SessionEngine {
  /** The link stands. */
  open(link: Link): void;
}
