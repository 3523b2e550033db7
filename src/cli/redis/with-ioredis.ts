import {CliError} from '../cli-error.js';
import {EXIT} from '../exit-codes.js';

/**
 * Loads a part of this program that needs the Redis client, which is the user's to install.
 *
 * @throws {CliError} when the client is not there.
 */
export async function withIoredis<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const isAbsent =
      cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND';
    if (!isAbsent) throw cause;
    const message = 'The command line needs the package ioredis: npm install ioredis';
    throw new CliError(EXIT.unavailable, message, {cause});
  }
}
