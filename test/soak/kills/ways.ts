/** In which ways an instance of an actor can be killed, whether it comes back or not. */
export const WAYS = ['exit', 'leave', 'throw', 'throwLater', 'reject', 'terminate'] as const;
export type Way = (typeof WAYS)[number];

/** In which ways an actor or a task can be ended for good. */
export const LAST_WAYS = ['kill', 'stopAtOnce', 'spin', 'abort'] as const;
export type LastWay = (typeof LAST_WAYS)[number];

/** In which ways a task ends by itself. */
export const TASK_WAYS = ['exit', 'throw', 'throwLater', 'reject'] as const;
export type TaskWay = (typeof TASK_WAYS)[number];

export function isLast(way: Way | LastWay | TaskWay): way is LastWay {
  return (LAST_WAYS as readonly string[]).includes(way);
}
