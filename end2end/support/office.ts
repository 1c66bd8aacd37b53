// A Posthouse of the tests' own: the optimised binary on a data folder of its own, ended by SIGTERM.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { Api } from "./api.ts";

const BIN = process.env.POSTHOUSE_BIN ?? fileURLToPath(new URL("../../target/release/posthouse", import.meta.url));

export const ADMIN = { email: "ops@nordhavn.example", password: "correct horse battery" };

export interface Start {
  dataDir: string;
  databaseUrl?: string;
  baseUrl?: string;
  /** Where several share a database, they share the vault's key. */
  vaultKeyFile?: string;
  /** What the configuration denies, whatever the page Networks says. */
  denyNetworks?: string;
  /** Nobody is registered yet: the second line of the output names the file of the set-up link. */
  fresh?: boolean;
}

export class Office {
  readonly url: string;
  readonly setUpLink: string;
  private readonly child: ChildProcess;
  private readonly said: { out: string; err: string };

  private constructor(child: ChildProcess, said: { out: string; err: string }) {
    this.child = child;
    this.said = said;
    this.url = address(said.out) ?? "";
    this.setUpLink = setUpLink(said.out) ?? "";
  }

  static async start({ dataDir, databaseUrl, baseUrl, vaultKeyFile, denyNetworks, fresh = false }: Start): Promise<Office> {
    const options = ["serve", "--listen", "127.0.0.1:0", "--data-dir", dataDir, "--report-domains", "nordhavn.example,a-domain-of-some-length.example"];
    if (databaseUrl) {
      options.push("--database-url", databaseUrl);
    }
    if (baseUrl) {
      options.push("--base-url", baseUrl);
    }
    if (vaultKeyFile) {
      options.push("--vault-key-file", vaultKeyFile);
    }
    if (denyNetworks) {
      options.push("--deny-networks", denyNetworks);
    }
    // A session that was begun for all tests of a worker outlives them.
    const env = { PATH: process.env.PATH, POSTHOUSE_TESTS_PER_MINUTE: "1000", POSTHOUSE_SESSION_IDLE: "600" };
    const child = spawn(BIN, options, { stdio: ["ignore", "pipe", "pipe"], env });
    const said = { out: "", err: "" };
    child.stderr.on("data", (bytes: Buffer) => (said.err += bytes.toString()));
    await new Promise<void>((ready, failed) => {
      child.stdout.on("data", (bytes: Buffer) => {
        said.out += bytes.toString();
        if (address(said.out) && (!fresh || setUpLink(said.out))) {
          ready();
        }
      });
      child.once("error", failed);
      child.once("exit", (code) => failed(new Error(`${BIN} ended with ${code}: ${said.err}${said.out}`)));
    });
    return new Office(child, said);
  }

  /** The server functions, as the person whose session this is. */
  api(session = ""): Api {
    return new Api(this.url, session);
  }

  /** What it wrote to its log so far. */
  get log(): string {
    return this.said.out + this.said.err;
  }

  /** Ends it as an administrator would, and gives its exit code, or the signal that killed it. */
  async stop(): Promise<number | string | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill("SIGTERM");
      await once(this.child, "exit");
    }
    return this.child.exitCode ?? this.child.signalCode;
  }

  /** As a power cut would. */
  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await once(this.child, "exit");
  }
}

/** Behind a base URL it says besides where it listens. */
const address = (said: string) => {
  const [, origin, listening] = said.match(/^Posthouse \S+ is at (http[^\s,]+)(?:, listening on (\S+))?\n/m) ?? [];
  return listening ? `http://${listening}` : origin;
};
/** In a file, since no terminal shows what it says. */
const setUpLink = (said: string) => {
  const file = said.match(/^Make the first administrator, .* by the link in (.+)\n/m)?.[1];
  return file && readFileSync(file, "utf8").trim();
};
