import {once} from 'node:events';
import {connect, createServer} from 'node:net';
import type {Server, Socket} from 'node:net';
import {freePort} from './free-port.js';
import {Lane} from './lane.js';
import type {Rules} from './lane.js';

export type Direction = 'toServer' | 'toClient';

const host = '127.0.0.1';
const both: readonly Direction[] = ['toServer', 'toClient'];

/** Starts a network in front of a server that can be made to fail. */
export async function startProxy(target: {host: string; port: number}): Promise<Proxy> {
  const proxy = new Proxy(target, await freePort());
  await proxy.accept();
  return proxy;
}

export class Proxy implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #lanes = new Set<Lane>();
  readonly #rules: Record<Direction, Rules> = {
    toServer: {mode: 'pass', delayMs: 0},
    toClient: {mode: 'pass', delayMs: 0},
  };

  constructor(target: {host: string; port: number}, port: number) {
    this.port = port;
    this.#server = createServer((client) => this.#join(client, connect(target.port, target.host)));
  }

  get url(): string {
    return `redis://${host}:${this.port}`;
  }

  /** Bytes come so much later; in both directions unless one is named, here and below. */
  delay(ms: number, direction?: Direction): void {
    for (const rules of this.#rulesOf(direction)) rules.delayMs = ms;
  }

  /** Keeps the bytes back until `release`. */
  hold(direction?: Direction): void {
    for (const rules of this.#rulesOf(direction)) rules.mode = 'hold';
  }

  /** Swallows the bytes until `release`. */
  drop(direction?: Direction): void {
    for (const rules of this.#rulesOf(direction)) rules.mode = 'drop';
  }

  /** Ends `hold` and `drop`; what was held goes on its way. */
  release(direction?: Direction): void {
    for (const rules of this.#rulesOf(direction)) rules.mode = 'pass';
    for (const lane of this.#lanes) lane.flush();
  }

  /** Destroys the live connections; new ones are welcome. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Turns new connections away; live ones go on. */
  refuse(): void {
    this.#server.close();
  }

  /** Takes new connections again. */
  async accept(): Promise<void> {
    if (this.#server.listening) return;
    this.#server.listen(this.port, host);
    await once(this.#server, 'listening');
  }

  async stop(): Promise<void> {
    this.refuse();
    this.cut();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #join(client: Socket, server: Socket): void {
    this.#link(client, server, this.#rules.toServer);
    this.#link(server, client, this.#rules.toClient);
  }

  #link(from: Socket, to: Socket, rules: Rules): void {
    const lane = new Lane(from.setNoDelay(), to, rules);
    this.#sockets.add(from);
    this.#lanes.add(lane);
    from.once('close', () => {
      this.#sockets.delete(from);
      this.#lanes.delete(lane);
    });
  }

  #rulesOf(direction: Direction | undefined): Rules[] {
    const directions = direction === undefined ? both : [direction];
    return directions.map((name) => this.#rules[name]);
  }
}
