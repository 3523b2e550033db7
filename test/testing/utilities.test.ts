import {MemoryRedis, VirtualClock} from 'holdfast/testing';

import {runExample} from '../utilities/example.js';
import {examples} from '../utilities/examples.js';

describe('the utilities on a node in memory', () => {
  for (const [name, cases] of Object.entries(examples)) {
    for (const [title, text] of Object.entries(cases)) {
      it(`${name}: ${title}`, async () => {
        const clock = new VirtualClock();
        const redis = new MemoryRedis({clock});
        const command = (line: string): Promise<unknown> => {
          const [first = '', ...args] = line.split(/ +/).map((word) => {
            if (word === '""') return '';
            const [, offset] = /^now(?<offset>[+-]\d+)?$/.exec(word) ?? [];
            return word.startsWith('now') ? String(clock.wall() + Number(offset ?? 0)) : word;
          });
          return redis.send(first, args);
        };

        await runExample({command}, redis, text);
      });
    }
  }
});
