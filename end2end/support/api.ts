// The server functions over HTTP, for what a test needs to be there before it begins.
export interface Draft {
  name: string;
  enabled: "Yes" | "No";
  default: "Yes" | "No";
  sender: string;
  reply: string;
  return_path: string;
  confirmation: string;
  force_settings: "Yes" | "No";
  read_receipt: "Yes" | "No";
  footer: "Yes" | "No";
  host: string;
  port: string;
  safe_connection: "Yes" | "No";
  tls_type: "TLS" | "SSL";
  ignore_certificate: "Yes" | "No";
  authentication: "Yes" | "No";
}

export const draft = (answers: Partial<Draft> = {}): Draft => ({
  name: "Nordhavn billing",
  enabled: "Yes",
  default: "No",
  sender: "billing@nordhavn.example",
  reply: "answers@nordhavn.example",
  return_path: "bounces@nordhavn.example",
  confirmation: "receipts@nordhavn.example",
  force_settings: "No",
  read_receipt: "No",
  footer: "No",
  host: "smtp.nordhavn.example",
  port: "",
  safe_connection: "Yes",
  tls_type: "TLS",
  ignore_certificate: "No",
  authentication: "No",
  ...answers,
});

export interface Saved {
  id: number;
  version: number;
  name: string;
}

export type Fields = Record<string, string | number>;

/** A draft as a form sends it. */
export const fields = (answers: Partial<Draft>): Fields =>
  Object.fromEntries(Object.entries(answers).map(([name, answer]) => [`draft[${name}]`, answer]));

export class Api {
  readonly url: string;
  private readonly session: string;

  constructor(url: string, session: string) {
    this.url = url;
    this.session = session;
  }

  /** A form without WebAssembly behind it, posted by something that wants no page. */
  async post(endpoint: string, form: Fields, headers: Record<string, string> = {}): Promise<Response> {
    const body = new URLSearchParams(Object.entries(form).map(([name, value]) => [name, String(value)]));
    return this.send(endpoint, body, headers);
  }

  /** A question, as the pages ask it. */
  async ask(endpoint: string, question: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return this.send(endpoint, JSON.stringify(question), { "content-type": "application/json", ...headers });
  }

  private async send(endpoint: string, body: string | URLSearchParams, headers: Record<string, string>) {
    const cookie = this.session ? { cookie: `posthouse=${this.session}` } : undefined;
    return fetch(`${this.url}/api/${endpoint}`, {
      method: "POST",
      body,
      redirect: "manual",
      headers: { accept: "application/json", origin: this.url, ...cookie, ...headers },
    });
  }

  async create(answers: Partial<Draft> = {}): Promise<Saved> {
    const response = await this.post("save_account", { form: "New", version: 0, ...fields(draft(answers)) });
    return answered<Saved>(response);
  }

  /** Creates them one after the other, so that their IDs follow the order. */
  async createAll(all: Partial<Draft>[]): Promise<Saved[]> {
    const saved = [];
    for (const answers of all) {
      saved.push(await this.create(answers));
    }
    return saved;
  }

  async update({ id, version }: Saved, answers: Partial<Draft>): Promise<Saved> {
    const form = { "form[Edit]": id, version, ...fields(draft(answers)) };
    return answered<Saved>(await this.post("save_account", form));
  }

  async delete(id: number): Promise<void> {
    await answered(await this.post("delete_account", { id }));
  }

  /** The account as it is kept. */
  async find(id: number): Promise<Draft> {
    const response = await this.ask("load_account_form", { form: { Edit: id } });
    return (await answered<{ data: { draft: Draft } }>(response)).data.draft;
  }

  /** How many accounts there are. */
  async count(): Promise<number> {
    const filter = { id: "", name: "", sender: "", reply: "", return_path: "", confirmation: "", enabled: null };
    const rest = { sort: { column: "id", direction: "Ascending" }, page: 1, page_size: null, columns: null };
    const response = await this.ask("list_accounts", { filter: { ...filter, ...rest } });
    return (await answered<{ total: number }>(response)).total;
  }
}

async function answered<T>(response: Response): Promise<T> {
  const text = await response.text();
  if (!response.ok) {
    throw new Error(`${response.url} answered ${response.status}: ${text}`);
  }
  return JSON.parse(text) as T;
}
