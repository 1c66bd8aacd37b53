// A mail server in clear text that does as a test tells it, and keeps what it was sent.
import { once } from "node:events";
import { type Server, type Socket, createServer } from "node:net";

export type Step = "greeting" | "ehlo" | "mail" | "rcpt" | "data" | "dot" | "quit";

export interface Script {
  /** What it answers instead of the usual. */
  says?: Partial<Record<Step, string>>;
  /** Where it ends the connection without an answer. */
  drops?: Step;
  /** Where it says nothing until `letGo` is called. */
  holds?: Step;
}

export interface Received {
  from: string;
  to: string;
  data: string;
}

const USUAL: Record<Step, string> = {
  greeting: "220 mail.example.test ESMTP",
  ehlo: "250-mail.example.test\r\n250-8BITMIME\r\n250 SMTPUTF8",
  mail: "250 2.1.0 Ok",
  rcpt: "250 2.1.5 Ok",
  data: "354 End data with <CR><LF>.<CR><LF>",
  dot: "250 2.0.0 Ok: queued as 4QZx7Y1",
  quit: "221 2.0.0 Bye",
};

export class MailServer {
  readonly received: Received[] = [];
  connections = 0;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private readonly held: (() => void)[] = [];
  private readonly script: Script;
  private isHolding = true;

  private constructor(script: Script) {
    this.script = script;
    this.server = createServer((socket) => this.talk(socket));
  }

  static async start(script: Script = {}): Promise<MailServer> {
    const server = new MailServer(script);
    server.server.listen(0, "127.0.0.1");
    await once(server.server, "listening");
    return server;
  }

  /** The answers of an account that sends through it. */
  get account() {
    const { port } = this.server.address() as { port: number };
    return { host: "127.0.0.1", port: String(port), safe_connection: "No" } as const;
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

  private talk(socket: Socket): void {
    this.connections += 1;
    this.sockets.add(socket);
    socket.on("close", () => this.sockets.delete(socket)).on("error", () => socket.destroy());
    const mail: Received = { from: "", to: "", data: "" };
    let isMessage = false;
    let rest = "";
    const answer = (step: Step) => {
      const say = () => socket.write(`${this.script.says?.[step] ?? USUAL[step]}\r\n`);
      if (this.script.drops === step) {
        socket.destroy();
      } else if (this.script.holds === step && this.isHolding) {
        this.held.push(say);
      } else {
        say();
      }
    };
    const line = (text: string) => {
      const [verb = ""] = text.split(" ");
      if (isMessage && text === ".") {
        isMessage = false;
        this.received.push({ ...mail });
        answer("dot");
      } else if (isMessage) {
        mail.data += `${text}\n`;
      } else if (/^EHLO$/i.test(verb)) {
        answer("ehlo");
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
