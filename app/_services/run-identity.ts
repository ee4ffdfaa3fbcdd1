/** The embedded identity provider, as a process of its own. The launcher sets its variables. */
import { providerKeys } from "./identity/keys.js";
import { createProvider } from "./identity/provider.js";
import { serveProvider } from "./identity/server.js";
import { required } from "./required.js";

const issuer = required("OIDC_ISSUER");
const provider = createProvider({
  issuer,
  origin: required("APP_ORIGIN"),
  clientId: required("OIDC_CLIENT_ID"),
  clientSecret: required("OIDC_CLIENT_SECRET"),
  keys: await providerKeys(required("OIDC_KEYS_FILE")),
});
// What went wrong, by its name: the provider's own errors do not carry tokens.
provider.on("server_error", (_ctx, error) => console.error("The provider failed:", error.name));
provider.on("backchannel.error", (_ctx, error) => console.error("A back-channel logout was not taken:", error.message));

await serveProvider(provider, Number(new URL(issuer).port));
process.send?.("ready");
