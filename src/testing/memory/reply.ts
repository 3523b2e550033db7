/** What a command answers. */
export type Reply = null | number | string | Status | ReplyError | readonly Reply[];

/** A text that says how it went, such as `OK`; scripts get it in another shape than a stored text. */
export class Status {
  constructor(readonly text: string) {}
}

/** What a server answers when it refuses. Its message is the server's text. */
export class ReplyError extends Error {
  override readonly name = 'ReplyError';
}

export const OK: Status = new Status('OK');

export const syntaxError = (): ReplyError => new ReplyError('ERR syntax error');

export const notAnInteger = (): ReplyError =>
  new ReplyError('ERR value is not an integer or out of range');
