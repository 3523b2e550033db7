import {rejectionOf} from '../rejection.js';

/** The error that a promise is rejected with. */
export async function errorOf(promise: Promise<unknown>): Promise<Error> {
  const error = await rejectionOf(promise);
  if (error instanceof Error) return error;
  throw new TypeError('Expected the reason to be an error');
}
