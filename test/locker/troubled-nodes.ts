import {Locker, type LockerOptions} from 'holdfast';

import {Nodes} from './nodes.js';

/**
 * Servers for all tests of a suite, and for each test a new locker that reaches them through networks that can fail.
 * What a test has broken is mended after it.
 */
export function troubledNodes(
  count: number,
  options: LockerOptions,
  onReady: (nodes: Nodes, locker: Locker) => void,
): void {
  let nodes: Nodes;
  let locker: Locker;

  before(async () => {
    nodes = await Nodes.start(count);
  });

  after(async () => {
    await nodes.stop();
  });

  beforeEach(() => {
    locker = new Locker(nodes.connectThroughProxies(), options);
    onReady(nodes, locker);
  });

  afterEach(async () => {
    nodes.heal();
    await Promise.all(nodes.servers.map((server) => server.resume()));
    await locker.close();
  });
}
