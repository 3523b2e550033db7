// Clients give an integer as a number, a bigint or text, each as it is set up.

/** The reply 1 of a script that says yes or no. */
export const isYes = (reply: unknown): boolean => Number(reply) === 1;

/** A reply of integers only. */
export const integersOf = (reply: unknown): number[] =>
  Array.isArray(reply) ? reply.map(Number) : [];

/** A reply that is text, or nothing. @throws {TypeError} when it is anything else. */
export function textOf(reply: unknown): string | null {
  if (reply === null || reply === undefined) return null;
  if (typeof reply === 'string') return reply;
  throw new TypeError(`Expected the client to give text as a string, got ${typeof reply}`);
}
