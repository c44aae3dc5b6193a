/** The libzmq API level that this library keeps to. */
export const version = '4.3.5';
