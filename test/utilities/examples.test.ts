import {runExample} from './example.js';
import {examples} from './examples.js';
import {onEachServer} from './servers.js';

describe('the examples of the contract', () => {
  onEachServer((server) => {
    for (const [name, byTitle] of Object.entries(examples)) {
      for (const [title, text] of Object.entries(byTitle)) {
        it(`${name}: ${title}`, async () => {
          for (const client of Object.values(server.clients())) {
            server.freshKeys();
            await runExample(server, client, text);
          }
        });
      }
    }
  });
});
