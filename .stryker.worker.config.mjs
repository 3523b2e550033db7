// The two files that start a thread, and are it. Their tests need a server and take seconds.
import {readFileSync} from 'node:fs';

const rest = JSON.parse(readFileSync(new URL('.stryker.config.json', import.meta.url), 'utf8'));

// eslint-disable-next-line import/no-default-export -- Stryker takes nothing else
export default {
  ...rest,
  mutate: ['dist/keep-alive/worker/{keep-alive-worker,thread}.js'],
  commandRunner: {
    command: rest.commandRunner.command.replace(
      / --reporter dot .*$/,
      ' --reporter dot .cache/test/keep-alive/worker/keep-alive-worker.test.js',
    ),
  },
  ignorePatterns: [...rest.ignorePatterns, '!/.cache/redis', '/.cache/redis/*/usr/share'],
  incrementalFile: '.cache/mutation/worker-incremental.json',
  jsonReporter: {fileName: '.cache/mutation/worker-report.json'},
  thresholds: {high: 90, low: 85, break: 70},
};
