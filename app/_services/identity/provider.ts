import Provider, { type Configuration, type KoaContextWithOIDC } from "oidc-provider";
import type { ProviderKeys } from "./keys.js";
import { MemoryAdapter } from "./memory-adapter.js";
import { errorPage, signedOutPage, signOutPage } from "./pages.js";
import { findPerson } from "./people.js";

export interface ProviderOptions {
  /** `http://127.0.0.1:<port>`: another host than the application's, since cookies do not tell ports apart. */
  readonly issuer: string;
  /** The origin of the one application that may use it. */
  readonly origin: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly keys: ProviderKeys;
}

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;

/** An OpenID Connect provider for the demo: code flow with PKCE, sign-out from both sides, everything in memory. */
export function createProvider({ issuer, origin, clientId, clientSecret, keys }: ProviderOptions): Provider {
  const configuration: Configuration = {
    adapter: MemoryAdapter,
    jwks: keys.jwks as NonNullable<Configuration["jwks"]>,
    cookies: { keys: keys.cookies },
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        client_name: "The Spillway demo",
        redirect_uris: [`${origin}/auth/callback`],
        post_logout_redirect_uris: [`${origin}/`],
        backchannel_logout_uri: `${origin}/auth/backchannel-logout`,
        backchannel_logout_session_required: true,
      },
    ],
    claims: { openid: ["sub"], profile: ["name"], email: ["email"] },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          ctx.body = signOutPage(form);
        },
        postLogoutSuccessSource: (ctx) => {
          ctx.body = signedOutPage();
        },
      },
    },
    responseTypes: ["code"],
    pkce: { required: () => true },
    ttl: { Session: DAY, Grant: DAY, Interaction: 10 * MINUTE, AccessToken: 10 * MINUTE, IdToken: 10 * MINUTE },
    interactions: { url: (_ctx, interaction) => `/sign-in/${interaction.uid}` },
    findAccount: (_ctx, id) => {
      const person = findPerson(id);
      return person && { accountId: id, claims: () => ({ sub: id, name: person.name, email: person.email }) };
    },
    loadExistingGrant,
    renderError: (ctx, out) => {
      ctx.type = "html";
      ctx.body = errorPage({ ...out });
    },
    // oidc-provider's own dispatcher refuses to call loopback addresses, and the application's is one.
    fetch: (url, options) => fetch(url, withoutDispatcher(options)),
  };
  return new Provider(issuer, configuration);
}

/** The only client is the demo itself: nobody needs to be asked for consent. */
async function loadExistingGrant({ oidc }: KoaContextWithOIDC) {
  const { client, session, provider } = oidc;
  if (!client || !session?.accountId) return undefined;
  const existing = session.grantIdFor(client.clientId);
  if (existing) return provider.Grant.find(existing);
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope("openid profile email");
  await grant.save();
  return grant;
}

function withoutDispatcher(options: RequestInit | undefined): RequestInit {
  const { dispatcher: _dispatcher, ...rest } = { dispatcher: undefined, ...options };
  return rest;
}
