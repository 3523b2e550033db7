/** Resolves when every promise that can settle without waiting for anything has done so. */
export const flush = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });
