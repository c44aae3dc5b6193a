/** What takes the bytes of a connection in and brings its messages into a pipe. */
export interface Receiver {
  /** Where the next bytes go. */
  space(): Uint8Array;
  /** So many bytes have come into the space. False: the link is to be paused until `resume`. */
  received(length: number): boolean;
  /** Takes bytes that have come by another way than the space that was given; that must not be in use. A copy. */
  accept(bytes: Uint8Array): boolean;
  /** There may be room again. True if the link may be resumed. */
  resume(): boolean;
  /** The connection is gone: forgets the message it was in the middle of. */
  rollback(): void;
}

/** Who carries out what a peer commands. */
export interface CommandTaker {
  /** @param body of the command; a copy */
  command(body: Buffer): void;
}
