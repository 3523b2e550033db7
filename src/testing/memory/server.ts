import {command, MANY, type Commands, type Server} from './command.js';
import {OK, ReplyError, Status, type Reply} from './reply.js';

function time(server: Server): Reply {
  const microseconds = server.microseconds();
  return [String(Math.floor(microseconds / 1e6)), String(microseconds % 1e6)];
}

function pubsub(server: Server, subcommand: string, channels: readonly string[]): Reply {
  const isCount = ['NUMSUB', 'SHARDNUMSUB'].includes(subcommand.toUpperCase());
  if (!isCount) throw new ReplyError(`ERR unknown subcommand '${subcommand}'. Try PUBSUB HELP.`);
  return channels.flatMap((channel) => [channel, server.listeners(channel)]);
}

function flush({keys}: Server): Reply {
  keys.clear();
  return OK;
}

const INFO = (runId: string): string => `# Server\r\nredis_version:7.0.0\r\nrun_id:${runId}\r\n`;

/** Commands for the server itself, and for channels. */
export const serverCommands: Commands = {
  PING: command([0, 1], (_, args) => (args.length === 0 ? new Status('PONG') : args[0])),
  ECHO: command([1], (_, [text]) => text),
  TIME: command([0], time),
  INFO: command([0, MANY], (server) => INFO(server.runId())),
  DBSIZE: command([0], ({keys}) => keys.keys().length),
  FLUSHALL: command([0, 1], flush),
  FLUSHDB: command([0, 1], flush),
  PUBLISH: command([2], (server, [channel, message]) => server.publish(channel, message)),
  SPUBLISH: command([2], (server, [channel, message]) => server.publish(channel, message)),
  PUBSUB: command([1, MANY], (server, [subcommand, ...channels]) =>
    pubsub(server, subcommand, channels),
  ),
};
