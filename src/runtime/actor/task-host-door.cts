/*
 * What piscina requires in each of a pool's threads. It tries `require` with whatever it is given, and where Node can
 * require ES modules a thread that is ended while it does may take the whole process with it: Node 20 asks V8 for
 * something that only modules have that were linked ("IsGraphAsync must be used on an instantiated module"). What is
 * imported has no such trouble, and piscina awaits what is exported.
 */
export default import('./task-host.js').then(({ default: host }) => host);
