import { constants } from 'node:os';

/** The system's names of errors. */
export type SystemCode = keyof typeof constants.errno;

/** An error with a code of the system's, and its number as Node has it. */
export function systemError(code: SystemCode, message: string): Error {
  return Object.assign(new Error(message), { code, errno: -constants.errno[code] });
}
