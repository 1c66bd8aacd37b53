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
  trust: "Machine" | "Certificate" | "Ca";
  pin: string;
  ca: string;
  authentication: "Yes" | "No";
  /** Its number, or nothing. */
  credential: string;
  mechanism: "Auto" | "SCRAM-SHA-256" | "CRAM-MD5" | "PLAIN" | "LOGIN";
  use_connector: "Yes" | "No";
  /** Its number, or nothing. */
  connector: string;
  /** Seconds, or nothing. */
  time_limit: string;
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
  trust: "Machine",
  pin: "",
  ca: "",
  authentication: "No",
  credential: "",
  mechanism: "Auto",
  use_connector: "No",
  connector: "",
  time_limit: "",
  ...answers,
});

/** The form "Credential", and with it what becomes of its secret. */
export interface Credential {
  name: string;
  user_name: string;
  hosts: string;
  ports: string;
  direct: "Yes" | "No";
  connectors: readonly number[];
  verified_only: "Yes" | "No";
  plain_in_clear: "Yes" | "No";
  certificates: string;
  /** What becomes of characters that were pasted along. */
  pasted: "Ask" | "TakeOut" | "Keep";
}

export interface Secret {
  answer: "Keep" | "Replace" | "Refer" | "Clear";
  secret: string;
  reference: string;
}

/** What the vault keeps in these tests, unless one says otherwise. */
export const SECRET = "kept-from-everybody-9f4c";

export const credential = (answers: Partial<Credential> = {}): Credential => ({
  name: "Nordhavn relay",
  user_name: "relay@nordhavn.example",
  hosts: "smtp.nordhavn.example",
  ports: "587",
  direct: "Yes",
  connectors: [],
  verified_only: "Yes",
  plain_in_clear: "No",
  certificates: "",
  pasted: "Ask",
  ...answers,
});

/** The form "Network connector". */
export interface Connector {
  name: string;
  kind: "Socks5" | "HttpConnect";
  host: string;
  port: string;
  resolves_names: "Yes" | "No";
  authentication: "Yes" | "No";
  /** Its number, or nothing. */
  credential: string;
}

export const connector = (answers: Partial<Connector> = {}): Connector => ({
  name: "Way out",
  kind: "Socks5",
  host: "proxy.nordhavn.example",
  port: "",
  resolves_names: "No",
  authentication: "No",
  credential: "",
  ...answers,
});

/** The form "Schedule report". */
export interface Schedule {
  name: string;
  /** The report's address. */
  query: string;
  format: "Csv" | "Table";
  rhythm: "Hourly" | "Daily" | "Weekly" | "Monthly" | "Cron";
  minute: string;
  time: string;
  day: string;
  cron: string;
  zone: string;
  recipients: string;
  /** Its number, or nothing. */
  account: string;
  subject: string;
  send_empty: "Yes" | "No";
  enabled: "Yes" | "No";
}

export const schedule = (answers: Partial<Schedule> = {}): Schedule => ({
  name: "Every morning",
  query: "",
  format: "Csv",
  rhythm: "Daily",
  minute: "0",
  time: "08:00",
  day: "1",
  cron: "",
  zone: "UTC",
  recipients: "ops@nordhavn.example",
  account: "",
  subject: "SMTP configuration",
  send_empty: "Yes",
  enabled: "Yes",
  ...answers,
});

export interface Named {
  id: number;
  name: string;
}

export interface Saved {
  id: number;
  version: number;
  name: string;
}

export type Fields = Record<string, string | number>;

/** A draft as a form sends it. */
export const fields = (answers: Partial<Draft>): Fields => drafted(answers);

export const drafted = (answers: object): Fields =>
  Object.fromEntries(Object.entries(answers).map(([name, answer]) => [`draft[${name}]`, answer]));

/** A draft with boxes that may be ticked. */
function lists({ connectors, ...answers }: Credential): Fields {
  return { ...drafted(answers), ...Object.fromEntries(connectors.map((id, n) => [`draft[connectors][${n}]`, id])) };
}

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

  /** Registers a credential; its secret is `SECRET`, unless something else is to become of it. */
  async register(answers: Partial<Credential> = {}, { answer = "Replace", secret = SECRET, reference = "" }: Partial<Secret> = {}): Promise<Named> {
    const form = { form: "New", version: 0, ...lists(credential(answers)), answer, secret, reference };
    return answered<Named>(await this.post("save_credential", form));
  }

  /** Saves over a credential, and keeps its secret. */
  async updateCredential(id: number, version: number, answers: Partial<Credential>): Promise<Named> {
    const form = { "form[Edit]": id, version, ...lists(credential(answers)), answer: "Keep" };
    return answered<Named>(await this.post("save_credential", form));
  }

  async connect(answers: Partial<Connector> = {}): Promise<Named> {
    return answered<Named>(await this.post("save_connector", { form: "New", version: 0, ...drafted(connector(answers)) }));
  }

  async updateConnector(id: number, version: number, answers: Partial<Connector>): Promise<Named> {
    const form = { "form[Edit]": id, version, ...drafted(connector(answers)) };
    return answered<Named>(await this.post("save_connector", form));
  }

  async schedule(answers: Partial<Schedule> = {}): Promise<Named> {
    return answered<Named>(await this.post("save_schedule", { form: "New", version: 0, ...drafted(schedule(answers)) }));
  }

  /** A credential as it is kept, and its version. */
  async findCredential(id: number): Promise<{ version: number; draft: Credential; secret: unknown }> {
    const response = await this.ask("load_credential_form", { form: { Edit: id }, list: "" });
    return (await answered<{ data: { version: number; draft: Credential; secret: unknown } }>(response)).data;
  }

  /** A connector as it is kept, and its version. */
  async findConnector(id: number): Promise<{ version: number; draft: Connector }> {
    const response = await this.ask("load_connector_form", { form: { Edit: id } });
    return (await answered<{ data: { version: number; draft: Connector } }>(response)).data;
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
    const others = { credential: "", connector: "", ignores_errors: null };
    const rest = { ...others, sort: { column: "id", direction: "Ascending" }, page: 1, page_size: null, columns: null };
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
