/** The two directions of a socket. */
export type Direction = 'send' | 'receive';
