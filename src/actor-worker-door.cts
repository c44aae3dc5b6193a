/*
 * What piscina requires of a thread for a user's module; why it is no ES module is told in runtime/actor/task-host-door.cts.
 * That module will import the library by its doors, which are files of their own in the package: so they are loaded, too,
 * while the thread waits for it.
 */
export default Promise.all([
  import('./actor-worker.js'),
  import('./actors.js'),
  import('./index.js'),
]).then(([{ default: host }]) => host);
