// A printed file read back by Poppler: the words of each sheet, and where they stand.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface Word {
  text: string;
  left: number;
  right: number;
}

export interface Sheet {
  width: number;
  height: number;
  words: Word[];
}

const run = promisify(execFile);
const number = (text: string | undefined) => Number(text ?? Number.NaN);
const ENTITIES: Record<string, string> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"' };

export async function sheets(pdf: Buffer): Promise<Sheet[]> {
  const folder = await mkdtemp(join(tmpdir(), "posthouse-pdf-"));
  const file = join(folder, "printed.pdf");
  await writeFile(file, pdf);
  const { stdout } = await run("pdftotext", ["-bbox", file, "-"], { maxBuffer: 1 << 28 });
  await rm(folder, { recursive: true });
  return stdout.split("<page ").slice(1).map((page) => {
    const [, width, height] = page.match(/^width="([\d.]+)" height="([\d.]+)"/) ?? [];
    const words = [...page.matchAll(/<word xMin="([\d.-]+)" yMin="[\d.-]+" xMax="([\d.-]+)" yMax="[\d.-]+">([^<]*)</g)];
    return {
      width: number(width),
      height: number(height),
      words: words.map(([, left, right, text = ""]) => ({
        text: text.replace(/&\w+;/g, (entity) => ENTITIES[entity] ?? entity),
        left: number(left),
        right: number(right),
      })),
    };
  });
}

/** What a sheet says, word after word. */
export const said = ({ words }: Sheet) => words.map(({ text }) => text).join(" ");
