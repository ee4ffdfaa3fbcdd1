/**
 * The origin that browsers see, from configuration: a `Host` header can be forged, and the identity provider sends
 * people back to this address.
 */
export function appOrigin(): string {
  if (process.env.APP_ORIGIN) return new URL(process.env.APP_ORIGIN).origin;
  if (process.env.VERCEL_PROJECT_PRODUCTION_URL) return `https://${process.env.VERCEL_PROJECT_PRODUCTION_URL}`;
  throw new Error("APP_ORIGIN is not set. Set it to the origin of this application, such as https://app.example.com.");
}
