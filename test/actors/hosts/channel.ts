/** On which a rehearsal says that it has begun, and waits until it is told to go on. */
export const CHANNEL = 'loomwire test of rehearsals';
