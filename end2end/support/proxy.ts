// A proxy that does as a test tells it, SOCKS5 (RFC 1928, RFC 1929) or HTTP CONNECT, and keeps what it was asked.
import { once } from "node:events";
import { type Server, type Socket, connect, createServer } from "node:net";

import type { Connector } from "./api.ts";

export interface ProxyScript {
  /** SOCKS5's reply, or HTTP's status line, in place of a connection. */
  refuses?: number | string;
  /** Whom it lets in. Without it everybody. */
  knows?: { userName: string; secret: string };
  /** The port of this machine that every name leads to. */
  leadsTo?: number;
  /** What it says at once, whatever it is asked: it is no proxy. */
  babbles?: string;
}

export class Proxy {
  /** Where it was asked to connect to, as HOST:PORT. */
  readonly asked: string[] = [];
  readonly kind: Connector["kind"];
  private readonly script: ProxyScript;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  private constructor(kind: Connector["kind"], script: ProxyScript) {
    this.kind = kind;
    this.script = script;
    this.server = createServer((socket) => {
      this.hold(socket);
      const serve = kind === "Socks5" ? this.socks5(socket) : this.httpConnect(socket);
      serve.catch(() => socket.destroy());
    });
  }

  static async start(kind: Connector["kind"], script: ProxyScript = {}): Promise<Proxy> {
    const proxy = new Proxy(kind, script);
    proxy.server.listen(0, "127.0.0.1");
    await once(proxy.server, "listening");
    return proxy;
  }

  get port(): number {
    return (this.server.address() as { port: number }).port;
  }

  /** The answers of a connector that leads through it, and leaves names to it. */
  get connector() {
    return { kind: this.kind, host: "127.0.0.1", port: String(this.port), resolves_names: "Yes" } as const;
  }

  /** The answers of a credential that signs in to it. */
  get destination() {
    const at = { user_name: this.script.knows?.userName ?? "nobody", hosts: "127.0.0.1", ports: String(this.port) };
    return { ...at, verified_only: "No", plain_in_clear: "Yes" } as const;
  }

  async stop(): Promise<void> {
    this.sockets.forEach((socket) => socket.destroy());
    this.server.close();
    await once(this.server, "close");
  }

  private hold(socket: Socket): void {
    this.sockets.add(socket);
    socket.on("close", () => this.sockets.delete(socket)).on("error", () => socket.destroy());
  }

  private async socks5(socket: Socket): Promise<void> {
    const { babbles, knows, refuses } = this.script;
    if (babbles !== undefined) {
      socket.write(babbles);
    }
    const [, count = 0] = await take(socket, 2);
    const offered = await take(socket, count);
    const method = knows ? 2 : 0;
    if (!offered.includes(method)) {
      socket.end(Buffer.from([5, 0xff]));
      return;
    }
    socket.write(Buffer.from([5, method]));
    if (knows) {
      await take(socket, 1);
      const userName = await counted(socket);
      const secret = await counted(socket);
      if (userName !== knows.userName || secret !== knows.secret) {
        socket.end(Buffer.from([1, 1]));
        return;
      }
      socket.write(Buffer.from([1, 0]));
    }
    const [, , , kind] = await take(socket, 4);
    const host = kind === 3 ? await counted(socket) : [...(await take(socket, kind === 4 ? 16 : 4))].join(".");
    const port = (await take(socket, 2)).readUInt16BE();
    this.asked.push(`${host}:${port}`);
    const reply = (code: number) => Buffer.from([5, code, 0, 1, 127, 0, 0, 1, 0, 0]);
    if (typeof refuses === "number") {
      socket.end(reply(refuses));
      return;
    }
    await this.join(socket, port, reply(0));
  }

  private async httpConnect(socket: Socket): Promise<void> {
    const { babbles, knows, refuses } = this.script;
    if (babbles !== undefined) {
      socket.write(babbles);
    }
    for (;;) {
      const head = await untilBlank(socket);
      const [, target = ""] = head.split(" ");
      const [, given = ""] = head.match(/^proxy-authorization: basic (\S+)/im) ?? [];
      const isKnown = !knows || Buffer.from(given, "base64").toString() === `${knows.userName}:${knows.secret}`;
      if (!isKnown) {
        socket.write('HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic realm="Nordhavn"\r\nContent-Length: 0\r\n\r\n');
        continue;
      }
      this.asked.push(target);
      if (refuses !== undefined) {
        socket.end(`HTTP/1.1 ${refuses}\r\nContent-Length: 0\r\n\r\n`);
        return;
      }
      const port = Number(target.slice(target.lastIndexOf(":") + 1));
      return this.join(socket, port, Buffer.from("HTTP/1.1 200 Go ahead\r\n\r\n"));
    }
  }

  /** Connects both ends, and says so. */
  private async join(socket: Socket, port: number, says: Buffer): Promise<void> {
    const upstream = connect(this.script.leadsTo ?? port, "127.0.0.1");
    this.hold(upstream);
    await once(upstream, "connect");
    socket.write(says);
    socket.pipe(upstream).pipe(socket);
  }
}

async function take(socket: Socket, count: number): Promise<Buffer> {
  for (;;) {
    const bytes = socket.read(count) as Buffer | null;
    if (bytes) {
      return bytes;
    }
    await once(socket, "readable");
  }
}

/** A text behind its length. */
async function counted(socket: Socket): Promise<string> {
  const [count = 0] = await take(socket, 1);
  return (await take(socket, count)).toString();
}

async function untilBlank(socket: Socket): Promise<string> {
  let head = "";
  while (!head.endsWith("\r\n\r\n")) {
    head += (await take(socket, 1)).toString("latin1");
  }
  return head;
}
