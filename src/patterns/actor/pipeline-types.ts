import type { ResourceLimits } from 'node:worker_threads';
import type { Context } from '../../runtime/context/context.js';

export interface PipelineOptions {
  /** For reports. Default: pipeline. */
  readonly name?: string | undefined;
  /** Of the stages' rings. Default: the process's own. */
  readonly context?: Context | undefined;
  /** The sink gets items in the order of the source. Default: as they come. */
  readonly ordered?: boolean | undefined;
  /** How often an item whose thread died is given to another, unless its stage says otherwise. Default 0. */
  readonly retry?: number | undefined;
  /**
   * An item that a stage throws for, or whose thread died once too often: `'fail'` ends the pipeline with that
   * error; `'count'` leaves the item out, and counts it. Default `'fail'`.
   */
  readonly lost?: 'fail' | 'count' | undefined;
  /** Told of each item that is left out. */
  readonly onLost?: ((error: unknown, item: LostItem) => void) | undefined;
  /** Items that were accepted and are not through yet, at most. Default: 256 for each thread of its stages. */
  readonly inFlight?: number | undefined;
  /** The same in bytes, of items that are bytes or text; one more may always go in. Default 64 MiB. */
  readonly inFlightBytes?: number | undefined;
  /** Milliseconds that stages may go on with what they have when the pipeline has failed. Default 5000. */
  readonly closeTimeout?: number | undefined;
}

export interface StageOptions {
  /** Threads. Default 1. */
  readonly threads?: number | undefined;
  /** The exported function that the stage is. Default: the default export. */
  readonly task?: string | undefined;
  /** What plan and statistics call it. Default: the name of the module's file. */
  readonly name?: string | undefined;
  /** How often an item whose thread died here is given to another. Default: the pipeline's. */
  readonly retry?: number | undefined;
  /** What the stage gives on is in the order of the source. Default false. */
  readonly ordered?: boolean | undefined;
  /** Items that a thread may have at once. Default: as many as it finishes in some five milliseconds. */
  readonly credit?: number | undefined;
  /** Node's limits on the memory of each thread. */
  readonly resourceLimits?: ResourceLimits | undefined;
  /** Milliseconds in which a thread must have loaded the module, or a stage elsewhere be reached. Default 30000. */
  readonly startTimeout?: number | undefined;
  /** Where the stage is served by `serveStage`, in place of threads here: one endpoint or several. */
  readonly at?: string | readonly string[] | undefined;
}

/** Which item was left out, and where. */
export interface LostItem {
  /** Its number in the source, from 0. */
  readonly index: number;
  readonly stage: string;
}

/** Numbers of a stage; of items, unless they say otherwise. */
export interface StageStats {
  readonly name: string;
  /** Threads that are there, or endpoints that are connected. */
  readonly threads: number;
  readonly received: number;
  readonly passed: number;
  readonly lost: number;
  /** Given to another thread because theirs had died. */
  readonly retried: number;
  /** Threads that died, or connections that were lost. */
  readonly deaths: number;
  /** Wait for a thread. */
  readonly queued: number;
  /** Threads have them. */
  readonly running: number;
  /** Passed, and wait for others before them. */
  readonly waitingForOrder: number;
  /** Milliseconds that threads spent on items. */
  readonly busy: number;
}

export interface PipelineStats {
  /** The source was told, by being asked for the next, or by its end. */
  readonly accepted: number;
  /** The sink has had them. */
  readonly delivered: number;
  readonly lost: number;
  /** Accepted, and neither delivered nor lost. */
  readonly inFlight: number;
  readonly stages: readonly StageStats[];
}

export interface PipelineReport extends PipelineStats {
  /** Milliseconds, from `run` to its end. */
  readonly duration: number;
}

export interface PipelineRunOptions {
  /** Ends it: `run` rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/** A pipeline as a graph. */
export interface PipelinePlan {
  /** A line for each part. */
  readonly text: string;
  /** A picture, as a document of its own. */
  readonly svg: string;
  /** The text. */
  toString(): string;
}

/** A pipeline with both ends. */
export interface Pipeline {
  /**
   * Runs it, once. Resolves when the source has ended and every accepted item is delivered or counted as lost.
   * @throws what the source, a stage or the sink throws; ActorError ERR_WORKER_DIED, ERR_ACTOR_LOAD,
   * ERR_ACTOR_NOT_FUNCTION, ERR_ACTOR_START_TIMEOUT, ERR_ACTOR_CLONE, ERR_STAGE_UNREACHABLE; `signal.reason`;
   * ZmqError EBUSY if it has been run before; ERR_ACTOR_STOPPED if its system is shut down. An error of an item says in `item` which it was, and where
   */
  run(options?: PipelineRunOptions): Promise<PipelineReport>;
  /** How it goes, so far. */
  stats(): PipelineStats;
  plan(): PipelinePlan;
}
