/*
 * What a pipeline and a stage that is served elsewhere tell each other, besides batches: two parts, of which the
 * first is empty, as that of no batch is, and the second JSON.
 */

/** Batches of another version would be misunderstood. */
export const STAGE_PROTOCOL = 'loomwire.stage/1';

/** What a pipeline says first. */
export interface Hello {
  readonly protocol: typeof STAGE_PROTOCOL;
}

/** What it is answered. */
export type Welcome = { readonly threads: number } | { readonly refused: string };

/** What it is told when the stage is closed. */
export interface Farewell {
  readonly closed: true;
}

export function control(said: Hello | Welcome | Farewell): [string, string] {
  return ['', JSON.stringify(said)];
}

/** What was said; undefined for a batch, or what is nothing of either kind. */
export function readControl(message: readonly Buffer[]): Record<string, unknown> | undefined {
  if (message.length !== 2 || message[0]!.length > 0) return undefined;
  try {
    const said: unknown = JSON.parse(String(message[1]));
    return typeof said === 'object' && said !== null
      ? (said as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
