/*
 * What an I/O worker starts with. In the package this is the worker itself, in one file and without Node's loader of ES
 * modules, which takes 5 ms of a thread's start: everybody's first message waits for it (decision 19).
 */
void import('./io-worker.js');
