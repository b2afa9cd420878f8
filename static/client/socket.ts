/**
 * atrium-socket - a client of the command dialect, in the shape that users of Project Forge know.
 *
 *     import { Socket } from "/static/atrium-socket.mjs";
 *
 *     const socket = new Socket(true, onOpen, onMessage, onError, "/connect?ch=games");
 *     socket.send({ channel: "games", cmd: "chat", param: { text: "hello" } });
 *
 * With <script src="/static/atrium-socket.js"> the same is AtriumSocket.Socket.
 *
 * It reconnects, and keeps what is sent meanwhile. It does not catch up on what others said: for
 * that there is atrium-client.
 *
 * SPDX-License-Identifier: MIT
 */
import { addressOf, browser } from "./browser.js";
import { type Debug, type Say, speaker } from "./debug.js";
import type { Env, SocketLike } from "./types.js";

/** A message of the command dialect. */
export interface Command {
  /** A room; without it the one of the address is meant. */
  channel?: string;
  cmd: string;
  param?: unknown;
  /** The sender's connection, stamped by the server. */
  from?: string;
  /** The sender's name, where it is signed in; likewise. */
  user?: string;
  /** Comes back with the answer. */
  ref?: string | number;
  [member: string]: unknown;
}

export interface SocketOptions {
  /** Opens a socket. Default: `new WebSocket(url)`; where there is none, one like it. */
  socket?: (url: string) => SocketLike;
  /** Time and socket, to be replaced in tests. */
  env?: Env;
}

/** A connection that ended sooner doubles the pause before the next. */
const SHORT_MS = 2000;
const PAUSE_SECONDS = 1;
const PAUSE_MAX_SECONDS = 60;
/** So many messages wait for a connection. */
const QUEUE = 100;
const NORMAL = 1000;

export class Socket {
  /** Whether there is a connection. */
  connected = false;
  /** What the next pause is made of: half of it to all of it, by chance. */
  pauseSeconds = PAUSE_SECONDS;
  /** What is sent as soon as there is a connection. */
  readonly pendingMessages: Command[] = [];
  readonly url: string;

  readonly #env: Env;
  readonly #say: Say | undefined;
  readonly #open: () => void;
  readonly #recv: (message: Command) => void;
  readonly #err: (service: string, error: string) => void;
  #socket: SocketLike | undefined;
  #begun = 0;
  #timer: unknown;

  /**
   * Connects at once. `debug` tells what is sent and received; `open` is called for each connection
   * that was made; `recv` for each message; `err` when something is amiss: with `socket` when a
   * connection ended, with `close-connection` when the server wanted that, with `queue` when a
   * message was not taken, with the message's `cmd` when a handler has thrown.
   */
  constructor(
    debug: Debug,
    open: () => void,
    recv: (message: Command) => void,
    err: (service: string, error: string) => void,
    url = "/connect",
    { env = browser, socket }: SocketOptions = {},
  ) {
    this.#env = socket ? { ...env, open: socket } : env;
    this.#say = speaker(debug);
    this.#open = open;
    this.#recv = recv;
    this.#err = err;
    this.url = addressOf(url).href;
    this.connect();
  }

  /** Connects, if it is not connected or connecting; after `disconnect` too. */
  connect(): void {
    if (this.#socket) return;
    this.#env.clearTimeout(this.#timer);
    this.#begun = this.#env.now();
    this.#say?.(`to ${this.url}`);
    try {
      const socket = (this.#socket = this.#env.open(this.url));
      socket.onopen = () => this.#opened();
      socket.onmessage = ({ data }: { data: unknown }) => this.#receive(String(data));
      socket.onerror = () => {}; // its end follows
      socket.onclose = ({ code, reason }: { code: number; reason: string }) => {
        this.#ended(`${code} ${reason}`);
      };
    } catch (error) {
      this.#ended(String(error));
    }
  }

  /** Ends the connection for good, until `connect`. */
  disconnect(): void {
    this.#env.clearTimeout(this.#timer);
    this.#drop();
  }

  /**
   * Sends a message now, or as soon as there is a connection. False: too many wait already. What is
   * sent at the moment when a connection breaks may be lost.
   */
  send(message: Command): boolean {
    if (this.connected) this.#write(message);
    else if (this.pendingMessages.length < QUEUE) this.pendingMessages.push(message);
    else {
      this.#err("queue", `${QUEUE} messages wait already`);
      return false;
    }
    return true;
  }

  #write(message: Command): void {
    const text = JSON.stringify(message);
    this.#say?.(`> ${text}`);
    this.#socket?.send(text);
  }

  #opened(): void {
    this.connected = true;
    for (const message of this.pendingMessages.splice(0)) this.#write(message);
    this.#call("open", () => this.#open());
  }

  #receive(text: string): void {
    this.#say?.(`< ${text}`);
    let message: Command;
    try {
      message = JSON.parse(text) as Command;
    } catch {
      return this.#err("socket", "not JSON");
    }
    if (message.cmd === "close-connection") this.#dismissed(message.param as Dismissal);
    else this.#call(message.cmd, () => this.#recv(message));
  }

  #call(what: string, run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#err(what, String(error));
    }
  }

  /** The server closes the connection; where it says when, it is to be made again. */
  #dismissed({ reason = "", retry_ms: ms }: Dismissal = {}): void {
    this.#drop();
    this.#say?.(`end close-connection ${reason}`);
    if (ms !== undefined) this.#wait(ms);
    this.#err("close-connection", reason);
  }

  #ended(why: string): void {
    this.#say?.(`end ${why}`);
    const short = this.#env.now() - this.#begun < SHORT_MS;
    this.#drop();
    if (short) this.pauseSeconds = Math.min(this.pauseSeconds * 2, PAUSE_MAX_SECONDS);
    else this.pauseSeconds = PAUSE_SECONDS;
    this.#wait(this.pauseSeconds * 500 * (1 + this.#env.random()));
    this.#err("socket", why);
  }

  #wait(ms: number): void {
    this.#env.clearTimeout(this.#timer);
    this.#timer = this.#env.setTimeout(() => this.connect(), ms);
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.connected = false;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close(NORMAL);
  }
}

interface Dismissal {
  reason?: string;
  retry_ms?: number;
}
