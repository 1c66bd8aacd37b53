// A mail server that does as a test tells it, and keeps what it was sent: in clear text, or with TLS from the first byte.
import { once } from "node:events";
import { type Server, type Socket, createServer } from "node:net";
import { type Server as TlsServer, createServer as createTlsServer } from "node:tls";

import type { Pair } from "./certificates.ts";

export type Step = "greeting" | "ehlo" | "starttls" | "auth" | "mail" | "rcpt" | "data" | "dot" | "quit";

export interface Script {
  /** What it answers instead of the usual. It offers STARTTLS only to answer so, and goes no further. */
  says?: Partial<Record<Step, string>>;
  /** Where it ends the connection without an answer. */
  drops?: Step;
  /** Where it says nothing until `letGo` is called. */
  holds?: Step;
  /** Whom it signs in. Without it no sign-in is offered. */
  knows?: { userName: string; secret: string; mechanisms?: ("PLAIN" | "LOGIN")[] };
  /** What it shows over TLS from the first byte. */
  tls?: Pair;
}

export interface Received {
  from: string;
  to: string;
  data: string;
  /** Who was signed in. */
  by: string;
}

const USUAL: Record<Step, string> = {
  greeting: "220 mail.example.test ESMTP",
  ehlo: "250-mail.example.test\r\n250-8BITMIME\r\n250 SMTPUTF8",
  starttls: "454 4.7.0 TLS not available due to temporary reason",
  auth: "235 2.7.0 Authentication successful",
  mail: "250 2.1.0 Ok",
  rcpt: "250 2.1.5 Ok",
  data: "354 End data with <CR><LF>.<CR><LF>",
  dot: "250 2.0.0 Ok: queued as 4QZx7Y1",
  quit: "221 2.0.0 Bye",
};
const REFUSED = "535 5.7.8 Error: authentication failed";

const decoded = (text: string) => Buffer.from(text, "base64").toString();
const encoded = (text: string) => Buffer.from(text).toString("base64");

export class MailServer {
  readonly received: Received[] = [];
  /** Every user name and secret that came, right or wrong. */
  readonly tried: { userName: string; secret: string }[] = [];
  connections = 0;
  private readonly server: Server | TlsServer;
  private readonly sockets = new Set<Socket>();
  private readonly held: (() => void)[] = [];
  private readonly script: Script;
  private isHolding = true;

  private constructor(script: Script) {
    this.script = script;
    const talk = (socket: Socket) => this.talk(socket);
    this.server = script.tls ? createTlsServer(script.tls, talk).on("tlsClientError", () => {}) : createServer(talk);
  }

  static async start(script: Script = {}): Promise<MailServer> {
    const server = new MailServer(script);
    server.server.listen(0, "127.0.0.1");
    await once(server.server, "listening");
    return server;
  }

  get port(): number {
    return (this.server.address() as { port: number }).port;
  }

  /** The answers of an account that sends through it. */
  get account() {
    const at = { host: "127.0.0.1", port: String(this.port) };
    return this.script.tls ? ({ ...at, tls_type: "SSL" } as const) : ({ ...at, safe_connection: "No" } as const);
  }

  /** The answers of a credential that may be used with it. */
  get destination() {
    const { tls, knows } = this.script;
    const at = { user_name: knows?.userName ?? "nobody", hosts: "127.0.0.1", ports: String(this.port) };
    return tls ? ({ ...at, certificates: tls.fingerprint } as const) : ({ ...at, verified_only: "No", plain_in_clear: "Yes" } as const);
  }

  /** From now on it shows this certificate. */
  show(pair: Pair): void {
    (this.server as TlsServer).setSecureContext(pair);
  }

  /** Lets the answers go that are held, and holds no more. */
  letGo(): void {
    this.isHolding = false;
    this.held.splice(0).forEach((answer) => answer());
  }

  async stop(): Promise<void> {
    this.sockets.forEach((socket) => socket.destroy());
    this.server.close();
    await once(this.server, "close");
  }

  private get offers(): string {
    const { knows, says } = this.script;
    const auth = knows ? `250-AUTH ${(knows.mechanisms ?? ["PLAIN", "LOGIN"]).join(" ")}\r\n` : "";
    return says?.starttls ? `${auth}250-STARTTLS\r\n` : auth;
  }

  private talk(socket: Socket): void {
    this.connections += 1;
    this.sockets.add(socket);
    socket.on("close", () => this.sockets.delete(socket)).on("error", () => socket.destroy());
    const mail: Received = { from: "", to: "", data: "", by: "" };
    let isMessage = false;
    let rest = "";
    /** What the next line answers, in the middle of a sign-in. */
    let asked: ((text: string) => void) | undefined;
    const answer = (step: Step, usual = USUAL[step]) => {
      const say = () => socket.write(`${this.script.says?.[step] ?? usual}\r\n`);
      if (this.script.drops === step) {
        socket.destroy();
      } else if (this.script.holds === step && this.isHolding) {
        this.held.push(say);
      } else {
        say();
      }
    };
    const ask = (question: string, then: (text: string) => void) => {
      asked = (text) => {
        asked = undefined;
        then(decoded(text));
      };
      socket.write(`334 ${question}\r\n`);
    };
    const signIn = (userName: string, secret: string) => {
      this.tried.push({ userName, secret });
      const { knows } = this.script;
      const isRight = knows?.userName === userName && knows.secret === secret;
      mail.by = isRight ? userName : "";
      answer("auth", isRight ? USUAL.auth : REFUSED);
    };
    const plain = (text: string) => {
      const [, userName = "", secret = ""] = text.split("\0");
      signIn(userName, secret);
    };
    const auth = (mechanism = "", first?: string) => {
      if (/^LOGIN$/i.test(mechanism)) {
        ask(encoded("Username:"), (userName) => ask(encoded("Password:"), (secret) => signIn(userName, secret)));
      } else if (first === undefined) {
        ask("", plain);
      } else {
        plain(decoded(first));
      }
    };
    const line = (text: string) => {
      const [verb = "", ...words] = text.split(" ");
      if (asked) {
        asked(text);
      } else if (isMessage && text === ".") {
        isMessage = false;
        this.received.push({ ...mail });
        answer("dot");
      } else if (isMessage) {
        mail.data += `${text}\n`;
      } else if (/^(EHLO|HELO)$/i.test(verb)) {
        answer("ehlo", USUAL.ehlo.replace("250 ", `${this.offers}250 `));
      } else if (/^STARTTLS$/i.test(verb)) {
        answer("starttls");
      } else if (/^AUTH$/i.test(verb)) {
        auth(...words);
      } else if (/^MAIL$/i.test(verb)) {
        mail.from = text;
        answer("mail");
      } else if (/^RCPT$/i.test(verb)) {
        mail.to = text;
        answer("rcpt");
      } else if (/^DATA$/i.test(verb)) {
        isMessage = !this.script.says?.data;
        answer("data");
      } else {
        answer("quit");
      }
    };
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\r\n");
      rest = lines.pop() ?? "";
      lines.forEach(line);
    });
    answer("greeting");
  }
}
