import {randomBytes} from 'node:crypto';

/** A name that no other test uses. */
export const newName = (of = 'test'): string => `${of}:${randomBytes(6).toString('hex')}`;
