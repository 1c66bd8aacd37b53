// Certificates that nobody else trusts, made by openssl.
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What a server proves itself with; `cert` may hold the chain. */
export interface Pair {
  key: string;
  cert: string;
  /** SHA-256 of the first certificate, in 64 hexadecimal digits. */
  fingerprint: string;
}

/** A certification authority of the tests' own. */
export interface Authority extends Pair {
  /** A server's pair that it has signed, with its own certificate behind it. */
  sign(host: string): Pair;
}

/** A certificate that only itself vouches for. */
export const selfSigned = (host = "127.0.0.1"): Pair => made(host, ["-addext", "basicConstraints=critical,CA:FALSE"]);

export function authority(name = "Nordhavn CA"): Authority {
  const ca = made(name, ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=keyCertSign"]);
  return { ...ca, sign: (host) => made(host, ["-addext", "basicConstraints=critical,CA:FALSE"], ca) };
}

function made(name: string, extensions: string[], by?: Pair): Pair {
  const folder = mkdtempSync(join(tmpdir(), "posthouse-end2end-keys-"));
  const [keyFile, certFile, byKey, byCert] = ["key.pem", "cert.pem", "by.key.pem", "by.cert.pem"].map((file) => join(folder, file));
  const alternative = /^[0-9.]+$/.test(name) ? `IP:${name}` : `DNS:${name.replaceAll(" ", "-").toLowerCase()}`;
  const options = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", `/CN=${name}`];
  options.push("-addext", `subjectAltName=${alternative}`, ...extensions, "-keyout", keyFile!, "-out", certFile!);
  if (by) {
    writeFileSync(byKey!, by.key);
    writeFileSync(byCert!, by.cert);
    options.push("-CA", byCert!, "-CAkey", byKey!);
  }
  try {
    execFileSync("openssl", options, { stdio: "ignore" });
    const [key, own] = [readFileSync(keyFile!, "utf8"), readFileSync(certFile!, "utf8")];
    const fingerprint = new X509Certificate(own).fingerprint256.replaceAll(":", "").toLowerCase();
    return { key, cert: own + (by?.cert ?? ""), fingerprint };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
