import {contender} from '#internal/cli/demo/contender.js';

// A lock that lets everybody in, and numbers them as it likes.
void contender(() => {
  let fence = 1000 + process.pid;
  return {
    acquire: async () => ({
      fence: (fence -= 1),
      signal: new AbortController().signal,
      release: async () => true,
    }),
    close: async () => undefined,
  };
});
