/** loomwire's second half: tasks and actors in threads of their own. */
import './index.js';
import { setTaskDoor } from './runtime/actor/task-pool.js';

setTaskDoor(new URL('./runtime/actor/task-host-door.cjs', import.meta.url));

export { register } from './composition.js';
export {
  type Clock,
  CLOCK,
  type Codec,
  CODEC,
  type Logger,
  LOGGER,
  type LoggerFactory,
  type Token,
  TRANSPORT,
} from './runtime/base/injected.js';
export type {
  Transport,
  TransportConnectOptions,
  TransportListener,
  TransportListenOptions,
  TransportModule,
} from './runtime/base/transport.js';
export { stderrLogger } from './runtime/actor/stderr-logger.js';
export { shutdownOnSignals, type SignalOptions } from './patterns/actor/signals.js';
export type { CallOptions } from './patterns/actor/control-channel.js';

export { ActorError, type ActorErrorCode } from './runtime/actor/errors.js';
export type { IntensityOptions } from './runtime/actor/intensity.js';
export { RESOURCE_LIMITS_LEAST } from './runtime/actor/resource-limits.js';
export type { Reason } from './runtime/actor/reason.js';
export type { ActorOptions } from './patterns/actor/actor-cell.js';
export type { ActorHandle, Remote } from './patterns/actor/actor-handle.js';
export type { ActorRef, AskOptions, Death, Full, RefOptions } from './patterns/actor/actor-ref.js';
export type { DeadLetter, DeadLetterReason, DeadLetters } from './patterns/actor/dead-letters.js';
export {
  actor,
  type ActorContext,
  type ActorDefinition,
  type ActorParts,
  type AnswerOf,
  type AnyActor,
  type AsksOf,
  type Controls,
  type ControlsOf,
  type Exchange,
  type Protocol,
  type RequestOf,
  type TellsOf,
} from './patterns/actor/definition.js';
export type {
  CloseOptions,
  CloseReport,
  MapOptions,
  Pool,
  PoolStats,
  RunOptions,
  TaskArgument,
  TaskModule,
  TaskName,
  TaskResult,
  Times,
} from './runtime/actor/pool-types.js';
export { transfer } from './runtime/actor/transfer.js';
export {
  defaultSystem,
  pipeline,
  pool,
  ref,
  server,
  serveStage,
  spawn,
} from './patterns/actor/default-system.js';
export type { HandlePipe } from './patterns/actor/handle-pipe.js';
export type { Sockets } from './patterns/actor/sockets.js';
export type { SpawnOptions } from './patterns/actor/spawn-module.js';
export type { Strategy, SuperviseOptions } from './patterns/actor/supervision.js';
export type { Supervisor } from './patterns/actor/supervisor.js';
export {
  system,
  type ShutdownOptions,
  type ShutdownReport,
  type System,
  type SystemOptions,
} from './patterns/actor/system.js';
export { isTerm, task, type Task } from './patterns/actor/task.js';
export type { StopOptions, TaskHandle } from './patterns/actor/task-handle.js';
export type { TaskPipe } from './patterns/actor/task-pipe.js';
export type { ThreadOptions } from './patterns/actor/thread-options.js';
export type { PipelineStages, PipelineStart } from './patterns/actor/pipeline.js';
export type {
  LostItem,
  Pipeline,
  PipelineOptions,
  PipelinePlan,
  PipelineReport,
  PipelineRunOptions,
  PipelineStats,
  StageOptions,
  StageStats,
} from './patterns/actor/pipeline-types.js';
export type { AnyPoolOptions as PoolOptions } from './patterns/actor/pool.js';
export type {
  ServedStage,
  ServedStageStats,
  ServeStageOptions,
} from './patterns/actor/serve-stage.js';
export type {
  Handler,
  HandlerReply,
  ReloadOptions,
  Server,
  ServerOptions,
  ServerStats,
} from './patterns/actor/server-types.js';
export {
  ERROR_REPLY,
  errorReply,
  replyError,
  type ReplyError,
} from './patterns/actor/error-reply.js';
