// Servers and proxies of a test, ended with it.
import { MailServer, type Script } from "./mail-server.ts";
import { Proxy, type ProxyScript } from "./proxy.ts";
import { test as base } from "./test.ts";

interface Network {
  serve: (script?: Script) => Promise<MailServer>;
  lead: (kind: Proxy["kind"], script?: ProxyScript) => Promise<Proxy>;
}

export const test = base.extend<Network>({
  serve: async ({}, use) => {
    const servers: MailServer[] = [];
    await use(async (script) => {
      const server = await MailServer.start(script);
      servers.push(server);
      return server;
    });
    await Promise.all(servers.map((server) => server.stop()));
  },
  lead: async ({}, use) => {
    const proxies: Proxy[] = [];
    await use(async (kind, script) => {
      const proxy = await Proxy.start(kind, script);
      proxies.push(proxy);
      return proxy;
    });
    await Promise.all(proxies.map((proxy) => proxy.stop()));
  },
});
