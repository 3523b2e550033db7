import type {LockInfo, NodeInfo} from '../index.js';

/** All that is known of a lock, in one line of JSON. What has no end is `null` there. */
export const lockJson = (info: LockInfo): string =>
  `${JSON.stringify({...info, nodes: info.nodes.map(plainNode)})}\n`;

const plainNode = ({error, ...node}: NodeInfo): object =>
  error === undefined ? node : {...node, error: error.message};
