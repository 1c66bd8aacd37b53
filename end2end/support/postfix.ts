// The real mail server that the tests' runner started, and the mail that it delivered.
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "@playwright/test";

const place = process.env.POSTHOUSE_TEST_POSTFIX ?? "";

/** `FOLDER:PORT:PORT:PORT`: clear text and STARTTLS on the first port, TLS from the first byte on the second. */
export function postfix() {
  const [folder, plain, tls] = place.split(":");
  if (!folder || !plain || !tls) {
    throw new Error("POSTHOUSE_TEST_POSTFIX names no Postfix; `cargo xtask test` starts one");
  }
  return { folder, plain, tls };
}

/** The message with this subject, once it lies in the maildir of to@example.test. */
export async function delivered(subject: string): Promise<Mail> {
  const folder = join(postfix().folder, "mail/to/new");
  let found: Mail | undefined;
  const look = async () => {
    for (const file of await readdir(folder).catch(() => [])) {
      const mail = new Mail(await readFile(join(folder, file), "utf8"));
      if (mail.header("Subject") === subject) {
        found = mail;
      }
    }
    return found !== undefined;
  };
  await expect.poll(look, { message: `“${subject}” is delivered` }).toBe(true);
  return found as unknown as Mail;
}

/** A message as it was delivered: its headers decoded (RFC 2047), and its first text (RFC 2045). */
export class Mail {
  readonly raw: string;
  private readonly headers: string;
  private readonly body: string;

  constructor(raw: string) {
    this.raw = raw.replace(/\r\n/g, "\n");
    const end = this.raw.indexOf("\n\n");
    this.headers = this.raw.slice(0, end).replace(/\n[ \t]+/g, " ");
    this.body = this.raw.slice(end + 2);
  }

  header(name: string): string | undefined {
    const line = this.headers.match(new RegExp(`^${name}: (.*)$`, "im"))?.[1];
    const words = line?.replace(/\?= +=\?/g, "?==?");
    return words?.replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, coding: string, text: string) =>
      (coding.toLowerCase() === "b" ? Buffer.from(text, "base64") : quoted(text.replace(/_/g, " "))).toString(),
    );
  }

  /** The plain text, which comes first. */
  get text(): string {
    const boundary = this.header("Content-Type")?.match(/boundary="?([^";]+)/)?.[1];
    if (!boundary) {
      return decoded(this.header("Content-Transfer-Encoding"), this.body);
    }
    const part = new Mail(this.body.split(`--${boundary}`)[1]?.replace(/^\n/, "") ?? "");
    return part.text;
  }
}

function decoded(coding = "7bit", body: string): string {
  switch (coding.toLowerCase()) {
    case "base64":
      return Buffer.from(body, "base64").toString().replace(/\r\n/g, "\n");
    case "quoted-printable":
      return quoted(body.replace(/=\n/g, "")).toString();
    default:
      return body;
  }
}

const quoted = (text: string) =>
  Buffer.from(
    text.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  );
