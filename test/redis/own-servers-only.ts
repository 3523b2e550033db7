import {chosenSource} from './chosen-source.js';

/** A `before` hook: skips what no server of REDIS_URLS can do, as it is not ours. */
export const ownServersOnly: Mocha.AsyncFunc = async function () {
  const {canFault} = await chosenSource();
  if (!canFault) this.skip();
};
