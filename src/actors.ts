/** loomwire's second half: tasks and actors in threads of their own. */
import './index.js';

export { ActorError, type ActorErrorCode } from './runtime/actor/errors.js';
export { RESOURCE_LIMITS_LEAST } from './runtime/actor/resource-limits.js';
export type { Reason } from './runtime/actor/reason.js';
export { defaultSystem, spawn } from './patterns/actor/default-system.js';
export type { HandlePipe } from './patterns/actor/handle-pipe.js';
export type { Sockets } from './patterns/actor/sockets.js';
export {
  system,
  type ShutdownOptions,
  type ShutdownReport,
  type System,
  type SystemOptions,
} from './patterns/actor/system.js';
export type { ThreadOptions } from './patterns/actor/system-core.js';
export { isTerm, task, type Task } from './patterns/actor/task.js';
export type { StopOptions, TaskHandle } from './patterns/actor/task-handle.js';
export type { TaskPipe } from './patterns/actor/task-pipe.js';
