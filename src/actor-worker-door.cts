/* What piscina requires of a thread for a user's module; why it is no ES module is told in runtime/actor/task-host-door.cts. */
export default import('./actor-worker.js').then(({ default: host }) => host);
