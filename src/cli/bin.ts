#!/usr/bin/env node
import {EXIT} from './exit-codes.js';
import {main} from './main.js';

// Whoever reads may have seen enough (`holdfast list | head -1`): then this ends as SIGPIPE would end it.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT.signal + 13);
});

const {stdin, stdout, stderr, env} = process;
process.exitCode = await main(process.argv.slice(2), {stdin, stdout, stderr, env});
