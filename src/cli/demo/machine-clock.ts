/**
 * Milliseconds on the clock that all processes of this machine share and nobody can set: what one process notes can be
 * compared with what another one does.
 */
export const machineMs = (): number => Number(process.hrtime.bigint()) / 1e6;
