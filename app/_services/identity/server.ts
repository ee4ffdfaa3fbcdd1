import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type Provider from "oidc-provider";
import { signInPage } from "./pages.js";
import { findPerson } from "./people.js";

/** No form of the provider's own is anywhere near as long. */
const MAX_BODY = 1_024;

/** Serves a provider, with the sign-in page that it leaves to its owner, on the loopback interface. */
export function serveProvider(provider: Provider, port: number): Promise<Server> {
  const rest = provider.callback();
  const { host } = new URL(provider.issuer);
  const server = createServer((request, response) => {
    // The provider builds addresses from the Host header: with another one it would send people elsewhere.
    if (request.headers.host !== host) {
      response.writeHead(421, { "content-type": "text/plain; charset=utf-8" });
      return response.end("This is not the host of the identity provider.");
    }
    if (!request.url?.startsWith("/sign-in/")) return rest(request, response);
    signIn(provider, request, response).catch(() => {
      // An interaction that is over, or of another browser: only a new sign-in from the application helps.
      response.writeHead(400, { "content-type": "text/plain; charset=utf-8" });
      response.end("This sign-in has ended. Go back to the application and start again.");
    });
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

async function signIn(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { uid, params } = await provider.interactionDetails(request, response);
  if (request.method === "POST") {
    const form = new URLSearchParams(await readBody(request));
    const person = findPerson(form.get("person"));
    const result = person
      ? { login: { accountId: person.id, remember: true } }
      : { error: "access_denied", error_description: "The person chose not to sign in." };
    return provider.interactionFinished(request, response, result);
  }
  const client = await provider.Client.find(String(params.client_id));
  response.writeHead(200, {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy":
      "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
  });
  response.end(signInPage(`/sign-in/${uid}`, client?.clientName ?? "An application"));
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) {
    body += chunk;
    if (body.length > MAX_BODY) throw new Error("The form is too long.");
  }
  return body;
}
